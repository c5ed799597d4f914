"""Flow matrices: how many households go from which level to which, per unit, with sums that agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.common.divisions import code_at
from services.common.terms import Level, Tier
from services.risk_scoring.domain.backtest import ANY_PACK, FlowKey

WHOLE = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """Counts by (level under the live pack, level under the candidate)."""

    cells: Mapping[tuple[Level, Level], int]

    def at(self, live: Level, candidate: Level) -> int:
        """Households with this pair of levels."""
        return self.cells.get((live, candidate), 0)

    @property
    def total(self) -> int:
        """All households of the matrix."""
        return sum(self.cells.values())

    @property
    def raised(self) -> int:
        """Households whose level is higher under the candidate."""
        return sum(count for (live, after), count in self.cells.items() if after > live)

    @property
    def lowered(self) -> int:
        """Households whose level is lower under the candidate."""
        return sum(count for (live, after), count in self.cells.items() if after < live)

    @property
    def same(self) -> int:
        """Households whose level is the same."""
        return sum(count for (live, after), count in self.cells.items() if after == live)

    @property
    def newly_red(self) -> int:
        """Red under the candidate, and not under the live pack."""
        return sum(
            count
            for (live, after), count in self.cells.items()
            if after is Level.RED and live is not Level.RED
        )

    def red(self, *, candidate: bool) -> int:
        """Households that are red in one of the two histories."""
        return sum(count for pair, count in self.cells.items() if pair[candidate] is Level.RED)


def flows(counts: Mapping[FlowKey, int], pack_id: str) -> dict[str, Flow]:
    """One matrix per township, per county (the sum of its townships), and under WHOLE for all."""
    cells: dict[str, Counter[tuple[Level, Level]]] = {WHOLE: Counter()}
    for key, count in counts.items():
        if key.pack_id == pack_id:
            for unit in units_of(key.unit):
                cells.setdefault(unit, Counter())[key.live, key.candidate] += count
    return {unit: Flow(dict(cells[unit])) for unit in sorted(cells)}


def units_of(unit: str) -> tuple[str, ...]:
    """The unit itself, its county and the whole, each once."""
    county = code_at(unit, Tier.COUNTY)
    return tuple(dict.fromkeys((unit, county, WHOLE))) if county else (unit, WHOLE)


def packs_in(counts: Iterable[FlowKey]) -> list[str]:
    """The packs that rated anyone, in order."""
    return sorted({key.pack_id for key in counts} - {ANY_PACK})


@dataclass(frozen=True, slots=True)
class Load:
    """A unit's red households against what it can take; `capacity` None when the file does not say."""

    unit: str
    capacity: int | None
    red_live: int
    red_candidate: int
    newly_red: int

    @property
    def over(self) -> int:
        """Red households beyond the capacity."""
        return 0 if self.capacity is None else max(0, self.red_candidate - self.capacity)


def loads(by_unit: Mapping[str, Flow], capacity: Mapping[str, int], each: int | None) -> list[Load]:
    """The load of every unit. `each`: capacity of a township that `capacity` does not name."""
    return [
        Load(
            unit,
            capacity.get(unit, each if len(unit) == 9 else None),
            flow.red(candidate=False),
            flow.red(candidate=True),
            flow.newly_red,
        )
        for unit, flow in by_unit.items()
        if unit != WHOLE
    ]
