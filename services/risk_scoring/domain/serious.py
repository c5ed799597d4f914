"""Sets a serious event against what had been rated: a home not at red all the 90 days before opens a review."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from services.common.ids import derived_id
from services.common.terms import Level
from services.risk_scoring.domain.profile import SERIOUS_KEPT, PackState, Profile
from services.risk_scoring.domain.report import Report
from services.risk_scoring.domain.trail import WINDOW_MS, Step, steps

_NONE = Level.NONE


class SeriousKinds(NamedTuple):
    """The kinds of incident and of outcome that tell of a serious event."""

    incidents: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()


class ReviewReason(IntEnum):
    """The lowest level in force in the 90 days before; all but RATED_RED open a review."""

    RATED_GREEN = 1
    RATED_YELLOW = 2
    NEVER_RATED = 3
    RATED_RED = 4


_REASONS = {
    Level.NONE: ReviewReason.NEVER_RATED,
    Level.GREEN: ReviewReason.RATED_GREEN,
    Level.YELLOW: ReviewReason.RATED_YELLOW,
    Level.RED: ReviewReason.RATED_RED,
}


class SeriousEvent(NamedTuple):
    """A serious event and the home's rating: `level` when it happened, `lowest` in the 90 days before.

    `pack_id` and `pack_version` gave the level; empty when none did. `decision_ids`: the decisions of those
    days and the one in force at their start, oldest first.
    """

    review_id: str
    report: Report
    level: Level
    lowest: Level
    pack_id: str
    pack_version: str
    reason: ReviewReason
    decision_ids: tuple[str, ...]

    @property
    def opens_review(self) -> bool:
        """Whether the home was not warned of at red all the time."""
        return self.reason is not ReviewReason.RATED_RED


def set_against(profile: Profile, report: Report) -> tuple[Profile, SeriousEvent | None]:
    """The profile that knows of the event, and the event; None when it was told before.

    An outcome that belongs to an event told before is the same event.
    """
    if report.event_id in profile.serious or report.related_event_id in profile.serious:
        return profile, None
    trails = [(state, tuple(steps(state.trail))) for state in profile.packs]
    at_ms = report.occurred_at_ms
    moments = [at_ms - WINDOW_MS, *_between(trails, at_ms)]
    rated = [level for moment in moments if (level := _level_at(trails, moment)) is not _NONE]
    lowest = min(rated, default=_NONE)
    pack = _pack_at(trails, at_ms)
    event = SeriousEvent(
        derived_id("review", report.event_id),
        report,
        _level_at(trails, at_ms),
        lowest,
        pack.pack_id if pack else "",
        pack.pack_version if pack else "",
        _REASONS[lowest],
        _decisions(trails, at_ms),
    )
    known = profile._replace(
        jurisdiction_code=profile.jurisdiction_code or report.jurisdiction_code,
        serious=(*profile.serious[1 - SERIOUS_KEPT :], report.event_id),
        revision=profile.revision + 1,
    )
    return known, event


Trails = list[tuple[PackState, tuple[Step, ...]]]


def _between(trails: Trails, at_ms: int) -> list[int]:
    """The moments in the 90 days before at which a level was decided."""
    return [
        step.at_ms
        for _, trail in trails
        for step in trail
        if at_ms - WINDOW_MS < step.at_ms <= at_ms
    ]


def _in_force(trail: tuple[Step, ...], at_ms: int) -> Step | None:
    """The step in force at a moment."""
    return next((step for step in reversed(trail) if step.at_ms <= at_ms), None)


def _level_at(trails: Trails, at_ms: int) -> Level:
    """The home's level at a moment: the highest of its packs."""
    found = (_in_force(trail, at_ms) for _, trail in trails)
    return max((step.level for step in found if step), default=_NONE)


def _pack_at(trails: Trails, at_ms: int) -> PackState | None:
    """The pack that gave the home's level; of two, the one that decided last."""
    held = [(step, state) for state, trail in trails if (step := _in_force(trail, at_ms))]
    best = max(held, key=lambda one: (one[0].level, one[0].at_ms), default=None)
    return best[1] if best else None


def _decisions(trails: Trails, at_ms: int) -> tuple[str, ...]:
    found = {
        step.decision_id: step.at_ms
        for _, trail in trails
        for step in trail
        if at_ms - WINDOW_MS < step.at_ms <= at_ms
    }
    for _, trail in trails:
        first = _in_force(trail, at_ms - WINDOW_MS)
        if first is not None:
            found[first.decision_id] = first.at_ms
    return tuple(sorted(found, key=lambda decision_id: (found[decision_id], decision_id)))
