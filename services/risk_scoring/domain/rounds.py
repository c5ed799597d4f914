"""Assessment rounds: register entries, reports and cases folded into what is known of each household.

The fold does not depend on the order of what it takes, nor on how often it takes it. Of the reports of one
household in one round the newest counts (by the time it happened, then by event id); of register entries the
one registered last. A household counts in the grid of its register, wherever its reports came from.

Columns of plain numbers, one row a household: 820,000 households in four rounds take about 400 MB.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.round_counts import NOTHING, Counts

EVENT_ID_BYTES = 16
_NOWHERE = -1
_ROOM = 1024
_STRANGERS_KEPT = 1000


class Visit(IntEnum):
    """What the newest report says of a household; the numbers are those of intake's AssessmentStatus."""

    MISSING = 0
    ASSESSED = 1
    REFUSED = 2
    AWAY = 3
    MOVED = 4


@dataclass(frozen=True, slots=True)
class Round:
    """A campaign. It runs from `starts_ms` until just before `ends_ms`; `carries` is the round it is compared with."""

    id: str
    title: Text
    packs: tuple[str, ...]
    starts_on: date
    ends_on: date
    starts_ms: int
    ends_ms: int
    carries: str
    set_by: Text
    basis: Text

    def expects(self, moved_in_on: str, moved_out_on: str) -> bool:
        """Whether a household living somewhere between two dates ("" when open) lived there on a day of the round."""
        came = moved_in_on <= self.ends_on.isoformat()
        return came and not (moved_out_on and moved_out_on < self.starts_on.isoformat())


class CaseSeen(NamedTuple):
    """A case as of the ledger entry number `sequence`; `resolved_at_ms` is 0 while it is open."""

    sequence: int
    ledger_head: bytes
    subject_id: str
    pack_id: str
    # The round of the assessment that opened it; "" when an incident did.
    round_id: str
    place: str
    opened_at_ms: int
    resolved_at_ms: int


class _Columns:
    """One round: row n is the household with the number n."""

    __slots__ = ("entered_ms", "file", "grid", "seen_id", "seen_ms", "seen_place", "visit")

    def __init__(self) -> None:
        self.entered_ms = array("q")
        self.file = array("i")
        self.grid = array("i")
        self.seen_ms = array("q")
        self.seen_id = bytearray()
        self.seen_place = array("i")
        self.visit = bytearray()

    def reach(self, row: int) -> None:
        """Make sure the row exists; new rows say that nothing is known."""
        more = row + 1 - len(self.visit)
        if more > 0:
            more += _ROOM + row // 8
            zeros = bytes(8 * more)
            nowhere = array("i", [_NOWHERE]) * more
            self.entered_ms.frombytes(zeros)
            self.seen_ms.frombytes(zeros)
            self.seen_id += bytes(EVENT_ID_BYTES * more)
            self.visit += bytes(more)
            for column in (self.file, self.grid, self.seen_place):
                column.extend(nowhere)


class RoundsFold:
    """Everything known of the given rounds."""

    def __init__(self, rounds: Iterable[Round]) -> None:
        self.rounds: Mapping[str, Round] = {one.id: one for one in rounds}
        # Rounds that reports and entries name, but that are not given; the first thousand.
        self.strangers: set[str] = set()
        self._columns = {round_id: _Columns() for round_id in self.rounds}
        self._households: dict[str, int] = {}
        self._places: list[str] = []
        self._place_numbers: dict[str, int] = {}
        self._files: list[bytes] = []
        self._file_numbers: dict[bytes, int] = {}
        self._cases: dict[str, CaseSeen] = {}
        self._starts = _starts_by_pack(self.rounds.values())

    def enter(
        self, round_id: str, household_id: str, grid: str, at_ms: int, file_id: bytes
    ) -> None:
        """Take a register entry; grid "" says that the household does not belong to the round."""
        columns = self._columns.get(round_id)
        if columns is None:
            self._stranger(round_id)
            return
        row = self._row(household_id, columns)
        before = columns.file[row]
        if before != _NOWHERE:
            stands = (columns.entered_ms[row], self._files[before], self._place(columns.grid[row]))
            if (at_ms, file_id, grid) <= stands:
                return
        columns.entered_ms[row] = at_ms
        columns.file[row] = self._file_number(file_id)
        columns.grid[row] = self._number(grid) if grid else _NOWHERE

    def report(
        self, round_id: str, household_id: str, visit: int, at_ms: int, event_id: bytes, place: str
    ) -> None:
        """Take a report on a household: a value of Visit, when it happened, the event's id as 16 bytes, and where."""
        columns = self._columns.get(round_id)
        if columns is None:
            self._stranger(round_id)
            return
        row = self._households.get(household_id, -1)
        if not 0 <= row < len(columns.visit):
            row = self._row(household_id, columns)
        at = EVENT_ID_BYTES * row
        if columns.visit[row]:
            stands_ms = columns.seen_ms[row]
            if at_ms < stands_ms:
                return
            if at_ms == stands_ms and event_id <= columns.seen_id[at : at + EVENT_ID_BYTES]:
                return
        columns.seen_ms[row] = at_ms
        columns.seen_id[at : at + EVENT_ID_BYTES] = event_id
        columns.visit[row] = visit
        columns.seen_place[row] = self._number(place)

    def case(self, case_id: str, seen: CaseSeen) -> None:
        """Take a case as its ledger shows it; the longest ledger counts."""
        stands = self._cases.get(case_id)
        if stands is None or seen[:2] > stands[:2]:
            self._cases[case_id] = seen

    def counts(self, round_id: str) -> dict[str, Counts]:
        """Counts by the place where they belong, sums not included; KeyError for a round not given."""
        columns = self._columns[round_id]
        found: dict[str, list[int]] = {}
        for (grid, visit), households in Counter(
            zip(columns.grid, columns.visit, strict=True)
        ).items():
            if grid != _NOWHERE:
                row = found.setdefault(self._places[grid], list(NOTHING))
                row[0] += households
                if visit:
                    row[visit] += households
        self._add_unregistered(columns, found)
        self._add_cases(round_id, columns, found)
        return {place: Counts(*row) for place, row in found.items()}

    def missing(self, round_id: str, grid: str) -> list[str]:
        """The households of a grid's register without any report, ascending; KeyError for a round not given."""
        columns = self._columns[round_id]
        wanted = self._place_numbers.get(grid)
        if wanted is None:
            return []
        rows = zip(self._households, columns.grid, columns.visit, strict=False)
        return sorted(one for one, place, visit in rows if place == wanted and not visit)

    def _add_unregistered(self, columns: _Columns, found: dict[str, list[int]]) -> None:
        rows = zip(columns.grid, columns.visit, columns.seen_place, strict=True)
        places = Counter(
            place for grid, visit, place in rows if grid < 0 and visit == Visit.ASSESSED
        )
        for place, households in places.items():
            found.setdefault(self._places[place], list(NOTHING))[5] += households

    def _add_cases(self, round_id: str, columns: _Columns, found: dict[str, list[int]]) -> None:
        for case in self._cases.values():
            if self._round_of(case) == round_id:
                row = self._households.get(case.subject_id, len(columns.grid))
                grid = columns.grid[row] if row < len(columns.grid) else _NOWHERE
                place = self._place(grid) or case.place
                column = 6 if grid != _NOWHERE else 8
                counts = found.setdefault(place, list(NOTHING))
                counts[column] += 1
                counts[column + 1] += case.resolved_at_ms > 0

    def _round_of(self, case: CaseSeen) -> str:
        """The round whose assessment opened a case, else the one in whose time it was opened; "" before all rounds."""
        if case.round_id:
            return case.round_id
        starts = self._starts.get(case.pack_id, ())
        at = bisect_right(starts, (case.opened_at_ms, "\U0010ffff"))
        return starts[at - 1][1] if at else ""

    def _stranger(self, round_id: str) -> None:
        if len(self.strangers) < _STRANGERS_KEPT:
            self.strangers.add(round_id)

    def _row(self, household_id: str, columns: _Columns) -> int:
        row = self._households.setdefault(household_id, len(self._households))
        columns.reach(row)
        return row

    def _number(self, place: str) -> int:
        number = self._place_numbers.get(place)
        if number is None:
            number = self._place_numbers[place] = len(self._places)
            self._places.append(place)
        return number

    def _place(self, number: int) -> str:
        return self._places[number] if number >= 0 else ""

    def _file_number(self, file_id: bytes) -> int:
        number = self._file_numbers.setdefault(file_id, len(self._files))
        if number == len(self._files):
            self._files.append(file_id)
        return number


def _starts_by_pack(rounds: Iterable[Round]) -> Mapping[str, tuple[tuple[int, str], ...]]:
    """The starts of the rounds of each pack, ascending."""
    found: dict[str, list[tuple[int, str]]] = {}
    for one in rounds:
        for pack_id in one.packs:
            found.setdefault(pack_id, []).append((one.starts_ms, one.id))
    return {pack_id: tuple(sorted(starts)) for pack_id, starts in found.items()}
