"""The roster from the command line: duty tables and calendars in, gaps in words, changes signed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from services.cli.main import app
from services.common.clock import SharedClock
from services.common.duty.change_log import FILE
from services.common.duty.facts import Person
from services.common.duty.folder import load_folder
from services.common.duty.moments import moment_of
from services.common.duty.on_duty import on_duty
from services.common.duty.plain import item_id, post_of
from services.common.settings import REPOSITORY

NIGHT = post_of("township/532327101/night_duty")
Run = Callable[..., tuple[int, str]]
BEGIN = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REPOSITORY / "deploy" / "rosters" / "example", tmp_path / "r"))


@pytest.fixture
def run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on Monday, 14 September 2026; gives its exit status and all it said."""
    clock = SharedClock(tmp_path / "clock.json")
    (tmp_path / "clock.json").write_text("{}")
    clock.set(moment_of("2026-09-14 09:00"), 0)
    monkeypatch.setenv("SANSE_CLOCK_FILE", str(tmp_path / "clock.json"))
    monkeypatch.setenv("SANSE_ROSTER_FILE", str(folder))
    monkeypatch.setenv("SANSE_LANG", "zh")
    monkeypatch.setattr("services.cli.context.RUN_FILE", tmp_path / "none.json")

    def command(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["roster", *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return command


def night_of(folder: Path, moment: str) -> str:
    found = on_duty(load_folder(folder).roster, NIGHT, moment_of(moment))
    return found.person_id if isinstance(found, Person) else found.reason.value


def table(file: Path, *, name: str = "永定镇派出所长", head: str = "永定镇夜班") -> Path:
    """The usual layout: a title over all, dates down, a merged cell where one person has two days."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "中秋值班表"
    for row in (["中秋值班表"], ["日期", "星期", head, "备注"]):
        sheet.append(row)
    sheet.append(["9月25日", "五", name, ""])
    sheet.append(["9月26日", "六", None, ""])
    sheet.append(["2026-09-27", "日", "T-3", ""])
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("C3:C4")
    book.save(file)
    return file


def test_a_duty_table_from_excel_replaces_the_turns(run: Run, folder: Path, tmp_path: Path) -> None:
    """Merged cells fill their days, dates without a year take this year's, and the change is signed."""
    status, said = run(
        "import", str(table(tmp_path / "t.xlsx")), "--as", "T-1", "--hand-over", "08:00"
    )
    assert (status, "新增 1 项" in said) == (0, True)
    assert night_of(folder, "2026-09-25 08:00") == "S-1"
    assert night_of(folder, "2026-09-27 07:59") == "S-1"
    assert night_of(folder, "2026-09-27 08:00") == "T-3"
    again = run("import", str(table(tmp_path / "t.xlsx")), "--as", "T-1", "--hand-over", "08:00")
    assert again == (0, "没有可新增的内容\n")
    assert len(load_folder(folder).changes) == 1


@pytest.mark.parametrize(
    ("wrong", "where", "allowed"),
    [
        ({"name": "无名氏"}, "中秋值班表 第 3 行 C 列", "一名在册人员的姓名或编号"),
        ({"head": "门卫"}, "中秋值班表 第 2 行 C 列", "永定镇夜班"),
    ],
)
def test_a_wrong_cell_is_named(
    run: Run, folder: Path, tmp_path: Path, wrong: dict[str, str], where: str, allowed: str
) -> None:
    """Sheet, row, column and what is allowed; nothing is written."""
    status, said = run("import", str(table(tmp_path / "t.xlsx", **wrong)), "--as", "T-1")
    assert status == 2
    assert where in said
    assert allowed in said
    assert not (folder / FILE).exists()


def test_a_csv_in_gb18030_is_read_too(run: Run, folder: Path, tmp_path: Path) -> None:
    """What an office saves as CSV says the same as its Excel file."""
    file = tmp_path / "t.csv"
    file.write_bytes("日期,永定镇夜班\n2026/9/25,永定镇司法所长\n2026/9/26,\n".encode("gb18030"))
    assert run("import", str(file), "--as", "C-1")[0] == 0
    assert night_of(folder, "2026-09-25") == "T-3"
    status, said = run("gaps", "--days", "14")
    assert status == 1
    when = "下周六（2026-09-26 00:00 – 2026-09-27 00:00）"
    assert said == f"{when} 永定镇夜班 无人值班：值班表有空档\n"


def test_a_calendar_written_and_read_is_the_same_duty(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    """Export, take the table back in at another roster, and the same persons are on duty."""
    file = tmp_path / "t.ics"
    assert run("export", str(file), "--days", "20", "--unit", "532327101")[0] == 0
    assert b"199000" not in file.read_bytes()
    before = [night_of(folder, f"2026-09-{day} 12:00") for day in range(21, 31)]
    assert run("import", str(file), "--as", "C-1")[0] == 0
    assert [night_of(folder, f"2026-09-{day} 12:00") for day in range(21, 31)] == before
    assert "国庆" not in run("log")[1]


TURNS = """BEGIN:VEVENT
UID:turn-2
DTSTART;TZID=Asia/Shanghai:20260907T200000
DTEND;TZID=Asia/Shanghai:20260908T080000
SUMMARY:T-2
RRULE:FREQ=WEEKLY;BYDAY=MO,WE
EXDATE;TZID=Asia/Shanghai:20260923T200000
END:VEVENT
BEGIN:VEVENT
UID:turn-2
RECURRENCE-ID;TZID=Asia/Shanghai:20260928T200000
DTSTART;TZID=Asia/Shanghai:20260928T210000
DTEND;TZID=Asia/Shanghai:20260929T080000
SUMMARY:T-3
END:VEVENT
BEGIN:VEVENT
UID:saturdays
DTSTART;VALUE=DATE:20260926
DTEND;VALUE=DATE:20260927
SUMMARY:T-3
RRULE:FREQ=WEEKLY;COUNT=2
END:VEVENT
END:VCALENDAR
"""


def calendar(tmp_path: Path, events: str) -> str:
    """An iCalendar file with these events."""
    file = tmp_path / "t.ics"
    file.write_text(BEGIN + events.replace("\n", "\r\n"), newline="")
    return str(file)


def test_events_that_repeat_are_listed_one_by_one(run: Run, folder: Path, tmp_path: Path) -> None:
    """Weekly turns, one left out and one given to somebody else, whole days, and an end: as a calendar shows them."""
    file = calendar(tmp_path, TURNS)
    done = run("import", file, "--as", "T-1", "--post", str(NIGHT), "--days", "60")
    assert done[0] == 0, done[1]
    for moment, who in [
        ("2026-09-16 23:00", "T-2"),
        ("2026-09-21 20:00", "T-2"),
        ("2026-09-22 08:00", "table_has_hole"),
        ("2026-09-23 21:00", "table_has_hole"),
        ("2026-09-26 12:00", "T-3"),
        ("2026-09-28 20:30", "table_has_hole"),
        ("2026-09-28 22:00", "T-3"),
        ("2026-09-30 22:00", "T-2"),
        ("2026-10-03 00:00", "T-3"),
        ("2026-10-10 12:00", "table_has_hole"),
        ("2026-11-11 23:00", "T-2"),
    ]:
        assert (moment, night_of(folder, moment)) == (moment, who)
    (table,) = load_folder(folder).changes[0].added
    # What is over is not listed, nor what lies further ahead than was asked for.
    assert moment_of("2026-09-14 20:00") == table.from_ms
    assert table.until_ms == moment_of("2026-11-12 08:00")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=MINUTELY", "DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=DAILY;UNTIL=20260910T000000Z", "时段内有 0 次"),
        ("FREQ=DAILY;INTERVAL=x", "RRULE 无法读取"),
        ("FREQ=DAILY;BYMONTH=13", "第 1 个事件"),
        ("FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "1 … 5000"),
    ],
)
def test_a_rule_that_is_not_usable_is_told_with_its_event(
    run: Run, tmp_path: Path, rule: str, why: str
) -> None:
    """A repeating event is not half understood: its number, what is wrong, and what may stand there."""
    event = (
        "BEGIN:VEVENT\nUID:1\nDTSTART:20260901T000000Z\nDTEND:20260901T010000Z\n"
        f"SUMMARY:T-2\nRRULE:{rule}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    said = run("import", calendar(tmp_path, event), "--as", "T-1", "--post", str(NIGHT))
    assert said[0] == 2
    assert why in said[1]


def test_leave_shows_as_a_gap_ahead_until_somebody_stands_in(run: Run, folder: Path) -> None:
    """The gap is told in words days before; a stand-in closes it; taking the stand-in back opens it."""
    owner = "township/532327101/owner"
    span = ("--from", "2026-09-22", "--until", "2026-09-23")
    assert run("leave", "T-1", "--as", "T-1", *span)[0] == 0
    status, said = run("gaps", "--unit", "532327101")
    assert status == 1
    assert "下周二" in said
    assert "永定镇综治中心主任 无人值班：永定镇综治中心主任 请假且无人顶班" in said
    assert run("override", owner, "T-2", "--as", "C-1", *span)[0] == 0
    assert run("gaps", "--unit", "532327101")[0] == 0
    (stand_in,) = load_folder(folder).changes[1].added
    assert run("withdraw", item_id(stand_in), "--as", "C-1")[0] == 0
    assert run("gaps", "--unit", "532327101")[0] == 1


@pytest.mark.parametrize(
    ("signer", "why"),
    [("S-1", "部门岗位不可签署"), ("T-1", "不在签署人辖区"), ("X-9", "没有综治岗位")],
)
def test_who_has_no_right_signs_nothing(run: Run, folder: Path, signer: str, why: str) -> None:
    """A town does not edit the county, a department nothing, and a stranger nothing."""
    span = ("--from", "2026-09-29", "--until", "2026-09-30")
    status, said = run("override", "county/532327/owner", "C-2", "--as", signer, *span)
    assert (status, why in said) == (2, True)
    assert not (folder / FILE).exists()


def test_check_finds_a_log_that_was_altered(run: Run, folder: Path) -> None:
    """An altered entry is told with file and line, in either language."""
    span = ("--from", "2026-09-29", "--until", "2026-09-30")
    assert run("leave", "T-1", "--as", "C-1", *span)[0] == 0
    assert run("check")[0] == 0
    log = folder / FILE
    log.write_bytes(log.read_bytes().replace(b'"C-1"', b'"C-2"'))
    status, said = run("check")
    assert status == 2
    assert f"{FILE}:1" in said
    assert "恢复备份" in said


def _split(folder: Path) -> None:
    """The persons in a file of their own, as an office keeps them that works with Excel."""
    file = folder / "roster.yaml"
    whole = file.read_text(encoding="utf-8")
    start, end = whole.index("\npersons:") + 1, whole.index("\nposts:") + 1
    file.write_text(whole[:start] + whole[end:], encoding="utf-8")
    kept = "roster: yongren-2026\n" + whole[start:end]
    (folder / "persons.yaml").write_text(kept, encoding="utf-8")


def test_persons_go_to_excel_and_come_back_as_they_were(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    """Channels with minutes, quiet hours, two phones and the substitute survive the way through Excel."""
    _split(folder)
    before = load_folder(folder).roster.persons
    file = tmp_path / "persons.xlsx"
    assert run("persons", str(file))[0] == 0
    assert file.stat().st_mode & 0o077 == 0
    status, said = run("take-persons", str(file))
    assert (status, "7" in said) == (0, True), said
    assert load_folder(folder).roster.persons == before
    assert before["T-2"].rules.delays == (0, 5, 10)
    assert before["T-2"].mobile == "19900010004|19900010104"


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (4, "sms:5", "D 列"),
        (5, "22-7", "E 列"),
        (6, "NOBODY", "代理人 NOBODY"),
    ],
)
def test_a_wrong_cell_changes_nothing(
    run: Run, folder: Path, tmp_path: Path, column: int, value: str, said: str
) -> None:
    """The cell, or the person, is named with what is allowed, and the roster stays as it was."""
    _split(folder)
    before = (folder / "persons.yaml").read_text(encoding="utf-8")
    file = tmp_path / "persons.xlsx"
    run("persons", str(file))
    book = load_workbook(file)
    book["persons"].cell(3, column).value = value
    book.save(file)
    status, told = run("take-persons", str(file))
    assert (status, said in told, "允许" in told) == (2, True, True), told
    assert (folder / "persons.yaml").read_text(encoding="utf-8") == before


def test_a_channel_that_does_not_exist_is_told(run: Run, folder: Path) -> None:
    """A misspelt channel would reach nobody: the check names the person, the value and what there is."""
    assert run("check")[0] == 0
    file = folder / "roster.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"sms:5"', '"smss:5"'), encoding="utf-8")
    status, said = run("check")
    assert (status, "T-2" in said, "smss" in said, "aliyun_sms" in said) == (2, True, True, True)
