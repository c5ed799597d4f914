"""The true totals of a simulated world, counted while its reports are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.cli.simulate.households import AtRisk, homes_of
from services.cli.simulate.packs import PackShape
from services.cli.simulate.places import PREFECTURE_CODE
from services.cli.simulate.reports import Mix
from services.cli.simulate.schedule import ROUNDS
from services.cli.simulate.sent import Fate, Fault, Sent, Source
from services.cli.simulate.support import tell, truth_of_support
from services.cli.simulate.world import World
from services.common.terms import Level

STATUSES = ("assessed", "refused", "away", "moved")
NOWHERE = ""
# Never the category of a support plan.
_DETAILS = {
    "assessment": "status",
    "incident": "category",
    "grievance": "category",
    "support_visit": "result",
}


@dataclass(frozen=True, slots=True)
class Key:
    """What a report is counted under; `detail` is a status, a category or a visit's result."""

    round_number: int
    source: Source
    kind: str
    detail: str
    fate: Fate
    fault: Fault
    level: Level
    township: str


@dataclass(slots=True)
class Tally:
    """Counts of reports by everything the truth is later summed over."""

    counts: Counter[tuple[object, ...]] = field(default_factory=Counter)
    # Accepted assessments by round number, grid and status.
    visits: Counter[tuple[int, str, str]] = field(default_factory=Counter)

    def add(self, sent: Sent) -> None:
        """Count one report; this runs for each of millions, so it is one look-up."""
        report: Any = sent.report
        kind = report["type"]
        body = report[kind]
        detail = body.get(_DETAILS.get(kind, ""), "")
        township = report.get("jurisdiction_code", NOWHERE)[:9]
        fate, fault, source = sent.fate, sent.fault, sent.source
        self.counts[
            (sent.day.round_number, source, kind, detail, fate, fault, sent.level, township)
        ] += 1
        if kind == "assessment" and fate is Fate.ACCEPTED:
            self.visits[sent.day.round_number, report["jurisdiction_code"], detail] += 1

    def rows(self) -> list[tuple[Key, int]]:
        """Each combination with its count."""
        return [(Key(*key), count) for key, count in self.counts.items()]  # type: ignore[arg-type]


def at_risk_households(world: World, packs: Mapping[str, PackShape]) -> Iterable[AtRisk]:
    """All households that are at risk in some round, in the order of grids."""
    for grid in world.grids:
        yield from homes_of(world.seed, grid, packs).at_risk.values()


def truth_of(world: World, mix: Mix, tally: Tally, at_risk: Iterable[AtRisk]) -> dict[str, Any]:
    """Everything that a receiver of the reports should find, ready for truth.json."""
    rows, days = tally.rows(), list(mix.schedule.days())
    accepted = [(key, count) for key, count in rows if key.fate is Fate.ACCEPTED]
    return {
        "seed": world.seed,
        "scale": world.scale,
        "first_day": mix.schedule.first_day.isoformat(),
        "last_day": mix.schedule.last_day.isoformat(),
        "prefecture": _size(world),
        "reports": _fates(rows),
        "reports_by_type": _by(rows, "kind"),
        "reports_by_source": {
            source.value: _fates([row for row in rows if row[0].source is source])
            for source in Source
        },
        "broken": _sum(
            (key.fault.value, count) for key, count in rows if key.fault is not Fault.NONE
        ),
        "rounds": _rounds(world, mix, accepted),
        "coverage_mean": _coverage_mean(world, accepted),
        "incidents": _sum((key.detail, n) for key, n in accepted if key.kind == "incident"),
        "grievances": _sum((key.detail, n) for key, n in accepted if key.kind == "grievance"),
        "incident_levels": _levels(row for row in accepted if row[0].kind == "incident"),
        "at_risk_households": _at_risk(at_risk),
        "jurisdictions": _jurisdictions(world, accepted),
        "support": truth_of_support(tell(world, days, mix.plans(world)), days),
    }


def _size(world: World) -> dict[str, int]:
    places = world.places
    return {
        "counties": len(places.counties),
        "townships": len(places.townships),
        "villages": len(places.villages),
        "grids": len(world.grids),
        "grid_workers": world.workers,
        "households": world.households,
        "officials": len(world.officials),
    }


def _fates(rows: Iterable[tuple[Key, int]]) -> dict[str, int]:
    sums = _sum((key.fate.value, count) for key, count in rows)
    return {"sent": sum(sums.values()), **{fate.value: sums.get(fate.value, 0) for fate in Fate}}


def _by(rows: list[tuple[Key, int]], name: str) -> dict[str, dict[str, int]]:
    kinds = sorted({getattr(key, name) for key, _ in rows})
    return {kind: _fates([row for row in rows if getattr(row[0], name) == kind]) for kind in kinds}


def _rounds(world: World, mix: Mix, accepted: list[tuple[Key, int]]) -> dict[str, Any]:
    found = {}
    for number in range(1, ROUNDS + 1):
        own = [row for row in accepted if row[0].round_number == number]
        visits = [row for row in own if row[0].kind == "assessment"]
        statuses = _sum((key.detail, count) for key, count in visits)
        found[mix.schedule.round_id(number)] = {
            **{status: statuses.get(status, 0) for status in STATUSES},
            "coverage": round(statuses.get("assessed", 0) / world.households, 6),
            "levels": _levels(row for row in visits if row[0].detail == "assessed"),
        }
    return found


def _coverage_mean(world: World, accepted: list[tuple[Key, int]]) -> float:
    assessed = sum(count for key, count in accepted if key.detail == "assessed")
    return round(assessed / (ROUNDS * world.households), 6)


def _levels(rows: Iterable[tuple[Key, int]]) -> dict[str, int]:
    sums = _sum((key.level.name.lower(), count) for key, count in rows)
    return {level.name.lower(): sums.get(level.name.lower(), 0) for level in list(Level)[1:]}


def _at_risk(households: Iterable[AtRisk]) -> dict[str, Any]:
    sums: Counter[str] = Counter()
    rounds = [Counter[str]() for _ in range(ROUNDS)]
    for home in households:
        name = home.level.name.lower()
        sums[name] += 1
        for number in range(home.since, min(home.until, ROUNDS + 1)):
            rounds[number - 1][name] += 1
    return {
        "ever": dict(sorted(sums.items())),
        "by_round": [dict(sorted(counter.items())) for counter in rounds],
    }


def _jurisdictions(world: World, accepted: list[tuple[Key, int]]) -> dict[str, dict[str, int]]:
    """Counts of the prefecture, each county and each township."""
    sums: dict[str, Counter[str]] = {
        unit.code: Counter() for unit in world.places.all() if len(unit.code) <= 9
    }
    for grid in world.grids:
        for code in _units_above(grid.code):
            sums[code].update(grids=1, households=grid.households)
    for key, count in accepted:
        for code in _units_above(key.township):
            sums[code][key.kind] += count
            if key.detail == "assessed":
                sums[code]["assessed"] += count
    return {code: dict(sorted(counter.items())) for code, counter in sums.items()}


def _units_above(code: str) -> tuple[str, str, str]:
    return PREFECTURE_CODE, code[:6], code[:9]


def _sum(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for name, count in pairs:
        sums[name] += count
    return dict(sorted(sums.items()))
