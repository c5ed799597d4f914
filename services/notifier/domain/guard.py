"""A storm of messages waits for a second person; what protects people at once, never does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.common.spans import HOUR_MS
from services.notifier.domain.notices import MORNINGS, DeliveryStatus, Notice, Progress
from services.notifier.domain.order import never_waits
from services.notifier.domain.results import Reason

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
    """Which message of its unit's hour one is (the first is 1), and how many above the limit were released.

    of_person: which message of its recipient's hour it is, 0 when that was not asked.
    """

    number: int
    released: int
    of_person: int = 0


def may_be_held(notice: Notice, before: Progress, policy: GuardPolicy) -> bool:
    """Whether the guard looks at it at all: never at what was tried, follows another, waited long enough, or is red."""
    fresh = before.attempts == 0 and before.looks < policy.looks_most
    free = never_waits(notice) or notice.kind in MORNINGS or bool(notice.follows)
    return policy.storm_per_hour > 0 and fresh and not free


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
