"""A round's file is checked key by key: each problem has its file, line, path and what is allowed."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from services.common.clock import to_ms
from services.common.settings import CommonSettings
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.round_file import check_rounds, load_rounds
from tests.unit.risk_scoring.makers import PACKS

GOOD = """id: "{id}"
title: {{zh: 第一轮, en: First}}
packs: [household_dispute]
starts: {starts}
ends: {ends}
set_by: {{zh: 综治中心, en: Centre}}
basis: {{zh: 方案, en: Plan}}
"""


def _write(folder: Path, round_id: str, starts: str, ends: str, more: str = "") -> Path:
    path = folder / f"{round_id}.yaml"
    path.write_text(GOOD.format(id=round_id, starts=starts, ends=ends) + more, encoding="utf-8")
    return path


def test_the_rounds_that_are_shipped_can_be_used() -> None:
    """Four rounds in order, each after the one it carries, the last day included."""
    rounds = list(load_rounds(CommonSettings().rounds_dir, PACKS).values())
    assert [one.id for one in rounds] == ["2026-1", "2026-2", "2026-3", "2026-4"]
    assert [one.carries for one in rounds] == ["", "2026-1", "2026-2", "2026-3"]
    for before, after in pairwise(rounds):
        assert before.ends_ms == after.starts_ms
    day = to_ms(datetime.fromisoformat("2026-03-01T00:00+08:00"))
    assert rounds[0].starts_ms == day


@pytest.mark.parametrize(
    ("old", "new", "path", "line"),
    [
        ('id: "r1"', 'id: "r2"', "id", 1),
        ("packs: [household_dispute]", "packs: [no_pack]", "packs[0]", 3),
        ("packs: [household_dispute]", "packs: []", "packs", 3),
        ("starts: 2026-03-01", "starts: soon", "starts", 4),
        ("starts: 2026-03-01", "starts: 2026-02-30", "starts", 4),
        ("starts: 2026-03-01", "starts: 2026-03-01T00:00:00", "starts", 4),
        ("ends: 2026-03-30", "ends: 2026-02-01", "ends", 5),
        ("en: Plan", "en: ''", "basis.en", 7),
        ("set_by:", "set_bye:", "set_bye", 6),
    ],
)
def test_each_mistake_is_told_with_file_line_and_path(
    tmp_path: Path, old: str, new: str, path: str, line: int
) -> None:
    """One changed line gives one problem at that line, with something that is allowed in both languages."""
    file = _write(tmp_path, "r1", "2026-03-01", "2026-03-30")
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    wrong = check_rounds(tmp_path, PACKS)[0]
    assert (wrong.file, wrong.line, wrong.path) == (file, line, path)
    assert wrong.allowed.zh
    assert wrong.allowed.en
    with pytest.raises(PackError):
        load_rounds(tmp_path, PACKS)


def test_rounds_that_share_a_pack_may_not_overlap(tmp_path: Path) -> None:
    """Every report and case belongs to one round: the later file is told which dates are taken."""
    _write(tmp_path, "r1", "2026-03-01", "2026-03-30")
    _write(tmp_path, "r2", "2026-03-30", "2026-04-30")
    (wrong,) = check_rounds(tmp_path, PACKS)
    assert (wrong.file.name, wrong.path) == ("r2.yaml", "starts")
    assert "2026-03-01" in wrong.allowed.en


def test_a_round_carries_one_that_ended_before(tmp_path: Path) -> None:
    """A round that is not there, or is later, cannot be compared with."""
    _write(tmp_path, "r1", "2026-03-01", "2026-03-30", 'carries: "r2"\n')
    _write(tmp_path, "r2", "2026-04-01", "2026-04-30", 'carries: "r1"\n')
    (wrong,) = check_rounds(tmp_path, PACKS)
    assert (wrong.file.name, wrong.path) == ("r1.yaml", "carries")


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """Nothing to count by is a problem, not an empty list."""
    with pytest.raises(PackError, match="SANSE_ROUNDS_DIR"):
        load_rounds(tmp_path, PACKS)
