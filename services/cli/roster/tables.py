"""Duty tables (值班表) in the usual layout, dates down and posts across, from Excel or CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from services.common.csv_text import GB18030, encoding_of
from services.common.duty.facts import DutyRoster, Posting, PostKey, Schedule, Shift
from services.common.duty.moments import moment_of
from services.common.duty.plain import POST_FORM, post_of
from services.common.spans import DAY_MS, MINUTE_MS
from services.common.text import Text

_DATE_HEADS = ("日期", "时间", "date", "day")
_IGNORED_HEADS = ("星期", "周", "备注", "电话", "联系电话", "weekday", "remarks", "phone")
_PLAIN_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_CHINESE_DATE = re.compile(r"(?:(\d{4})\s*年)?\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?")
Cell = object
Grid = Sequence[Sequence[Cell]]


class TableWrong(ValueError):
    """A cell that cannot be understood: sheet, row, column, and what is allowed there."""

    def __init__(self, sheet: str, row: int, column: int, problem: Text, allowed: Text) -> None:
        letter = get_column_letter(column)
        super().__init__(
            f"{sheet} 第 {row} 行 {letter} 列：{problem.zh}；允许：{allowed.zh} / "
            f"{sheet} row {row} column {letter}: {problem.en}; allowed: {allowed.en}"
        )
        self.sheet, self.row, self.column = sheet, row, letter
        self.problem, self.allowed = problem, allowed


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of cells; a merged cell has its value everywhere."""

    name: str
    grid: Grid


@dataclass(frozen=True, slots=True)
class TableRules:
    """How a table is read: the roster whose posts and names it uses, the year, and when a day begins."""

    roster: DutyRoster
    year: int
    hand_over_minute: int = 0


def read_sheets(path: Path) -> list[Sheet]:
    """All sheets of an Excel file that are not empty, or the one table of a CSV."""
    if path.suffix.lower() == ".csv":
        with path.open("rb") as raw:
            known = GB18030 if encoding_of(raw) == GB18030 else "utf-8-sig"
        with path.open(encoding=known, newline="") as table:
            return [Sheet(path.name, list(csv.reader(table)))]
    book = load_workbook(path, data_only=True)
    return [Sheet(one.title, _grid(one)) for one in book.worksheets if one.max_row > 1]


def schedules_of(sheet: Sheet, rules: TableRules) -> list[Schedule]:
    """A duty table of each post of a sheet; TableWrong names the cell."""
    head, dates_at = _head(sheet)
    posts = _posts(sheet, head, dates_at, rules)
    lines: dict[PostKey, list[Shift]] = {post: [] for post in posts.values()}
    days: list[int] = []
    for row, cells in enumerate(sheet.grid[head + 1 :], head + 2):
        if not any(_text(cell) for cell in cells):
            continue
        start = _day_ms(sheet, row, dates_at, cells[dates_at], rules)
        days.append(start)
        for column, post in posts.items():
            name = _text(cells[column]) if column < len(cells) else ""
            if name:
                person = _person(sheet, row, column, name, rules.roster)
                lines[post].append(Shift(person=person, from_ms=start, until_ms=start + DAY_MS))
    if not days:
        raise TableWrong(sheet.name, head + 2, 1, _NO_LINES, _A_LINE)
    return [
        Schedule(
            post=post,
            from_ms=min(days),
            until_ms=max(days) + DAY_MS,
            shifts=tuple(_joined(shifts)),
            title=sheet.name,
        )
        for post, shifts in lines.items()
    ]


_NO_LINES = Text("没有值班日期", "there is no line")
_A_LINE = Text("至少一行", "at least one line")


def _joined(shifts: Sequence[Shift]) -> Iterator[Shift]:
    """Following days of one person as one shift."""
    ordered = sorted(shifts, key=lambda one: one.from_ms)
    now: Shift | None = None
    for one in ordered:
        if now and now.person == one.person and now.until_ms == one.from_ms:
            now = Shift(person=now.person, from_ms=now.from_ms, until_ms=one.until_ms)
            continue
        if now:
            yield now
        now = one
    if now:
        yield now


def _grid(sheet: Worksheet) -> Grid:
    grid: list[list[Cell]] = [list(row) for row in sheet.iter_rows(values_only=True)]
    for merged in sheet.merged_cells.ranges:
        value = grid[merged.min_row - 1][merged.min_col - 1]
        for row in range(merged.min_row - 1, merged.max_row):
            for column in range(merged.min_col - 1, merged.max_col):
                grid[row][column] = value
    return grid


def _head(sheet: Sheet) -> tuple[int, int]:
    """The row of the headers and the column of the dates; titles above the table are skipped."""
    for row, cells in enumerate(sheet.grid):
        for column, cell in enumerate(cells):
            if _text(cell).lower() in _DATE_HEADS:
                return row, column
    heads = ", ".join(_DATE_HEADS)
    problem = Text("找不到日期列的表头", "no header of a column of dates")
    raise TableWrong(sheet.name, 1, 1, problem, Text(heads, heads))


def _posts(sheet: Sheet, head: int, dates_at: int, rules: TableRules) -> dict[int, PostKey]:
    """The post of each column."""
    found: dict[int, PostKey] = {}
    titles = _titles(rules.roster)
    for column, cell in enumerate(sheet.grid[head]):
        name = _text(cell)
        if column == dates_at or not name or name.lower() in _IGNORED_HEADS:
            continue
        post = titles.get(name) or _post(name)
        if post is None or post not in rules.roster.by_post:
            problem = Text(f"没有岗位 {name}", f"there is no post {name}")
            listed = "、".join(titles)
            allowed = Text(f"{listed} 或 {POST_FORM}", f"{listed} or a post like {POST_FORM}")
            raise TableWrong(sheet.name, head + 1, column + 1, problem, allowed)
        if post in found.values():
            problem = Text(f"岗位 {name} 出现两次", f"the post {name} stands twice")
            raise TableWrong(sheet.name, head + 1, column + 1, problem, Text("一次", "once"))
        found[column] = post
    if not found:
        problem = Text("没有岗位列", "no column of a post")
        raise TableWrong(sheet.name, head + 1, 1, problem, Text(POST_FORM, POST_FORM))
    return found


def _titles(roster: DutyRoster) -> dict[str, PostKey]:
    return {
        item.title: post
        for post in roster.posts()
        for item in roster.of_post(post)
        if isinstance(item, Posting) and item.title
    }


def _post(name: str) -> PostKey | None:
    try:
        return post_of(name)
    except (KeyError, ValueError):
        return None


def person_called(roster: DutyRoster, name: str) -> str | Text:
    """The id of one person by id or by name; a text says why there is not one."""
    if name in roster.persons:
        return name
    named = [one.person_id for one in roster.persons.values() if name and one.name == name]
    if len(named) == 1:
        return named[0]
    if named:
        ids = "、".join(named)
        return Text(f"{name} 有 {len(named)} 人：{ids}", f"{name} may be any of {ids}")
    return Text(f"名册中没有 {name!r}", f"{name!r} is not on the roster")


def _person(sheet: Sheet, row: int, column: int, name: str, roster: DutyRoster) -> str:
    found = person_called(roster, name)
    if isinstance(found, Text):
        allowed = Text("一名在册人员的姓名或编号", "the name or id of one person of the roster")
        raise TableWrong(sheet.name, row, column + 1, found, allowed)
    return found


def _day_ms(sheet: Sheet, row: int, column: int, cell: Cell, rules: TableRules) -> int:
    day = _day(cell, rules.year)
    if day is None:
        problem = Text(f"{_text(cell) or '空'} 不是日期", f"{_text(cell) or 'empty'} is no date")
        example = Text("2026-02-15、2026年2月15日 或 2月15日", "2026-02-15 or 2月15日")
        raise TableWrong(sheet.name, row, column + 1, problem, example)
    return moment_of(day) + rules.hand_over_minute * MINUTE_MS


def _day(cell: Cell, year: int) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    found = _CHINESE_DATE.match(text) or _PLAIN_DATE.match(text)
    if not found:
        return None
    try:
        return date(int(found[1] or year), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()
