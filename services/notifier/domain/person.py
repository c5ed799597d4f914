"""A person's own rules, applied: the night, what follows without acknowledgement, and who is told instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.common.duty.person_rules import PersonRules
from services.common.ids import derived_id
from services.common.spans import MINUTE_MS
from services.notifier.domain.notices import (
    NO_CASE,
    DeliveryStatus,
    NextAct,
    Notice,
    NoticeKind,
    Progress,
)
from services.notifier.domain.order import never_waits
from services.notifier.domain.results import Reason

_MAY_HAVE_ARRIVED = frozenset(
    {DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.UNCONFIRMED}
)


def may_sleep(notice: Notice, before: Progress) -> bool:
    """Whether a message respects quiet hours: one not tried yet, and not red, of the law, or an answer."""
    disturbs = notice.kind is not NoticeKind.BUNDLE and never_waits(notice)
    return before.attempts == 0 and not disturbs


def held_at_night(before: Progress, at_ms: int) -> Progress:
    """It waits for the morning, on record."""
    return replace(
        before,
        status=DeliveryStatus.RETRYING,
        reason=Reason.QUIET_HOURS,
        looks=before.looks + 1,
        due_ms=at_ms,
    )


def follow_ups(
    notice: Notice, channels: Sequence[str], rules: PersonRules, now_ms: int
) -> list[Notice]:
    """What is told as well while nobody has acknowledged: by which channel, and not before when; real time.

    Each has an id derived from the first message: written again after a crash, it is the same.
    """
    if notice.act is not NextAct.ACKNOWLEDGE or notice.kind in NO_CASE or _is_derived(notice):
        return []
    return [
        replace(
            notice,
            notice_id=derived_id("follow_up", notice.notice_id, channel, minutes),
            only_channel=channel,
            not_before_ms=now_ms + minutes * MINUTE_MS,
            follows=notice.notice_id,
        )
        for channel, minutes in zip(channels, rules.delays, strict=False)
        if minutes
    ]


def told_already(first: Progress, same_kind: Sequence[str]) -> bool:
    """Whether the first message left by such a channel: as a way round another one that could not reach the person."""
    return first.status in _MAY_HAVE_ARRIVED and first.channel in same_kind


def stand_in(notice: Notice, after: Progress, rules: PersonRules) -> Notice | None:
    """The message to the substitute when nothing reached the person; a substitute's own is not handed on."""
    if after.status is not DeliveryStatus.FAILED or not rules.substitute:
        return None
    if notice.kind in NO_CASE - {NoticeKind.BUNDLE} or _is_derived(notice):
        return None
    return replace(
        notice,
        notice_id=derived_id("stand_in", notice.notice_id, rules.substitute),
        recipient_id=rules.substitute,
        stands_in_for=notice.recipient_id,
    )


def _is_derived(notice: Notice) -> bool:
    return bool(notice.follows or notice.stands_in_for or notice.only_channel)
