"""How often assessors and rules agree, per unit and pack version: a unit near 100 % may be copying, not judging.

The assessor's own level is recorded before the computed one is shown, so the two can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from services.common.divisions import code_at
from services.common.terms import Level, Tier

_UNIT_TIERS = (Tier.COUNTY, Tier.TOWNSHIP, Tier.VILLAGE)


class Judged(NamedTuple):
    """One assessment of one home: where, by which pack version, the assessor's own level and the computed one."""

    jurisdiction_code: str
    pack_id: str
    pack_version: str
    own: Level
    computed: Level


class Group(NamedTuple):
    """What is counted together."""

    unit: str
    pack_id: str
    pack_version: str


@dataclass(frozen=True, slots=True)
class Limits:
    """From how many assessments a unit is flagged or shown at all, and the share that is near total."""

    near_total_from: int
    near_total_share: float
    one_level_from: int
    shown_from: int


class Flag(Enum):
    """What people should look at."""

    NEAR_TOTAL = "near_total"
    ONE_LEVEL = "one_level"


@dataclass(slots=True)
class Tally:
    """Counts of one group; upward: the assessor's own level is above the computed one."""

    assessments: int = 0
    agreed: int = 0
    upward: int = 0
    downward: int = 0
    levels: int = 0

    def add(self, own: Level, computed: Level) -> None:
        """Count one assessment."""
        self.assessments += 1
        self.agreed += own is computed
        self.upward += own > computed
        self.downward += own < computed
        self.levels |= 1 << own

    def flags(self, limits: Limits) -> tuple[Flag, ...]:
        """What stands out about the group."""
        found = []
        near = self.agreed >= limits.near_total_share * self.assessments
        if near and self.assessments >= limits.near_total_from:
            found.append(Flag.NEAR_TOTAL)
        if self.assessments >= limits.one_level_from and self.levels.bit_count() == 1:
            found.append(Flag.ONE_LEVEL)
        return tuple(found)


def tallied(judged: Iterable[Judged]) -> Mapping[Group, Tally]:
    """Counts per unit of each tier and per pack version. What lacks one of the two levels says nothing."""
    counted: dict[Group, Tally] = {}
    for one in judged:
        if not one.own or not one.computed:
            continue
        for tier in _UNIT_TIERS:
            unit = code_at(one.jurisdiction_code, tier)
            if unit:
                group = Group(unit, one.pack_id, one.pack_version)
                counted.setdefault(group, Tally()).add(one.own, one.computed)
    return counted


def shown(counted: Mapping[Group, Tally], limits: Limits) -> list[tuple[Group, Tally]]:
    """The groups large enough to be shown, by unit and pack."""
    return [
        (group, counted[group])
        for group in sorted(counted)
        if counted[group].assessments >= limits.shown_from
    ]
