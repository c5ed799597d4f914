"""Reads CSV in UTF-8 or GB18030; a row in another encoding than its file is refused by its number."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from services.common.csv_text import BOM, Lines, decoded, encoding_of
from services.intake.adapters.files.rows import FileUnreadable, Row, Rows
from services.intake.adapters.json_text import too_large
from services.intake.domain.columns import Columns
from services.intake.domain.incoming import Format, Incoming
from services.intake.domain.limits import MAX_REPORT_BYTES
from services.intake.domain.messages import problem
from services.intake.domain.problems import Reason
from services.intake.domain.rulebook import Rulebook

_DELIMITERS = (",", "\t", ";")


def csv_rows(path: Path, rules: Rulebook) -> Rows:
    """The reports of a file; HeaderWrong or FileUnreadable when there can be none."""
    with path.open("rb") as raw:
        encoding = encoding_of(raw)
        raw.seek(len(BOM) if raw.read(len(BOM)) == BOM else 0)
        yield from _rows(raw, max(1, path.stat().st_size), encoding, rules)


def csv_original(original: bytes, rules: Rulebook) -> Rows:
    """The reports of a kept original: its header line and its row."""
    raw = io.BytesIO(original)
    encoding = encoding_of(raw)
    raw.seek(0)
    yield from _rows(raw, max(1, len(original)), encoding, rules)


def _rows(raw: BinaryIO, size: int, encoding: str, rules: Rulebook) -> Rows:
    lines = Lines(raw)
    rest = iter(lines)
    head = next(rest, "")
    delimiter = next((mark for mark in _DELIMITERS if mark in head), ",")
    header = next(csv.reader([head], delimiter=delimiter), [])
    columns = Columns.of(_header(header, encoding), rules)
    table = _Table(columns, header, encoding, delimiter)
    reader = csv.reader(rest, delimiter=delimiter)
    first = 2
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # Only a field beyond the csv module's own limit, twice ours, ends here.
            fault = too_large(2 * MAX_REPORT_BYTES)
            yield Row(first, lines.read / size, Incoming(None, fault, b""))
            first = reader.line_num + 2
            continue
        if any(cells):
            yield Row(first, lines.read / size, table.incoming(cells, first))
        first = reader.line_num + 2


def _header(header: Sequence[str], encoding: str) -> list[str]:
    try:
        return [cell.encode("latin-1").decode(encoding) for cell in header]
    except UnicodeDecodeError as wrong:
        raise FileUnreadable(
            f"表头既不是 UTF-8 也不是 GB18030（按 {encoding} 解读失败）",
            f"the header is neither UTF-8 nor GB18030 (tried {encoding})",
        ) from wrong


@dataclass(frozen=True, slots=True)
class _Table:
    columns: Columns
    header: Sequence[str]
    encoding: str
    delimiter: str

    def incoming(self, cells: Sequence[str], number: int) -> Incoming:
        """The report of one row, or what is wrong with the row."""
        if sum(map(len, cells)) > MAX_REPORT_BYTES:
            return self._refused(cells, None, sum(map(len, cells)))
        if len(cells) > len(self.header):
            return self._refused(cells, number, 0)
        texts = decoded(cells, self.encoding)
        if texts is None:
            fault = problem(Reason.ENCODING_MIXED, "", row=number, encoding=self.encoding)
            return Incoming(None, fault, self._bytes(cells), Format.CSV)
        return Incoming(self.columns.report([text.strip() for text in texts]))

    def _refused(self, cells: Sequence[str], number: int | None, size: int) -> Incoming:
        if number is None:
            return Incoming(None, too_large(size), self._bytes(cells), Format.CSV)
        want, got = len(self.header), len(cells)
        fault = problem(Reason.ROW_MALFORMED, "", row=number, got=got, want=want)
        return Incoming(None, fault, self._bytes(cells), Format.CSV)

    def _bytes(self, cells: Sequence[str]) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator="\n")
        writer.writerows((self.header, cells))
        return out.getvalue().encode("latin-1")
