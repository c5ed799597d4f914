"""A backtest's counts as plain data for a table, JSON and a page: the same log and moment give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from services.common.clock import to_local
from services.common.divisions import Divisions, code_at
from services.common.terms import Level, Tier
from services.risk_scoring.domain import disclosure
from services.risk_scoring.domain.backtest import (
    ANY_PACK,
    MOVES,
    DeadlineKey,
    FlowKey,
    GroupKey,
    Measure,
    Side,
    Tally,
    Term,
    When,
)
from services.risk_scoring.domain.flows import WHOLE, Flow, flows, loads, packs_in, units_of
from services.risk_scoring.domain.pack_identity import PackIdentity, canonical
from services.risk_scoring.service.backtest import Found

FORMAT = "sanse.backtest/1"
_LEVELS = {level: level.name.lower() for level in Level}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the report is made with. `live` None: the candidate is a pack of a new id."""

    candidate: PackIdentity
    live: PackIdentity | None
    as_of_ms: int
    divisions: Divisions
    capacity: Mapping[str, int]
    capacity_each: int | None
    min_cell: int = disclosure.MIN_CELL


def report(found: Found, terms: Terms) -> dict[str, Any]:
    """The whole report. No timing and no path is in it, so that whoever runs it again gets the same bytes."""
    counts, pack_id = found.tally, terms.candidate.pack_id
    highest = flows(counts.in_force, ANY_PACK)
    return {
        "format": FORMAT,
        "candidate": terms.candidate._asdict(),
        "live": terms.live._asdict() if terms.live else None,
        "as_of": to_local(terms.as_of_ms).isoformat(),
        "read": asdict(found.read),
        "subjects": counts.subjects,
        "flow": {
            "in_force": _units(flows(counts.in_force, pack_id), terms.divisions),
            "computed": _units(flows(counts.computed, pack_id), terms.divisions),
            "household": _units(highest, terms.divisions),
            "other_packs": _others(counts.in_force, pack_id),
        },
        "capacity": [
            {**asdict(load), "name": terms.divisions.name(load.unit), "over": load.over}
            for load in loads(highest, terms.capacity, terms.capacity_each)
        ],
        "deadlines": _deadlines(counts.deadlines, terms.divisions),
        "subgroups": _subgroups(counts, terms.min_cell),
    }


def report_bytes(content: Mapping[str, Any]) -> bytes:
    """The report as JSON: what is written, and what the signers sign."""
    return canonical(content) + b"\n"


def _units(by_unit: Mapping[str, Flow], divisions: Divisions) -> list[dict[str, Any]]:
    return [
        {
            "unit": unit,
            "tier": tier_word(unit),
            "name": divisions.name(unit) if unit else "",
            "total": flow.total,
            "raised": flow.raised,
            "lowered": flow.lowered,
            "same": flow.same,
            "newly_red": flow.newly_red,
            "matrix": {
                _LEVELS[live]: {_LEVELS[after]: flow.at(live, after) for after in Level}
                for live in Level
            },
        }
        for unit, flow in by_unit.items()
    ]


def tier_word(unit: str) -> str:
    """whole, county or township; "other" for a place whose code is neither."""
    if unit == WHOLE:
        return "whole"
    if code_at(unit, Tier.TOWNSHIP) == unit:
        return "township"
    return "county" if code_at(unit, Tier.COUNTY) == unit else "other"


def _others(counts: Mapping[FlowKey, int], pack_id: str) -> dict[str, dict[str, int]]:
    """Other packs move only where the candidate's scope takes incidents from them or gives them some."""
    found = {}
    for other in packs_in(counts):
        flow = flows(counts, other)[WHOLE]
        if other != pack_id:
            found[other] = {"raised": flow.raised, "lowered": flow.lowered, "same": flow.same}
    return found


def _deadlines(counts: Mapping[DeadlineKey, int], divisions: Divisions) -> list[dict[str, Any]]:
    """Per unit: what falls due and what would have been missed, side by side."""
    sums: dict[str, dict[str, int]] = {WHOLE: {}}
    for key, count in counts.items():
        name = f"{key.term}.{key.side}.{key.when}"
        for unit in units_of(key.unit):
            row = sums.setdefault(unit, {})
            row[name] = row.get(name, 0) + count
    return [
        {
            "unit": unit,
            "tier": tier_word(unit),
            "name": divisions.name(unit) if unit else "",
            Term.REASSESSMENT.value: {
                side.value: {w.value: row.get(f"{Term.REASSESSMENT}.{side}.{w}", 0) for w in When}
                for side in Side
            },
            Term.FIRST_VISIT.value: {
                w.value: row.get(f"{Term.FIRST_VISIT}.{Side.CANDIDATE}.{w}", 0) for w in When
            },
        }
        for unit, row in sorted(sums.items())
    ]


def _subgroups(counts: Tally, min_cell: int) -> dict[str, Any]:
    """Per column of the subgroup file: counts by group with small cells hidden (null)."""
    columns = sorted({key.column for key in counts.groups})
    return {
        "min_cell": min_cell,
        "columns": {column: _group_column(counts.groups, column, min_cell) for column in columns},
    }


def _group_column(
    counts: Mapping[GroupKey, int], column: str, min_cell: int
) -> dict[str, dict[str, Any]]:
    labels = sorted({key.label for key in counts if key.column == column})
    cells = {
        measure: {label: counts.get(GroupKey(column, label, measure), 0) for label in labels}
        for measure in Measure
    }
    sizes = cells[Measure.RATED]
    # Where all but a few of a group move, the moves together would tell who stays.
    moved = {
        label
        for label in labels
        if sizes[label] - sum(cells[move][label] for move in MOVES) < min_cell
    }
    rated = disclosure.shown(sizes, None, min_cell)
    found = {}
    for measure, row in cells.items():
        forced = moved if measure in MOVES else ()
        column_shown = (
            rated if measure is Measure.RATED else disclosure.shown(row, sizes, min_cell, forced)
        )
        found[measure.value] = {
            "total": column_shown.total,
            "groups": dict(column_shown.cells),
            "shares": {
                label: share(column_shown.cells[label], rated.cells[label]) for label in labels
            },
        }
    return found


def share(count: int | None, rated: int | None) -> float | None:
    """The share of a group's rated households, to a thousandth; None where either count is hidden."""
    return None if count is None or not rated else round(count / rated, 3)
