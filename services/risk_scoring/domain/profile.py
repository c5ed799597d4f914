"""What is known of one subject: the last answers and level per pack, and when incidents happened."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import NamedTuple

from services.common.spans import DAY_MS
from services.common.terms import Level
from services.risk_scoring.domain.pack import Recency

# A duplicate arrives soon after its original; intake has dropped the late ones already.
APPLIED_IDS_KEPT = 32
INCIDENTS_KEPT = 200
SERIOUS_KEPT = 16


class Fall(NamedTuple):
    """An assessment since the level was set that found it lower, and the lowest level it supports."""

    decision_id: str
    supports: Level


class PackState(NamedTuple):
    """One pack's view: `answers` were given at `answers_at_ms`; `level` is the one in force.

    `falls`: what a lowering may rest on, oldest first. `trail`: the levels of the last 90 days, packed.
    """

    pack_id: str
    pack_version: str
    level: Level
    computed_level: Level
    points: int
    answers: bytes
    answers_at_ms: int
    level_since_ms: int
    decision_id: str
    reassess_due_ms: int
    # What newly reported things added at the newest rating.
    change_points: int = 0
    falls: tuple[Fall, ...] = ()
    trail: bytes = b""


class Profile(NamedTuple):
    """A subject's state; `applied` are the newest event ids, oldest first; `serious` those of serious events."""

    subject_id: str
    jurisdiction_code: str = ""
    packs: tuple[PackState, ...] = ()
    incident_times_ms: tuple[int, ...] = ()
    applied: tuple[str, ...] = ()
    revision: int = 0
    # Where the household moved to as a whole, and when.
    moved_to: str = ""
    moved_to_jurisdiction: str = ""
    moved_at_ms: int = 0
    serious: tuple[str, ...] = ()

    def state_of(self, pack_id: str) -> PackState | None:
        """The state of one pack, if it ever rated this subject."""
        for state in self.packs:
            if state.pack_id == pack_id:
                return state
        return None


def with_state(packs: tuple[PackState, ...], state: PackState) -> tuple[PackState, ...]:
    """The states with one replaced or added."""
    others = [one for one in packs if one.pack_id != state.pack_id] if packs else ()
    return (*others, state)


def with_applied(applied: tuple[str, ...], event_id: str) -> tuple[str, ...]:
    """The ids applied with one more, bounded."""
    return (*applied[1 - APPLIED_IDS_KEPT :], event_id)


class IncidentCounts(NamedTuple):
    """Incidents inside 30, 90 and 365 days before a moment, that moment included."""

    in_30: int = 0
    in_90: int = 0
    in_365: int = 0

    def points(self, recency: Recency) -> int:
        """Each incident counts once, by its narrowest window; the sum is capped."""
        total = (
            self.in_30 * recency.within_30
            + (self.in_90 - self.in_30) * recency.within_90
            + (self.in_365 - self.in_90) * recency.within_365
        )
        return min(recency.cap, total)


NO_INCIDENTS = IncidentCounts()


def with_incident(times: tuple[int, ...], occurred_at_ms: int) -> tuple[int, ...]:
    """Times with one more, ascending, within 365 days of the newest and bounded."""
    row = list(times)
    insort(row, occurred_at_ms)
    first = bisect_left(row, row[-1] - 365 * DAY_MS)
    return tuple(row[first:][-INCIDENTS_KEPT:])


def counts_before(times: tuple[int, ...], moment_ms: int) -> IncidentCounts:
    """How many of the times lie in the three windows that end at `moment_ms`."""
    if not times:
        return NO_INCIDENTS
    upto = bisect_right(times, moment_ms)
    windows = (upto - bisect_left(times, moment_ms - days * DAY_MS) for days in (30, 90, 365))
    return IncidentCounts(*windows)
