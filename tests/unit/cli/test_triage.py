"""sanse triage: what would happen and why, in both languages, and an exit code that a build can use."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.common.settings import CommonSettings

RUNNER = CliRunner(env={"COLUMNS": "200"})
WEAPON = ["--category", "domestic_violence", "--role", "police", "--fact", "weapon_used=yes"]


def _run(monkeypatch: pytest.MonkeyPatch, language: str, *words: str) -> tuple[int, str]:
    monkeypatch.setenv("SANSE_LANG", language)
    result = RUNNER.invoke(app, ["triage", *words])
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["移交县级公安机关", "县级妇联", "《反家庭暴力法》第十五条", "签收期限"]),
        ("en", ["Handed to County police", "women's federation", "art. 15", "accept by"]),
    ],
)
def test_try_says_what_and_why(
    monkeypatch: pytest.MonkeyPatch, language: str, words: list[str]
) -> None:
    """Departments, rule, source and deadlines, in the language of the caller."""
    code, output = _run(monkeypatch, language, "try", *WEAPON)
    assert code == 0
    assert all(word in output for word in [*words, "violence_with_mortal_danger", "@"])


def test_try_refuses_words_no_report_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind, role or fact that no report can hold is refused with what is allowed."""
    for wrong in (
        ["--category", "no_such"],
        ["--category", "fraud", "--role", "mayor"],
        ["--category", "fraud", "--fact", "no_such=yes"],
    ):
        code, _ = _run(monkeypatch, "en", "try", *wrong)
        assert code == 2


def test_check_fails_where_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The shipped rules pass; a rule set without its police station fails with file, line and cure."""
    assert _run(monkeypatch, "en", "check")[0] == 0
    (shipped,) = CommonSettings().triage_dir.glob("*.yaml")
    broken = shipped.read_text("utf-8").replace("id: police_station", "id: somebody_else")
    (tmp_path / "broken.yaml").write_text(broken, "utf-8")
    code, output = _run(monkeypatch, "en", "check", str(tmp_path))
    assert code == 1
    assert "broken.yaml:" in output and "police_station is not on the list" in output
