"""Which message goes before which, which never waits, and when those of a mass leave."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from services.common.lanes import LANES
from services.common.spans import MINUTE_MS
from services.common.terms import Level, NoticeColour
from services.notifier.domain.notices import MORNINGS, Notice, NoticeKind

# A duty of the law runs by the hour; an answer goes to who has just written; a test has a guard of its own; a bundle
# has waited.
_AT_ONCE = frozenset(
    {NoticeKind.LEGAL_DUTY, NoticeKind.REPLY_ANSWER, NoticeKind.TEST, NoticeKind.BUNDLE}
)
# What was told before, or is only for information: it waits behind the first message of a case and its deadlines.
_LATER = frozenset(
    {
        NoticeKind.REMINDER,
        NoticeKind.READ_BUT_IDLE,
        NoticeKind.FILL_ROSTER,
        NoticeKind.SUPERVISION_COPY,
        NoticeKind.NOTICE_WITHDRAWN,
        NoticeKind.REASSIGNMENT_ENDED,
        *MORNINGS,
    }
)
_HALF_HOUR_MS = 30 * MINUTE_MS


class Rank(IntEnum):
    """The lower goes first wherever messages wait for one another."""

    RED = 0
    AT_ONCE = 1
    DUTY = 2
    LATER = 3


@dataclass(frozen=True, slots=True)
class SpreadPolicy:
    """The numbers under `spread` of deploy/templates/sending.yaml; mass_from 0: nothing is spread.

    mass_from: messages a minute at one worker that are a mass. duties_ms, others_ms: over how long after a full or
    half hour one is spread, where it has a deadline, and where it only reminds or informs.
    """

    mass_from: int = 0
    duties_ms: int = 60_000
    others_ms: int = 600_000


def rank_of(notice: Notice) -> Rank:
    """Red, then what must go at once, then first messages and deadlines, then reminders."""
    if is_red(notice):
        return Rank.RED
    if notice.kind in _AT_ONCE:
        return Rank.AT_ONCE
    return Rank.LATER if notice.kind in _LATER else Rank.DUTY


class Coloured(Protocol):
    """A notice, also as it lies on the log: the numbers of both are the same."""

    @property
    def level(self) -> int: ...

    @property
    def colour(self) -> int: ...


def is_red(notice: Coloured) -> bool:
    """A red level or a red notice: never held, never limited, first in every line."""
    return notice.level == Level.RED or notice.colour == NoticeColour.RED


def never_waits(notice: Notice) -> bool:
    """What neither a storm, nor a person's limit, nor a full hour, nor the night holds back."""
    return rank_of(notice) <= Rank.AT_ONCE


def leaves_at(notice: Notice, lane: int, now_ms: int, policy: SpreadPolicy) -> int:
    """When a message of a mass leaves: lane by lane after a full or half hour, else at once; real time.

    Platforms are full at these moments. A lane as a whole has one moment, so that it is looked at once.
    """
    if never_waits(notice):
        return now_ms
    span = policy.others_ms if rank_of(notice) is Rank.LATER else policy.duties_ms
    return max(now_ms, now_ms - now_ms % _HALF_HOUR_MS + span * lane // LANES)
