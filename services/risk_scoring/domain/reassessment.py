"""Which homes are to be assessed again: each level holds until a date, and nobody may be forgotten after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.common.divisions import code_at
from services.common.terms import Level, Tier
from services.risk_scoring.domain.profile import Profile

_UNIT_TIERS = (Tier.PREFECTURE, Tier.COUNTY, Tier.TOWNSHIP, Tier.VILLAGE)


class Due(NamedTuple):
    """By when a home must be assessed again, and the highest level it holds until then."""

    subject_id: str
    jurisdiction_code: str
    level: Level
    due_ms: int


@dataclass(slots=True)
class Waiting:
    """Homes of one unit: all rated ones, those due soon, and those overdue by level."""

    rated: int = 0
    soon: int = 0
    overdue: Counter[Level] = field(default_factory=Counter)
    oldest_due_ms: int = 0


def due_of(profile: Profile) -> Due | None:
    """When a home is due: the earliest of its packs. None when it was never rated or has moved away as a whole."""
    if not profile.packs or profile.moved_to:
        return None
    return Due(
        profile.subject_id,
        profile.jurisdiction_code,
        max(state.level for state in profile.packs),
        min(state.reassess_due_ms for state in profile.packs),
    )


def waiting(dues: Iterable[Due], now_ms: int, soon_ms: int) -> Mapping[str, Waiting]:
    """Counts per unit of every tier. Soon: within `soon_ms` from now, not yet overdue."""
    counted: dict[str, Waiting] = {}
    for due in dues:
        for tier in _UNIT_TIERS:
            unit = code_at(due.jurisdiction_code, tier)
            if unit:
                _count(counted.setdefault(unit, Waiting()), due, now_ms, soon_ms)
    return counted


def _count(unit: Waiting, due: Due, now_ms: int, soon_ms: int) -> None:
    unit.rated += 1
    if due.due_ms < now_ms:
        unit.overdue[due.level] += 1
        unit.oldest_due_ms = min(unit.oldest_due_ms or due.due_ms, due.due_ms)
    elif due.due_ms <= now_ms + soon_ms:
        unit.soon += 1
