"""What a pack says of one row of answers upon a level in force: all of a decision that no clock or name is part of.

Most households of a survey answer alike, so verdicts are remembered: the same question has the same answer.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from services.common.terms import Level
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.rating import (
    Counterfactual,
    Rating,
    counterfactual,
    next_question,
    rate,
)

_REMEMBERED = 1 << 14
_LEVELS = tuple(Level)
_NONE, _GREEN, _YELLOW, _RED = _LEVELS


class Reason(IntEnum):
    """Why the level in force is what it is."""

    FIRST_RATING = 1
    RAISED = 2
    UNCHANGED = 3
    # The rules give less than the level in force, which stays: only a person lowers.
    FALL_RECORDED = 4
    # Too much is unknown to say anything: a visit, never a silent green. A rise is never hidden by it.
    CANNOT_RATE = 5
    LOWERED_BY_PERSON = 6
    NOT_ASSESSED = 7
    RAISED_BY_PERSON = 8


class Verdict(NamedTuple):
    """A level in force and everything that explains it; `rating` is None when nothing was rated.

    Made once and remembered, a verdict is known by its identity: quick to look up by.
    """

    pack: Pack
    answers: bytes
    rating: Rating | None
    level: Level
    previous: Level
    reason: Reason
    # Hours until the next assessment; no level is without a clock.
    hours: int
    next_question: int
    counterfactual: Counterfactual | None
    duties: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @property
    def computed(self) -> Level:
        """What the rules alone give; NONE when nothing was rated."""
        return self.rating.level if self.rating else _NONE


@lru_cache(_REMEMBERED)
def judge(pack: Pack, answers: bytes, history_points: int, previous: int, tighter: bool) -> Verdict:
    """Rate a row of answers upon the level in force before. The machine may raise that level, never lower it.

    `previous` is a Level, given as a plain number. `tighter`: an incident is recent, so look again sooner.
    """
    before = _LEVELS[previous]
    rating = rate(pack, answers, history_points)
    level = rating.level if rating.level > before else before
    reason = _reason(before, rating)
    return Verdict(
        pack,
        answers,
        rating,
        level,
        before,
        reason,
        _hours(pack, level, rating, tighter, reason),
        next_question(pack, rating) if rating.lowest is not rating.highest else -1,
        counterfactual(pack, rating, answers, level),
        duties_of(pack, rating) if rating.hits else (),
    )


@lru_cache(_REMEMBERED)
def not_assessed(pack: Pack, level: int) -> Verdict:
    """Refused, away or moved: nothing is rated, and the level in force stays."""
    kept = _LEVELS[level]
    reason = Reason.NOT_ASSESSED
    return Verdict(pack, b"", None, kept, kept, reason, pack.clocks.none, -1, None, ())


def duties_of(pack: Pack, rating: Rating) -> tuple[str, ...]:
    """Ids of the legal duties that the hits bring, whatever the level."""
    hits = rating.hits
    # A list first: a generator costs twice as much.
    return tuple([name for name, when in pack.tables.duties if not when.isdisjoint(hits)])


def _reason(before: Level, rating: Rating) -> Reason:
    rises = rating.level > before and rating.level is not _GREEN
    if rating.too_many_unknowns and rating.cannot_rate and not rises:
        return Reason.CANNOT_RATE
    if before is _NONE:
        return Reason.FIRST_RATING
    if rises:
        return Reason.RAISED
    return Reason.FALL_RECORDED if rating.level < before else Reason.UNCHANGED


def _hours(pack: Pack, level: Level, rating: Rating, tighter: bool, reason: Reason) -> int:
    if level is _RED:
        step = 1 if pack.tables.triggers.isdisjoint(rating.hits) else 0
    elif level is _YELLOW:
        step = 2
    else:
        step = 3 if rating.hits else 4
    hours = pack.clocks.steps[max(0, step - tighter)]
    if reason is Reason.CANNOT_RATE:
        return min(hours, pack.unknowns.visit_within_hours)
    return hours


def forget_verdicts() -> None:
    """Begin again with nothing remembered; only time changes."""
    judge.cache_clear()
