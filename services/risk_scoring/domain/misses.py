"""The miss rate of a rule pack: serious events in homes it had at green or yellow, in whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.common.terms import Level
from services.risk_scoring.domain.serious import ReviewReason


class PackVersion(NamedTuple):
    """One version of one pack; both empty where no pack had rated."""

    pack_id: str
    version: str


class Serious(NamedTuple):
    """A serious event: which pack version had the home rated, and as what at its lowest in the 90 days before."""

    pack: PackVersion
    reason: ReviewReason


class Rated(NamedTuple):
    """A home as a pack version last had it; `home` is any number that stands for it."""

    home: int
    pack: PackVersion
    level: Level


@dataclass(slots=True)
class Misses:
    """Numerators and denominators of one pack version."""

    serious: int = 0
    by_reason: dict[ReviewReason, int] = field(
        default_factory=lambda: dict.fromkeys(ReviewReason, 0)
    )
    homes: dict[Level, int] = field(default_factory=lambda: dict.fromkeys(Level, 0))

    @property
    def missed(self) -> int:
        """Serious events in homes that were not at red all the time."""
        return self.serious - self.by_reason[ReviewReason.RATED_RED]


def misses(events: Iterable[Serious], rated: Iterable[Rated]) -> Mapping[PackVersion, Misses]:
    """Per pack version: serious events by the rating before them, and homes by the level last given.

    `rated` comes in the order decided; a home counts once per pack version, at its last level.
    """
    found: dict[PackVersion, Misses] = {}
    for event in events:
        one = found.setdefault(event.pack, Misses())
        one.serious += 1
        one.by_reason[event.reason] += 1
    last: dict[tuple[int, PackVersion], Level] = {}
    for home in rated:
        last[home.home, home.pack] = home.level
    for (_, pack), level in last.items():
        found.setdefault(pack, Misses()).homes[level] += 1
    return found
