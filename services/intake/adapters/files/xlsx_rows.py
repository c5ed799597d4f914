"""Reads the first sheet of an Excel workbook as a stream; merged, broken and imprecise cells are refused by address."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from services.common.clock import SHANGHAI
from services.intake.adapters.files.rows import FileUnreadable, Row, Rows
from services.intake.domain.columns import Columns
from services.intake.domain.incoming import Format, Incoming
from services.intake.domain.messages import problem
from services.intake.domain.problems import Problem, Reason
from services.intake.domain.rulebook import Rulebook

# Excel keeps 15 digits of a number; a longer code typed as a number has lost its end.
_EXACT = 10**15
_MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


@dataclass(frozen=True, slots=True)
class _Merged:
    """A merged range, columns and rows counted from 1."""

    name: str
    first_column: int
    first_row: int
    last_column: int
    last_row: int


def xlsx_rows(path: Path, rules: Rulebook) -> Rows:
    """The reports of the first sheet; HeaderWrong or FileUnreadable when there can be none."""
    merged = _merged_ranges(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as wrong:
        raise _not_a_workbook() from wrong
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        yield from _rows(sheet.iter_rows(values_only=True), merged, path, rules)
    finally:
        book.close()


def _rows(
    cells: Iterator[tuple[object, ...]], merged: Sequence[_Merged], path: Path, rules: Rulebook
) -> Rows:
    header = [str(cell or "") for cell in next(cells, ())]
    sheet = _Sheet(Columns.of(header, rules), header, merged, {})
    in_header = sheet.touching(1)
    if in_header:
        raise FileUnreadable(
            f"表头含合并单元格 {in_header[0].name}",
            f"the header has merged cells {in_header[0].name}",
        )
    last = max(1, _last_row(path))
    for number, values in enumerate(cells, start=2):
        if any(value is not None and value != "" for value in values) or sheet.touching(number):
            yield Row(number, min(1.0, number / last), sheet.incoming(values, number))


@dataclass(frozen=True, slots=True)
class _Sheet:
    columns: Columns
    header: Sequence[str]
    merged: Sequence[_Merged]
    anchors: dict[str, object]

    def incoming(self, values: Sequence[object], number: int) -> Incoming:
        """The report of one row, or the first cell that is wrong."""
        touching = self.touching(number)
        if touching:
            filled = self._filled(values, number, touching)
            texts, _ = _texts(filled, number)
            fault = problem(Reason.CELL_MERGED, "", row=number, cell=touching[0].name)
            return Incoming(None, fault, self._as_csv(texts), Format.CSV)
        texts, fault_in_cell = _texts(values, number)
        if fault_in_cell is not None:
            return Incoming(None, fault_in_cell, self._as_csv(texts), Format.CSV)
        return Incoming(self.columns.report(texts))

    def touching(self, number: int) -> list[_Merged]:
        """The merged ranges that cover a part of the row."""
        return [one for one in self.merged if one.first_row <= number <= one.last_row]

    def _filled(
        self, values: Sequence[object], number: int, touching: Sequence[_Merged]
    ) -> list[object]:
        """The row with each merged cell's value in all the cells it covers: what a replay takes."""
        row = [*values, *([None] * (len(self.columns.names) - len(values)))]
        for one in touching:
            if number == one.first_row and one.first_column <= len(row):
                self.anchors[one.name] = row[one.first_column - 1]
            for column in range(one.first_column, min(one.last_column, len(row)) + 1):
                row[column - 1] = self.anchors.get(one.name)
        return row

    def _as_csv(self, texts: Sequence[str]) -> bytes:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows((self.header, texts))
        return out.getvalue().encode()


def _texts(values: Sequence[object], number: int) -> tuple[list[str], Problem | None]:
    texts: list[str] = []
    first: Problem | None = None
    for column, value in enumerate(values, start=1):
        text, reason = _text(value)
        texts.append(text)
        if reason is not None and first is None:
            first = problem(reason, "", cell=f"{get_column_letter(column)}{number}")
    return texts, first


def _text(value: object) -> tuple[str, Reason | None]:
    if value is None:
        return "", None
    if isinstance(value, str):
        text = value.strip()
        return text, Reason.CELL_ERROR if text.startswith("#") and text.endswith(
            ("!", "?", "A")
        ) else None
    if isinstance(value, bool):
        return "yes" if value else "no", None
    if isinstance(value, int | float):
        whole = isinstance(value, int) or value.is_integer()
        text = str(int(value)) if whole else repr(value)
        return text, Reason.CELL_IMPRECISE if abs(value) >= _EXACT else None
    if isinstance(value, datetime):
        # A date cell knows no zone; a sheet filled in here means local time.
        return value.replace(tzinfo=SHANGHAI).isoformat(), None
    if isinstance(value, date):
        return value.isoformat(), None
    return str(value), None


def _merged_ranges(path: Path) -> list[_Merged]:
    """Read-only mode of openpyxl does not tell them, so they are read from the sheet itself."""
    ranges: list[_Merged] = []
    try:
        with ZipFile(path) as archive:
            name = _first_sheet(archive)
            if archive.getinfo(name).file_size > _MAX_UNPACKED_BYTES:
                raise FileUnreadable("工作表展开后超过 2 GiB", "the sheet unpacks to over 2 GiB")
            with archive.open(name) as sheet:
                for _, element in ElementTree.iterparse(sheet):
                    if element.tag == f"{_MAIN}mergeCell":
                        ranges.append(_as_merged(element.get("ref", "")))
                    element.clear()
    except (BadZipFile, KeyError, ElementTree.ParseError, OSError) as wrong:
        raise _not_a_workbook() from wrong
    return ranges


def _as_merged(name: str) -> _Merged:
    left, top, right, bottom = range_boundaries(name)
    return _Merged(name, left or 1, top or 1, right or 1, bottom or 1)


def _first_sheet(archive: ZipFile) -> str:
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets: Mapping[str, str] = {
        link.get("Id", ""): link.get("Target", "") for link in links if link.get("Id")
    }
    first = book.find(f"{_MAIN}sheets/{_MAIN}sheet")
    target = targets[first.get(f"{_REL}id", "") if first is not None else ""]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _last_row(path: Path) -> int:
    """About how many rows there are, from the size of the sheet: only for the progress bar."""
    with ZipFile(path) as archive:
        return archive.getinfo(_first_sheet(archive)).file_size // 1000


def _not_a_workbook() -> FileUnreadable:
    return FileUnreadable("不是有效的 XLSX 工作簿", "not a valid XLSX workbook")
