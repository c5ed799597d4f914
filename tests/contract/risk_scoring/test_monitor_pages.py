"""The pages of deploy/monitors: the shipped ones load, a wrong one names file, line, path and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.cli.rules.monitors import check_monitors
from services.common.settings import CommonSettings
from services.risk_scoring.adapters.monitor_pages import (
    AGREEMENT_PAGE,
    SERIOUS_PAGE,
    load_limits,
    load_serious_kinds,
)
from services.risk_scoring.adapters.pack_reader import PackError

SHIPPED = CommonSettings().monitors_dir


def test_serious_kinds_can_be_reported() -> None:
    """Every kind on the shipped page is one that intake accepts."""
    kinds = load_serious_kinds(SHIPPED)
    assert {"homicide", "attempted_homicide", "serious_injury", "suicide"} <= kinds.incidents
    assert check_monitors(SHIPPED) == []


def test_a_misspelt_kind_and_a_broken_page_are_found(tmp_path: Path) -> None:
    """ "sanse rules check" names file, line, the kind and all that are allowed, and fails."""
    (tmp_path / SERIOUS_PAGE).write_text("incidents: [homicide, homocide]\noutcomes: [suicid]\n")
    (tmp_path / AGREEMENT_PAGE).write_text("shown_from: 10\n")
    found = check_monitors(tmp_path)
    assert [(one.code, one.line) for one in found[1:]] == [
        ("monitor.unknown_kind", 1),
        ("monitor.unknown_kind", 2),
    ]
    assert all("homicide" in one.fix for one in found[1:])
    env = {"SANSE_MONITORS_DIR": str(tmp_path), "SANSE_LANG": "en", "COLUMNS": "200"}
    told = CliRunner().invoke(app, ["rules", "check"], env=env)
    assert told.exit_code == 1
    for word in ("there is no kind homocide", "there is no kind suicid", AGREEMENT_PAGE):
        assert word in told.output


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("agreement: 0.97", "agreement: 97", ("near_total.agreement", "0 to 1")),
        ("shown_from: 10", "shown_from: 0", ("shown_from", "1 to 1000000")),
        ("shown_from", "show_from", ("show_from", "unknown key", "shown_from")),
    ],
)
def test_wrong_limits(tmp_path: Path, before: str, after: str, words: tuple[str, ...]) -> None:
    """Refused with the place and what is allowed there."""
    page = tmp_path / AGREEMENT_PAGE
    page.write_text((SHIPPED / AGREEMENT_PAGE).read_text(encoding="utf-8").replace(before, after))
    with pytest.raises(PackError) as caught:
        load_limits(tmp_path)
    assert all(word in str(caught.value) for word in (f"{page}:", *words))


def test_missing_or_empty_page(tmp_path: Path) -> None:
    """A page that is not there, or names no kind, is told."""
    with pytest.raises(PackError, match="SANSE_MONITORS_DIR"):
        load_serious_kinds(tmp_path)
    (tmp_path / SERIOUS_PAGE).write_text("incidents: []\noutcomes: [homicide]\n")
    with pytest.raises(PackError, match="incidents: the list is empty"):
        load_serious_kinds(tmp_path)
