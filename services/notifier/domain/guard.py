"""A storm of messages waits for a second person; what protects people at once, never does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour
from services.notifier.domain.notices import DeliveryStatus, Notice, NoticeKind, Progress
from services.notifier.domain.results import Reason

# A duty of the law runs by the hour; an answer goes to who has just written; a test has a guard of its own; what comes
# every morning is no storm, and has a pace of its own.
_NEVER = frozenset(
    {
        NoticeKind.LEGAL_DUTY,
        NoticeKind.REPLY_ANSWER,
        NoticeKind.TEST,
        NoticeKind.DIGEST,
        NoticeKind.ROSTER_OUTLOOK,
    }
)
_COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """The numbers of deploy/templates/guard.yaml; storm_per_hour 0: nothing is held."""

    storm_per_hour: int
    tests_per_hour: int
    look_every_ms: int
    looks_most: int


@dataclass(frozen=True, slots=True)
class Place:
    """Which message of its unit's hour one is (the first is 1), and how many above the limit were released."""

    number: int
    released: int


def may_be_held(notice: Notice, before: Progress, policy: GuardPolicy) -> bool:
    """Whether the guard looks at it at all: never at what was tried already, has waited long enough, or is red."""
    red = notice.level is Level.RED or notice.colour is NoticeColour.RED
    fresh = before.attempts == 0 and before.looks < policy.looks_most
    return policy.storm_per_hour > 0 and fresh and not red and notice.kind not in _NEVER


def is_held(place: Place, policy: GuardPolicy) -> bool:
    """Whether the message is one above the limit that nobody has released."""
    return place.number > policy.storm_per_hour + place.released


def held(before: Progress, policy: GuardPolicy, now_ms: int) -> Progress:
    """It waits, and is looked at again: a release lets it go at the next look."""
    return replace(
        before,
        status=DeliveryStatus.RETRYING,
        reason=Reason.HELD_FOR_RELEASE,
        looks=before.looks + 1,
        due_ms=now_ms + policy.look_every_ms,
    )


def hour_of(notice: Notice) -> tuple[str, int]:
    """The county, and the hour in which the notice arose."""
    return notice.jurisdiction_code[:_COUNTY_DIGITS], notice.created_at_ms // HOUR_MS
