"""Reads a household register row by row: CSV in UTF-8 or GB18030, headers in Chinese or English.

Household numbers and places are held to the rules that intake holds reports to, so that both meet.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from services.common.csv_text import BOM, Lines, decoded, encoding_of
from services.common.divisions import GRID_DIGITS, Divisions
from services.intake.adapters.files.rows import FileUnreadable
from services.intake.domain.columns import HeaderWrong
from services.intake.domain.fields import Scope, household, jurisdiction
from services.intake.domain.messages import problem
from services.intake.domain.personal import is_forbidden_field
from services.intake.domain.problems import Problem, Reason, listed, near, safe_name
from services.intake.domain.rulebook import Context, Rulebook

REQUIRED = ("household_no", "grid")
OPTIONAL = ("moved_in", "moved_out", "state")
COLUMNS = (*REQUIRED, *OPTIONAL)
_CHINESE: Mapping[str, str] = {
    "户编号": "household_no",
    "网格": "grid",
    "网格代码": "grid",
    "迁入日期": "moved_in",
    "迁出日期": "moved_out",
    "状态": "state",
    "jurisdiction_code": "grid",
}
# Whether the household belongs to the round.
STATES: Mapping[str, bool] = {
    "": True,
    "registered": True,
    "在册": True,
    "retracted": False,
    "撤销": False,
}
_OTHER_KINDS = frozenset({".xlsx", ".xls", ".json", ".jsonl", ".ndjson"})
_DELIMITERS = (",", "\t", ";")
_DATE = ("日期，例如 2026-03-01", "a date such as 2026-03-01")


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One household of the register. The number leaves this process only as a pseudonym."""

    household_no: str = field(repr=False)
    grid: str
    moved_in_on: str
    moved_out_on: str
    registered: bool


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row by the number an editor shows, how far into the file it is (0 to 1), and what it says or what is wrong."""

    number: int
    done: float
    row: RegisterRow | None
    problems: tuple[Problem, ...] = ()


def register_rows(path: Path, divisions: Divisions) -> Iterator[ReadRow]:
    """All rows that are not empty; HeaderWrong or FileUnreadable when there can be none."""
    if path.suffix.lower() in _OTHER_KINDS:
        raise FileUnreadable(
            f"名册须为 CSV；请将 {path.suffix} 另存为 CSV",
            f"a register is a CSV; save the {path.suffix} file as CSV",
        )
    with path.open("rb") as raw:
        encoding = encoding_of(raw)
        raw.seek(len(BOM) if raw.read(len(BOM)) == BOM else 0)
        table = _Table.begin(raw, encoding, _Checks(divisions))
        size = max(1, path.stat().st_size)
        for number, cells in table.rows():
            yield table.read(number, table.lines.read / size, cells)


class _Checks:
    """What a row must fulfil; remembers which household stood where."""

    def __init__(self, divisions: Divisions) -> None:
        self._context = Context(Rulebook.of({}, divisions), 0)
        self._grids = frozenset(code for code in divisions.names if len(code) == GRID_DIGITS)
        self._with_grids = frozenset(code[:12] for code in self._grids)
        self._first: dict[str, int] = {}

    def row(self, number: int, given: Mapping[str, str]) -> RegisterRow | list[Problem]:
        """The row, or everything that is wrong with it."""
        scope = Scope(self._context)
        for name in REQUIRED:
            if not given.get(name):
                scope.add(Reason.FIELD_MISSING, name)
        if scope.found:
            return scope.found
        number_of_home = household(given["household_no"], "household_no", scope)
        grid = self._grid(given["grid"], scope)
        moved_in, moved_out = (_day(given, name, scope) for name in ("moved_in", "moved_out"))
        if moved_in and moved_out and moved_out < moved_in:
            _shape(scope, "moved_out", "不早于迁入日期", "not before moved_in")
        state = given.get("state", "")
        if state.lower() not in STATES:
            scope.add(Reason.CODE_UNKNOWN, "state", listed(name for name in STATES if name))
        first = self._first.setdefault(number_of_home, number)
        if first != number:
            zh, en = (
                f"每户在文件中只出现一次（已见于第 {first} 行）",
                f"once in the file for each household (already in row {first})",
            )
            _shape(scope, "household_no", zh, en)
        if scope.found:
            return scope.found
        return RegisterRow(number_of_home, grid, moved_in, moved_out, STATES[state.lower()])

    def _grid(self, value: str, scope: Scope) -> str:
        before = len(scope.found)
        code = jurisdiction(value, "grid", scope)
        if len(scope.found) > before:
            return ""
        if len(code) != GRID_DIGITS:
            _shape(scope, "grid", "15 位网格代码", "a grid's code of 15 digits")
        elif code[:12] in self._with_grids and code not in self._grids:
            scope.add(Reason.JURISDICTION_UNKNOWN, "grid", nearest_zh="", nearest_en="")
        return code


@dataclass(frozen=True, slots=True)
class _Table:
    """A file whose header was understood."""

    lines: Lines
    rest: Iterator[str]
    names: Sequence[str]
    encoding: str
    delimiter: str
    checks: _Checks

    @classmethod
    def begin(cls, raw: BinaryIO, encoding: str, checks: _Checks) -> _Table:
        """Read the header."""
        lines = Lines(raw, raw.tell())
        rest = iter(lines)
        head = next(rest, "")
        delimiter = next((mark for mark in _DELIMITERS if mark in head), ",")
        cells = decoded(next(csv.reader([head], delimiter=delimiter), []), encoding)
        if cells is None:
            raise FileUnreadable(
                f"表头既不是 UTF-8 也不是 GB18030（按 {encoding} 解读失败）",
                f"the header is neither UTF-8 nor GB18030 (tried {encoding})",
            )
        return cls(lines, rest, _names(cells), encoding, delimiter, checks)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not empty, by the number an editor shows."""
        reader = csv.reader(self.rest, delimiter=self.delimiter)
        while True:
            number = reader.line_num + 2
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                # A field beyond the csv module's limit: no register has one, the row cannot be read.
                cells = ["?"] * (len(self.names) + 1)
            if any(cells):
                yield number, cells

    def read(self, number: int, done: float, cells: Sequence[str]) -> ReadRow:
        """What a row says, or what is wrong with it."""
        if len(cells) > len(self.names):
            want, got = len(self.names), len(cells)
            fault = problem(Reason.ROW_MALFORMED, "", row=number, got=got, want=want)
            return ReadRow(number, done, None, (fault,))
        texts = decoded(cells, self.encoding)
        if texts is None:
            fault = problem(Reason.ENCODING_MIXED, "", row=number, encoding=self.encoding)
            return ReadRow(number, done, None, (fault,))
        given = dict(zip(self.names, (text.strip() for text in texts), strict=False))
        found = self.checks.row(number, given)
        if isinstance(found, RegisterRow):
            return ReadRow(number, done, found)
        return ReadRow(number, done, None, tuple(found))


def _names(header: Sequence[str]) -> list[str]:
    names = [_CHINESE.get(cell.strip(), cell.strip().lower()) for cell in header]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if is_forbidden_field(name):
            raise HeaderWrong(problem(Reason.FIELD_FORBIDDEN, safe_name(name)))
        if name not in COLUMNS:
            similar = near(name, (*COLUMNS, *_CHINESE))
            allowed = listed(COLUMNS)
            raise HeaderWrong(problem(Reason.FIELD_UNKNOWN, safe_name(name), allowed, near=similar))
        if names.count(name) > 1:
            raise HeaderWrong(problem(Reason.COLUMN_TWICE, name))
    for name in REQUIRED:
        if name not in names:
            raise HeaderWrong(problem(Reason.FIELD_MISSING, name, listed(COLUMNS)))
    return names


def _day(given: Mapping[str, str], name: str, scope: Scope) -> str:
    text = given.get(name, "")
    if not text:
        return ""
    try:
        return date.fromisoformat(text.replace("/", "-")).isoformat()
    except ValueError:
        _shape(scope, name, *_DATE)
        return ""


def _shape(scope: Scope, path: str, zh: str, en: str) -> None:
    scope.add(Reason.TEXT_MALFORMED, path, shape_zh=zh, shape_en=en)
