"""The pages of deploy/monitors: the shipped ones load, a wrong one names file, line, path and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.common.settings import CommonSettings
from services.intake.domain.codes import INCIDENT_CATEGORIES, OUTCOME_KINDS
from services.risk_scoring.adapters.monitor_pages import (
    AGREEMENT_PAGE,
    SERIOUS_PAGE,
    load_limits,
    load_serious_kinds,
)
from services.risk_scoring.adapters.pack_reader import PackError

SHIPPED = CommonSettings().monitors_dir


def test_serious_kinds_can_be_reported() -> None:
    """Every kind on the page is one that intake accepts, with its Chinese name."""
    kinds = load_serious_kinds(SHIPPED)
    assert kinds.incidents <= INCIDENT_CATEGORIES.keys()
    assert kinds.outcomes <= OUTCOME_KINDS.keys()
    assert {"homicide", "attempted_homicide", "serious_injury", "suicide"} <= kinds.incidents


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
