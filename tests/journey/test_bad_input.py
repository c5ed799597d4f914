"""Bad input through every door: a clear answer, kept among the rejects, replayed when the cause is put right."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import grpc
import httpx
import pytest
from kafka import KafkaProducer
from openpyxl import Workbook

from sanse.intake.v1 import intake_service_pb2, intake_service_pb2_grpc
from services.cli.commands.reports import settings_from
from services.common.topics import Topic
from services.intake.main import run_import, run_replay
from services.intake.settings import IntakeSettings
from tests.journey.prefecture import API_KEY, GRID, VILLAGE, Prefecture

HEADER = ["source_id", "type", "occurred_at", "jurisdiction_code", "household_no", "round", "pack"]
HEADER += ["status", "assessor_level", "assessor", "remarks", "threat_to_kill", "debt_dispute"]
ROW = ["F-1", "assessment", "2026-03-01T09:30:00+08:00", GRID, "53230100099001", "2026-1"]
ROW += ["household_dispute", "assessed", "green", "GW-1", "夫妻", "否", "不清楚"]


def _settings(prefecture: Prefecture) -> IntakeSettings:
    stack = prefecture.stack
    env = {"SANSE_KAFKA": stack.parts.kafka, "SANSE_REDIS": stack.parts.redis}
    return settings_from(IntakeSettings, {**env, "SANSE_PREFIX": stack.prefix, **stack.env})


def test_bad_reports_are_told_kept_and_replayed(prefecture: Prefecture, folder: Path) -> None:
    """One story over all doors, on one running system."""
    _http(prefecture)
    _grpc(prefecture)
    _upstream(prefecture)
    _files(prefecture, folder)
    _replayed_after_the_division_exists(prefecture)
    _command(prefecture, folder)


def _command(prefecture: Prefecture, folder: Path) -> None:
    """A file with a broken line: told in words, the line kept, the good one next to it accepted."""
    before = len(prefecture.records().rejects)
    good = {"type": "grievance", "occurred_at": "2026-03-01T09:30:00+08:00"}
    good |= {"jurisdiction_code": VILLAGE, "grievance": {"category": "land"}, "source_id": "C-1"}
    file = folder / "reports.jsonl"
    file.write_bytes(b'{"source_id": "C-0", \n' + json.dumps(good).encode() + b"\n\xff\xfe\n")
    done = _sanse(prefecture, "publish", str(file), "--key", API_KEY)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "1 accepted, 0 duplicates, 2 rejected" in done.stdout
    assert len(prefecture.records().rejects) == before + 2
    file.write_bytes(b"\xff\xfe\n")
    nothing = _sanse(prefecture, "publish", str(file), "--key", API_KEY)
    assert nothing.returncode == 1 and "0 accepted, 0 duplicates, 1 rejected" in nothing.stdout
    refused = _sanse(prefecture, "publish", str(file), "--key", "wrong")
    assert refused.returncode == 1 and "Traceback" not in refused.stdout + refused.stderr
    missing = _sanse(prefecture, "publish", str(folder / "none.jsonl"), "--key", API_KEY)
    assert missing.returncode == 2 and "none.jsonl" in missing.stderr


def _sanse(prefecture: Prefecture, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {"SANSE_INTAKE_HTTP": prefecture.stack.address("intake", "http"), "SANSE_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "services.cli.main", *arguments],
        env={**os.environ, **env, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _http(prefecture: Prefecture) -> None:
    url = f"http://{prefecture.stack.address('intake', 'http')}/v1/reports"
    headers = {"x-api-key": API_KEY, "content-type": "application/json"}
    malformed = httpx.post(url, content=b'{"type": ', headers=headers, trust_env=False)
    assert malformed.status_code in (400, 422)
    assert malformed.json()["reason"] == "json.malformed"
    assert httpx.post(url, json={}, headers={"x-api-key": "x"}, trust_env=False).status_code == 401
    chinese = prefecture.report(type="incident", incident={"category": "no_such"})
    assert chinese["status"] == "rejected" and chinese["field_path"] == "incident.category"
    (english,) = prefecture.send([{"source_id": "E-1", "type": "incident"}], language="en")
    assert english["message"].isascii() and not chinese["message"].isascii()


def _grpc(prefecture: Prefecture) -> None:
    with grpc.insecure_channel(prefecture.stack.address("intake")) as channel:
        stub = intake_service_pb2_grpc.IntakeServiceStub(channel)
        metadata = (("x-api-key", API_KEY), ("accept-language", "en"))
        request = intake_service_pb2.SubmitRequest(report_json=b"\xff\xfe not json")
        answer = stub.Submit(request, metadata=metadata).result
        assert answer.status == intake_service_pb2.SUBMIT_STATUS_REJECTED
        assert answer.reject_id and answer.message.isascii()
        with pytest.raises(grpc.RpcError) as refused:
            stub.Submit(request, metadata=(("x-api-key", "wrong"),))
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def _upstream(prefecture: Prefecture) -> None:
    """CloudEvents on Kafka: a structured one is accepted, a broken one is kept."""
    settings = prefecture.stack.settings()
    producer = KafkaProducer(bootstrap_servers=settings.kafka)
    report = {
        "source_id": "U-1",
        "type": "grievance",
        "occurred_at": "2026-03-01T09:30:00+08:00",
        "jurisdiction_code": VILLAGE,
        "grievance": {"category": "land"},
    }
    event = {
        "specversion": "1.0",
        "id": "U-1",
        "source": "journey",
        "type": "report",
        "data": report,
    }
    headers = [("content-type", b"application/cloudevents+json")]
    for value in (json.dumps(event).encode(), b'{"specversion": "1.0", "id": 7}'):
        producer.send(settings.topics(Topic.UPSTREAM), value, headers=headers)
    producer.close()
    prefecture.until(lambda found: len(found.rejects) >= 5, "the broken event is kept")
    prefecture.until(lambda found: len(found.events) == 1, "the good event is accepted")


def _files(prefecture: Prefecture, folder: Path) -> None:
    """GB18030 is read; a line in another encoding, a merged cell and an empty cell are told with their row."""
    table = folder / "table.csv"
    with table.open("w", encoding="gb18030", newline="") as out:
        rows = csv.writer(out)
        rows.writerows([HEADER, ROW])
    summary = asyncio.run(run_import(_settings(prefecture), table, "journey"))
    assert (summary.accepted, summary.rejected) == (1, 0), summary
    mixed = folder / "mixed.csv"
    second = ",".join(["F-2", *ROW[1:]])
    mixed.write_bytes(
        ",".join(HEADER).encode()
        + b"\n"
        + second.encode("utf-8")
        + b"\n"
        + second.replace("F-2", "F-3").encode("gb18030")
        + b"\n"
    )
    summary = asyncio.run(run_import(_settings(prefecture), mixed, "journey"))
    assert summary.rejected >= 1 and summary.rows == 2, summary
    book = folder / "book.xlsx"
    _workbook().save(book)
    summary = asyncio.run(run_import(_settings(prefecture), book, "journey"))
    reasons = {problem.reason.value for reject in summary.rejects for problem in reject.problems}
    assert "cell.merged" in reasons and "field.missing" in reasons, summary


def _workbook() -> Workbook:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(HEADER)
    for number in (4, 5, 6):
        sheet.append([f"F-{number}", *ROW[1:]])
    sheet.merge_cells("F2:F3")
    sheet["G4"] = None
    return workbook


def _replayed_after_the_division_exists(prefecture: Prefecture) -> None:
    """Refused for an unknown village, accepted by replay once the village is on the list."""
    told = prefecture.report(
        type="grievance", jurisdiction_code="532301001002", grievance={"category": "water"}
    )
    assert told["reason"] == "jurisdiction.unknown"
    settings = _settings(prefecture)
    with settings.divisions_file.open("a", encoding="utf-8") as divisions:
        divisions.write("532301001002,乙村\n")
    prefecture.until(lambda found: told["reject_id"] in found.rejects, "the reject is kept")
    summary = asyncio.run(run_replay(settings, [told["reject_id"]]))
    assert (summary.replayed, summary.accepted) == (1, 1), summary
    again = asyncio.run(run_replay(settings, [told["reject_id"]]))
    assert again.accepted == 0 and again.duplicates == 1, again
