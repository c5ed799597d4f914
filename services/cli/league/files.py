"""Writes a league table as CSV, Excel and HTML."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from services.cli.league.ledgers import Branched, facts
from services.cli.league.table import COLUMNS, WORDS, Line, cells, rows
from services.cli.league.texts import both
from services.cli.pages import document, heading, paragraph, table

# So many of the cases with more than one ledger are named.
BRANCHED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Caption:
    """What the table is about, in words; the rounds by id."""

    unit: str
    since: str
    until: str
    as_of: str
    rounds: tuple[str, ...]
    # Cases with more than one ledger.
    branched: tuple[Branched, ...] = ()

    def ledgers_lines(self) -> list[tuple[str, str]]:
        """Each case with more than one ledger, and which was counted; nothing where there is none."""
        if not self.branched:
            return []
        told = [
            both("branch" if one.from_sequence else "orphans", **facts(one))
            for one in self.branched[:BRANCHED_SHOWN]
        ]
        return [both("branched", count=len(self.branched)), *told]

    def heading(self) -> tuple[str, str]:
        """Unit and period in Chinese and English."""
        return both("heading", unit=self.unit, since=self.since, until=self.until, as_of=self.as_of)

    def rounds_line(self) -> tuple[str, str]:
        """Which rounds coverage and resolution are of."""
        if not self.rounds:
            return both("no_rounds")
        return both("rounds", rounds=", ".join(self.rounds))


def write_csv(found: Sequence[Line], path: Path) -> None:
    """A table that office programs open: UTF-8 with a mark, columns by their English names."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(COLUMNS)
        out.writerows(rows(found))


def write_xlsx(found: Sequence[Line], caption: Caption, path: Path) -> None:
    """One sheet: what it is about, the columns in both languages, the lines; percentages are numbers."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = both("title")[0]
    told = (both("title"), caption.heading(), caption.rounds_line(), both("reading"))
    for words in (*told, *caption.ledgers_lines()):
        sheet.append([" ".join(words)])
    sheet.append(["\n".join(both(name)) for name in COLUMNS])
    head = sheet.max_row
    for row in rows(found):
        sheet.append([_number(name, value) for name, value in zip(COLUMNS, row, strict=True)])
    for cell in (sheet["A1"], *sheet[head]):
        cell.font = Font(bold=True)
    for at, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(at)].width = 18 if name in WORDS else 10
    sheet.freeze_panes = f"D{head + 1}"
    book.save(path)


def write_html(found: Sequence[Line], caption: Caption, path: Path) -> None:
    """A page in both languages that can be printed."""
    columns = [" ".join(both(name)) for name in COLUMNS if name != "name"]
    body = [
        (
            str(line["name"]),
            [cell for name, cell in zip(COLUMNS, cells(line), strict=True) if name != "name"],
        )
        for line in found
    ]
    parts = [
        heading("h1", *both("title")),
        paragraph(*caption.heading()),
        paragraph(*caption.rounds_line()),
        table(both("title")[0], " ".join(both("unit")), columns, body),
        paragraph(*both("reading")),
        *(paragraph(*words) for words in caption.ledgers_lines()),
    ]
    path.write_text(document(f"{both('title')[0]} {caption.unit}", parts), encoding="utf-8")


def _number(name: str, value: int | str) -> int | float | str | None:
    if name.endswith("_percent"):
        return float(value) if value else None
    return value
