"""The league table itself: one line a unit, for the screen, JSON, CSV, Excel and HTML alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.common.divisions import Divisions, contains
from services.escalation.domain.league import Standing, ranked
from services.risk_scoring.domain.round_counts import NOTHING, Counts, depth_of, percent

# What is shown of a unit, in this order; the names are those of JSON and CSV.
COLUMNS = (
    "place",
    "code",
    "name",
    "on_time_percent",
    "on_time",
    "due",
    "white",
    "yellow",
    "red",
    "answered",
    "answered_late",
    "unanswered",
    "opened",
    "resolved",
    "open",
    "reopened",
    "coverage_percent",
    "assessed",
    "target",
    "resolution_percent",
    "cases_resolved",
    "cases_opened",
    "homicides",
    "homicides_before",
)
WORDS = ("code", "name")


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read, by unit: duties, rounds, homicides of the period and of the same period a year before."""

    standings: Mapping[str, Standing]
    rounds: Mapping[str, Counts]
    homicides: Counter[str]
    homicides_before: Counter[str]

    def units(self) -> set[str]:
        """Every unit with anything to say."""
        return {*self.standings, *self.rounds, *self.homicides, *self.homicides_before}


Line = Mapping[str, int | str]


def lines(sources: Sources, divisions: Divisions, unit: str, depth: int) -> list[Line]:
    """Lines of the units `depth` tiers below the prefecture and inside `unit`, best first; the unit itself last.

    Rates are percentages with two places, rounded half up, "" where there is nothing to take a share of.
    """
    chosen = {
        code: sources.standings.get(code, Standing())
        for code in sorted(sources.units() | set(divisions.names))
        if code != unit and contains(unit, code) and depth_of(code) == depth
    }
    found = [_line(sources, divisions, code, place) for place, code, _ in ranked(chosen)]
    return [*found, _line(sources, divisions, unit, 0)]


def cells(line: Line) -> list[str]:
    """A line as it is read: thousands apart, no place for who owed nothing."""
    return [_cell(name, line[name]) for name in COLUMNS]


def rows(table: Sequence[Line]) -> list[list[int | str]]:
    """The lines as plain values in the order of COLUMNS, for office programs."""
    return [[line[name] for name in COLUMNS] for line in table]


def _cell(name: str, value: int | str) -> str:
    if isinstance(value, str):
        return value or "–"
    if name == "place":
        return str(value) if value else ""
    return f"{value:,}"


def _line(sources: Sources, divisions: Divisions, code: str, place: int) -> Line:
    one = sources.standings.get(code, Standing())
    counts = sources.rounds.get(code, NOTHING)
    share = Fraction(one.on_time, one.due) if one.due else None
    facts: dict[str, int | str] = {
        **one.facts(),
        "place": place,
        "code": code,
        "name": divisions.name(code),
        "on_time_percent": percent(share),
        "coverage_percent": percent(counts.coverage.share),
        "assessed": counts.assessed,
        "target": counts.target,
        "resolution_percent": percent(counts.resolution.share),
        "cases_resolved": counts.cases_resolved,
        "cases_opened": counts.cases_opened,
        "homicides": sources.homicides[code],
        "homicides_before": sources.homicides_before[code],
    }
    return {name: facts[name] for name in COLUMNS}
