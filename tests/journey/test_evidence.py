"""What happened in a case can be shown to a court: exported from the real stack, verified without it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import grpc
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from sanse.escalation.v1 import cases_pb2
from services.cli import context
from services.cli.main import app
from services.cli.stack import Stack
from tests.journey.prefecture import Prefecture


@pytest.fixture
def shell(
    prefecture: Prefecture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> pytest.MonkeyPatch:
    """The environment of an operator of this prefecture, with a signing key."""
    stack = prefecture.stack
    monkeypatch.setattr(context, "RUN_FILE", tmp_path / "none.json")
    for name, value in {**stack.env, **_addresses(stack)}.items():
        monkeypatch.setenv(name, value)
    key = tmp_path / "evidence.pem"
    assert _sanse("evidence-key", str(key)).exit_code == 0
    monkeypatch.setenv("SANSE_EVIDENCE_KEY", str(key))
    return monkeypatch


def test_a_case_is_exported_verified_and_printed(
    prefecture: Prefecture, shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Warned, late, supervised, answered: the file holds offline, names no phone, and a changed one does not hold."""
    prefecture.assessment("53230100000031", threat_to_kill="yes")
    prefecture.phone("county").expects(contains="红色预警", within_seconds=20)
    prefecture.forward(hours=3)
    prefecture.phone("county").expects(contains="白色督办", within_seconds=20)
    case = prefecture.until(lambda r: bool(r.newest_cases[0].notices), "a notice").newest_cases[0]
    (white,) = case.notices
    own = ["--as", white.recipient_id]
    assert _sanse("case", "reply", case.case_id, white.serial_no, *own).exit_code == 0
    prefecture.until(lambda r: bool(r.newest_cases[0].notices[0].answered_at_ms), "the answer")
    prefecture.until(lambda r: r.notices.keys() == r.finals.keys(), "all messages end")

    out, pdf, print_file = (tmp_path / name for name in ("case.json", "case.pdf", "notice.pdf"))
    files = ["--out", str(out), "--pdf", str(pdf)]
    told = _sanse("case", "export", case.case_id, *own, *files)
    assert told.exit_code == 0, told.output
    told = _sanse("case", "notice", case.case_id, white.serial_no, *own, "--pdf", str(print_file))
    assert told.exit_code == 0, told.output
    log = (prefecture.stack.folder / "escalation-1.log").read_text(encoding="utf-8")
    looks = [json.loads(line)["how"] for line in log.splitlines() if '"case.viewed"' in line]
    # The answer, the export and the print: each look at the case and at its ledger is on record.
    assert looks == ["command", "get", "timeline", "get", "timeline"]
    prefecture.stack.stop()
    for name in ("SANSE_KAFKA", "SANSE_REDIS", "SANSE_ESCALATION_GRPC"):
        shell.setenv(name, "127.0.0.1:1")

    told = _sanse("verify", str(out))
    assert told.exit_code == 0, told.output
    content = out.read_text(encoding="utf-8")
    assert "1990000000" not in content and "53230100000031" not in content
    _tells_the_story(json.loads(content)["case_file"], white)
    out.write_text(content.replace('"tier":"county"', '"tier":"village"'), encoding="utf-8")
    told = _sanse("verify", str(out))
    assert told.exit_code == 1
    assert "✗" in told.output
    assert white.serial_no in _text(print_file) and "楚雄市" in _text(print_file)
    assert "楚市白督字〔2026〕第001号" in _text(print_file) and "回执：已回执" in _text(print_file)
    assert case.case_no in _text(pdf)


def test_who_may_not_look_gets_no_file(
    prefecture: Prefecture, shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who is not on the roster is refused by the service; nothing is written, nor read from the topics."""
    prefecture.assessment("53230100000032", threat_to_kill="yes")
    case = prefecture.case()
    out = tmp_path / "case.json"
    told = _sanse("case", "export", case.case_id, "--as", "nobody", "--out", str(out))
    assert isinstance(told.exception, grpc.Call)
    assert told.exception.code() is grpc.StatusCode.PERMISSION_DENIED
    assert not out.exists()


def _tells_the_story(file: dict[str, object], white: cases_pb2.NoticeIssued) -> None:
    (decision,) = _rows(file, "decisions")
    (supervision,) = _rows(file, "supervision")
    assert decision["decision"] and decision["contributions"]
    assert (supervision["serial_no"], supervision["state"]) == (white.serial_no, "answered")
    assert all(one["entry"] for one in _rows(file, "notices"))
    told = {one["notice"] for one in _rows(file, "deliveries")}
    assert {one["notice"] for one in _rows(file, "notices")} == told
    assert {"clock", "grpc", "register"} == {one["via"] for one in _rows(file, "commands")}
    assert file["missing"] == {"commands": [], "decisions": [], "notices": []}


def _rows(file: dict[str, object], name: str) -> Sequence[dict[str, object]]:
    found = file[name]
    assert isinstance(found, list)
    return found


def _addresses(stack: Stack) -> dict[str, str]:
    settings = stack.settings()
    return {
        "SANSE_KAFKA": settings.kafka,
        "SANSE_REDIS": settings.redis,
        "SANSE_PREFIX": settings.prefix,
        "SANSE_ESCALATION_GRPC": stack.address("escalation"),
    }


def _sanse(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _text(pdf: Path) -> str:
    pages = PdfReader(io.BytesIO(pdf.read_bytes())).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "")
