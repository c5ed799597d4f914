"""What one person is told in an hour at most; what comes on top is gathered into one message, and nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.common.ids import derived_id
from services.common.terms import Level, NoticeColour, Tier
from services.notifier.domain.notices import (
    MORNINGS,
    DeliveryStatus,
    NextAct,
    Notice,
    NoticeKind,
    Progress,
)
from services.notifier.domain.order import never_waits
from services.notifier.domain.providers import draw_of
from services.notifier.domain.results import Reason


@dataclass(frozen=True, slots=True)
class PersonPolicy:
    """The numbers under `person` of deploy/templates/sending.yaml; per_hour 0: no limit.

    bundle_most: messages in one bundle; more go into the next.
    """

    per_hour: int = 0
    bundle_every_ms: int = 600_000
    bundle_most: int = 40


@dataclass(frozen=True, slots=True)
class Gathered:
    """A notice above its recipient's limit, and the lane it lies in."""

    lane: int
    notice: Notice


def may_be_gathered(notice: Notice, before: Progress, policy: PersonPolicy) -> bool:
    """Whether the limit is asked at all: never for what was tried, follows another, or has waited for it already."""
    fresh = before.attempts == 0 and before.reason is not Reason.OVER_PERSON_LIMIT
    free = never_waits(notice) or notice.kind in MORNINGS or bool(notice.follows)
    return policy.per_hour > 0 and fresh and not free


def waits_for_bundle(before: Progress) -> bool:
    """Whether it was gathered, and its bundle is due."""
    return before.attempts == 0 and before.reason is Reason.OVER_PERSON_LIMIT


def bundle_moment(official_id: str, now_ms: int, policy: PersonPolicy) -> int:
    """When the official's next bundle goes out: each official at an own moment of the policy's period; real time."""
    every = policy.bundle_every_ms
    own = int(draw_of(official_id, 0) * every)
    return now_ms + every - (now_ms - own) % every


def gathered(before: Progress, at_ms: int) -> Progress:
    """It waits for the bundle of this moment."""
    return replace(
        before,
        status=DeliveryStatus.RETRYING,
        reason=Reason.OVER_PERSON_LIMIT,
        looks=before.looks + 1,
        due_ms=at_ms,
    )


def in_bundle(before: Progress) -> Progress:
    """It is told by a bundle, whose own steps say what became of it."""
    return replace(before, status=DeliveryStatus.BUNDLED, reason=Reason.IN_BUNDLE, due_ms=0)


def bundle_of(members: Sequence[Gathered], at_ms: int, policy: PersonPolicy) -> Notice:
    """One message about all of them, the most urgent case first. The same members make the same message.

    at_ms: time of the case clock, from which its link counts.
    """
    kept = sorted(members, key=_urgency)[: policy.bundle_most]
    first = kept[0].notice
    ids = sorted(one.notice.notice_id for one in kept)
    cases = {
        case_id: case_no
        for one in kept
        for case_id, case_no in zip(
            (one.notice.case_id, *one.notice.other_case_ids), one.notice.case_nos, strict=True
        )
    }
    others = [case_id for case_id in cases if case_id != first.case_id]
    return Notice(
        notice_id=derived_id("bundle", first.recipient_id, *ids),
        case_id=first.case_id,
        case_no=first.case_no,
        subject_id=first.recipient_id,
        kind=NoticeKind.BUNDLE,
        colour=NoticeColour.NONE,
        serial_no="",
        level=max((one.notice.level for one in kept), default=Level.NONE),
        tier=Tier.NONE,
        recipient_id=first.recipient_id,
        jurisdiction_code=first.jurisdiction_code,
        act=NextAct.NONE,
        act_due_ms=first.act_due_ms,
        created_at_ms=at_ms,
        other_case_ids=tuple(others),
        other_case_nos=tuple(cases[case_id] for case_id in others),
        parts=tuple((one.lane, one.notice.notice_id) for one in kept),
    )


def _urgency(one: Gathered) -> tuple[int, int, str]:
    """By deadline, then by level; what has no deadline comes last."""
    notice = one.notice
    return notice.act_due_ms or 1 << 62, -notice.level.value, notice.notice_id
