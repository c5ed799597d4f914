"""The file of official numbers: the shipped one serves every county, and a wrong one is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.common.settings import CommonSettings
from services.common.spans import DAY_MS
from services.common.terms import NoticeColour, Tier
from services.common.yaml_nodes import FileError
from services.escalation.adapters.numbering_file import load_numbering, read_numbering
from services.escalation.domain.serials import register_id_for
from tests.unit.escalation.desk import GRID, START_MS

SHIPPED = CommonSettings().numbering_file


def test_shipped_numbers_read_as_a_county_writes_them() -> None:
    """Short name, colour, year, three digits; no two places can write the same number."""
    numbering = read_numbering(SHIPPED)
    places = [*numbering.shorts, "999999"]
    written = {
        numbering.write(
            register_id_for(numbering, place, colour, START_MS + years * 366 * DAY_MS), n
        )
        for place in places
        for colour in (NoticeColour.WHITE, NoticeColour.YELLOW, NoticeColour.RED)
        for years in (0, 1)
        for n in (1, 11, 111, 1111)
    }

    assert numbering.tier is Tier.COUNTY
    red = register_id_for(numbering, GRID, NoticeColour.RED, START_MS)
    assert numbering.write(red, 7) == "楚市红督字〔2026〕第007号"
    assert len(written) == len(places) * 3 * 2 * 4


def test_a_place_may_have_a_form_of_its_own(tmp_path: Path) -> None:
    """One county writes its numbers in its own way; the others are not touched."""
    own = '{short: 楚市, form: "{county_short}政督{colour}{year}-{n}"}'
    file = _changed(tmp_path, "{short: 楚市}", own)
    numbering = read_numbering(file)

    assert numbering.write("532301/2026/white", 3) == "楚市政督白2026-3"
    assert numbering.write("532302/2026/white", 3) == "禄白督字〔2026〕第003号"


def test_without_a_file_nothing_is_numbered(tmp_path: Path) -> None:
    """That is a choice, and the worker says so when it starts."""
    assert load_numbering(tmp_path / "none.yaml") is None


@pytest.mark.parametrize(
    ("was", "wrong", "path"),
    [
        ("第{n:03}号", "号", "form"),
        ("{colour}督字", "督字", "form"),
        ("{county_short}", "楚", "form"),
        ("〔{year}〕", "", "form"),
        ("第{n:03}号", "第{n:03}号{owner}", "form"),
        ("督字", "督字" * 10, "places"),
        ("{short: 禄}", "{short: 楚市}", "places.532302.short"),
        ("{short: 禄}", "{short: ''}", "places.532302.short"),
        ('"532302"', '"5323"', "places"),
        ("kept_by: county", "kept_by: province", "kept_by"),
        ("kept_by: county", "keeper: county", "keeper"),
    ],
)
def test_a_file_that_could_repeat_or_break_a_number_is_refused(
    tmp_path: Path, was: str, wrong: str, path: str
) -> None:
    """Nothing that makes a number unique may be left out, no short name serves two places, and all fit a message."""
    with pytest.raises(FileError) as told:
        read_numbering(_changed(tmp_path, was, wrong))

    assert told.value.path == path


def _changed(folder: Path, was: str, now: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    head, body = text.split("version:", 1)
    assert was in body
    file = folder / "serials.yaml"
    file.write_text(f"{head}version:{body.replace(was, now, 1)}", encoding="utf-8")
    return file
