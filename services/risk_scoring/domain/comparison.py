"""A candidate's decisions beside the live ones, event by event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.common.terms import Level

TRIAL_EVENTS = 1000


class Decided(NamedTuple):
    """What a decision says of a subject: the level in force after it."""

    subject_id: str
    level: Level


class Rise(NamedTuple):
    """A subject that by its newest decision only the shadow holds at a higher level."""

    subject_id: str
    live: Level
    shadow: Level


@dataclass(slots=True)
class Comparison:
    """Counts by decision, and by subject the newest pair of levels that differ."""

    compared: int = 0
    agree: int = 0
    higher: int = 0
    lower: int = 0
    alone: int = 0
    rises: list[Rise] = field(default_factory=list)

    def add(self, other: Comparison) -> None:
        """Take in the comparison of other subjects."""
        self.compared += other.compared
        self.agree += other.agree
        self.higher += other.higher
        self.lower += other.lower
        self.alone += other.alone
        self.rises = sorted([*self.rises, *other.rises])


def compare(shadow: Mapping[str, Decided], live: Mapping[str, Decided]) -> Comparison:
    """Compare decisions by event id, given in the order of the log.

    alone: the shadow decided, the live pack did not (yet).
    """
    found = Comparison()
    newest: dict[str, Rise] = {}
    for event_id, one in shadow.items():
        other = live.get(event_id)
        if other is None:
            found.alone += 1
            continue
        found.compared += 1
        found.agree += one.level is other.level
        found.higher += one.level > other.level
        found.lower += one.level < other.level
        newest[one.subject_id] = Rise(one.subject_id, other.level, one.level)
    found.rises = sorted(rise for rise in newest.values() if rise.shadow > rise.live)
    return found
