"""A round's report: one line a unit, for the screen, JSON and CSV alike."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from services.cli.texts import english, say
from services.common.divisions import Divisions
from services.risk_scoring.domain.round_counts import NOTHING, Counts, Rate, percent
from services.risk_scoring.domain.rounds import Round, RoundsFold
from services.risk_scoring.service.round_units import Unit, UnitsOfRound, attributed_above

COLUMNS = (
    "target",
    "assessed",
    "refused",
    "away",
    "moved",
    "missing",
    "assessed_unregistered",
    "cases_opened",
    "cases_resolved",
    "other_cases_opened",
    "other_cases_resolved",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A unit with its counts, and with those of the round it is compared with."""

    code: str
    name: str
    counts: Counts
    before: Counts


@dataclass(frozen=True, slots=True)
class Report:
    """The unit asked for, the units of one level below it, and what belongs to none of these."""

    round: Round
    total: Line
    lines: tuple[Line, ...]
    above: Line

    @property
    def all(self) -> tuple[Line, ...]:
        """Every line in the order shown; the remainder only when it holds something."""
        rest = (self.above,) if self.above.counts != NOTHING else ()
        return (*self.lines, *rest, self.total)


def make_report(
    fold: RoundsFold, divisions: Divisions, round_id: str, code: str, depth: int
) -> Report:
    """The report at units `depth` tiers below the prefecture; UnknownUnit for a code that is none."""
    one = fold.rounds[round_id]
    now = UnitsOfRound(fold.counts(round_id), divisions)
    before = UnitsOfRound(fold.counts(one.carries) if one.carries else {}, divisions)
    total = now.unit(code)
    units = now.below(total.code, depth)
    rest = attributed_above(total.counts, units) if units else NOTHING
    return Report(
        one,
        _line(total, before),
        tuple(_line(unit, before) for unit in units),
        Line("", say("rounds.above"), rest, NOTHING),
    )


def as_json(report: Report, as_of: str) -> dict[str, object]:
    """The report for machines: whole numbers, and each rate as its two numbers beside the percentage."""
    return {
        "round": report.round.id,
        "title": report.round.title.en if english() else report.round.title.zh,
        "as_of": as_of or None,
        "carries": report.round.carries or None,
        "total": _json_line(report.total),
        "units": [_json_line(line) for line in report.lines],
        "above_units": _json_line(report.above),
    }


def write_csv(report: Report, path: Path) -> None:
    """The lines as a table that office programs open: UTF-8 with a mark, rates also as their two numbers."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, lineterminator="\r\n")
        rows.writerow(("round", "code", "name", *COLUMNS, "coverage_percent", "resolution_percent"))
        for line in report.all:
            counts = line.counts
            rates = (percent(counts.coverage.share, 4), percent(counts.resolution.share, 4))
            rows.writerow((report.round.id, line.code, line.name, *_values(counts), *rates))


def _line(unit: Unit, before: UnitsOfRound) -> Line:
    return Line(unit.code, unit.name, unit.counts, before.counts_at(unit.code))


def _values(counts: Counts) -> list[int]:
    return [getattr(counts, name) for name in COLUMNS]


def _json_line(line: Line) -> dict[str, object]:
    return {
        "code": line.code,
        "name": line.name,
        **dict(zip(COLUMNS, _values(line.counts), strict=True)),
        "coverage": _rate(line.counts.coverage),
        "resolution": _rate(line.counts.resolution),
        "coverage_before": _rate(line.before.coverage),
        "resolution_before": _rate(line.before.resolution),
    }


def _rate(rate: Rate) -> dict[str, object]:
    share = percent(rate.share, 4)
    return {
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "percent": share or None,
    }
