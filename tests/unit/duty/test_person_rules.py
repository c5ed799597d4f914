"""A person's own rules: read strictly, said in both languages when wrong, and the same in every form of a roster."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.duty.folder import load_folder
from services.common.duty.moments import local, moment_of
from services.common.duty.person_rules import PersonRules, Quiet, devices
from services.common.duty.person_text import (
    RuleWrong,
    read_order,
    read_quiet,
    read_rules,
    written_order,
    written_quiet,
)
from services.common.roster import COLUMNS, Roster
from services.common.yaml_nodes import FileError

NIGHT = Quiet(22 * 60, 7 * 60)
RULES = PersonRules((0, 5, 10), NIGHT, "P-2")


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-03-01 21:59", None),
        ("2026-03-01 22:00", "2026-03-02 07:00"),
        ("2026-03-02 06:59", "2026-03-02 07:00"),
        ("2026-03-02 07:00", None),
    ],
)
def test_quiet_hours_pass_midnight(at: str, end: str | None) -> None:
    """From the first minute until before the last; the end is the next morning's."""
    assert NIGHT.end_of(moment_of(at)) == (moment_of(end) if end else None)
    noon = Quiet(12 * 60, 14 * 60)
    assert noon.end_of(moment_of("2026-03-01 13:00")) == moment_of("2026-03-01 14:00")
    assert noon.end_of(moment_of(at)) is None


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 10**13))
def test_quiet_hours_end_within_a_day_and_outside_themselves(
    first: int, last: int, at_ms: int
) -> None:
    """Whatever the hours: the end is ahead, at most a day, at the minute written, and no longer quiet."""
    quiet = Quiet(first, last)
    end_ms = quiet.end_of(at_ms)
    if first != last and end_ms is not None:
        assert at_ms < end_ms <= at_ms + 86_400_000
        assert quiet.end_of(end_ms) is None
        assert local(end_ms).hour * 60 + local(end_ms).minute == last


@pytest.mark.parametrize(
    ("order", "quiet", "said"),
    [
        (["sms:5"], "", "'sms:5'"),
        (["wecom_app", "sms:0"], "", "'sms:0'"),
        (["wecom_app", "sms:10", "voice:5"], "", "'voice:5'"),
        (["wecom_app", "sms:1441"], "", "'sms:1441'"),
        (["WeCom"], "", "'WeCom'"),
        (["sms"], "22:00", "'22:00'"),
        (["sms"], "22:00-25:00", "'22:00-25:00'"),
        (["sms"], "07:00-07:00", "'07:00-07:00'"),
    ],
)
def test_a_wrong_rule_is_named_with_what_is_allowed(
    order: list[str], quiet: str, said: str
) -> None:
    """In both languages, with the value that cannot be used."""
    with pytest.raises(RuleWrong) as refused:
        read_rules(order, quiet, "")
    assert said in refused.value.problem.zh and said in refused.value.problem.en
    assert refused.value.allowed.zh and refused.value.allowed.en


def test_what_is_written_is_read_again() -> None:
    """Order, minutes, hours and addresses come back as they were."""
    order = ("wecom_app", "sms:5", "voice:10")
    assert written_order(*read_order(order)) == order
    assert written_quiet(read_quiet("22:00-07:30")) == "22:00-07:30"
    assert read_quiet("") is None
    assert devices("13800138001| 13900139000|") == ("13800138001", "13900139000")
    assert devices("") == ()


def test_both_forms_of_a_roster_say_the_same(tmp_path: Path) -> None:
    """A person of the YAML folder and of the CSV has the same channels, rules and devices."""
    folder = tmp_path / "roster"
    folder.mkdir()
    (folder / "roster.yaml").write_text(
        "roster: test\npersons:\n"
        "  - {id: P-1, channels: [wecom_app, 'sms:5', 'voice:10'], quiet: '22:00-07:00', "
        "substitute: P-2, mobile: ['13800138001', '13900139000']}\n  - {id: P-2}\n"
    )
    table = tmp_path / "roster.csv"
    rows = [
        "P-1,532301,county,centre,zh,wecom_app|sms:5|voice:10,13800138001|13900139000,,,,,,"
        "22:00-07:00,P-2",
        "P-2,532301,county,deputy,zh,sms,,,,,,,,",
    ]
    table.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    for roster in (Roster.load(folder), Roster.load(table)):
        official = roster.get("P-1")
        assert official is not None
        assert (official.channels, official.rules) == (("wecom_app", "sms", "voice"), RULES)
        assert devices(official.mobile) == ("13800138001", "13900139000")


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("channels: ['sms:5']", "persons[0].channels"),
        ("quiet: '22-7'", "persons[0].quiet"),
        ("substitute: P-9", "persons"),
        ("substitute: P-1", "persons"),
    ],
)
def test_a_wrong_rule_of_a_file_is_told_with_its_place(
    tmp_path: Path, person: str, path: str
) -> None:
    """The YAML's error names file and path."""
    file = tmp_path / "roster.yaml"
    file.write_text(f"roster: test\npersons:\n  - {{id: P-1, {person}}}\n  - {{id: P-2}}\n")
    with pytest.raises(FileError) as refused:
        load_folder(file)
    assert refused.value.path == path
    assert "allowed" in str(refused.value) and "允许" in str(refused.value)


@pytest.mark.parametrize("wrong", ["sms:5,,", "sms,25:00-07:00,", "sms,,P-9", "sms,,P-1"])
def test_a_wrong_rule_of_a_table_is_told_with_its_line(tmp_path: Path, wrong: str) -> None:
    """The CSV's error names file and column, in both languages."""
    order, quiet, substitute = wrong.split(",")
    table = tmp_path / "roster.csv"
    row = f"P-1,532301,county,centre,zh,{order},,,,,,,{quiet},{substitute}"
    table.write_text(",".join(COLUMNS) + "\n" + row + "\n")
    with pytest.raises(FileError) as refused:
        Roster.load(table)
    assert "roster.csv" in str(refused.value) and "允许" in str(refused.value)
