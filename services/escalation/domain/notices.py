"""What becomes of a supervision notice (督办单): answered, withdrawn by a tier above, or left unanswered."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from services.common.terms import Tier
from services.escalation.domain.cases import NoticeIssued
from services.escalation.domain.draft import Draft
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import ReplyNotice, WithdrawNotice
from services.escalation.domain.reasons import Reason

# Why a notice may be taken back; the codes of the command.
WITHDRAWALS = ("issued_in_error", "act_was_done", "wrong_recipient", "force_majeure", "other")
# A notice outlives its case: its answer is owed also when the case is resolved.
NOTICE_ACTS = (ReplyNotice, WithdrawNotice)


class NoticeState(StrEnum):
    """Where a notice stands; all but the first are final, save that a late answer ends UNANSWERED."""

    AWAITING_REPLY = "awaiting_reply"
    ANSWERED = "answered"
    ANSWERED_LATE = "answered_late"
    WITHDRAWN = "withdrawn"
    UNANSWERED = "unanswered"


def notice_state(notice: NoticeIssued, now_ms: int) -> NoticeState:
    """Where a notice stands at a moment.

    A notice issued before replies were owed has no reply due, and awaits one without end.
    """
    if notice.withdrawn_at_ms:
        return NoticeState.WITHDRAWN
    due_ms = notice.reply_due_ms or (1 << 62)
    if notice.answered_at_ms:
        late = notice.answered_at_ms > due_ms
        return NoticeState.ANSWERED_LATE if late else NoticeState.ANSWERED
    return NoticeState.UNANSWERED if now_ms > due_ms else NoticeState.AWAITING_REPLY


def reply_notice(draft: Draft, reply: ReplyNotice) -> Reason:
    """The recipient, or somebody above, answers; late is better than never, and stays visible as late."""
    notice = _notice(draft, reply.serial_no)
    if notice is None:
        return Reason.NO_SUCH_NOTICE
    refused = _closed(notice) or _may_not(draft, notice, Reason.NOT_THE_RECIPIENT)
    if refused:
        return refused
    answered = replace(
        notice, answered_at_ms=draft.now_ms, answered_by=draft.cause.actor_id, chase_due_ms=0
    )
    late = notice_state(answered, draft.now_ms) is NoticeState.ANSWERED_LATE
    reason = Reason.NOTICE_ANSWERED_LATE if late else Reason.NOTICE_ANSWERED
    draft.keep(answered)
    draft.write(
        EntryType.NOTICE_ANSWERED,
        reason,
        colour=notice.colour,
        serial_no=notice.serial_no,
        recipient_id=notice.recipient_id,
        remarks=reply.remarks,
    )
    return reason


def withdraw_notice(draft: Draft, withdrawal: WithdrawNotice) -> Reason:
    """A tier above the recipient takes the notice back; everybody who was told of it is told of that too.

    The rung it stood for stays climbed.
    """
    notice = _notice(draft, withdrawal.serial_no)
    if notice is None:
        return Reason.NO_SUCH_NOTICE
    refused = _closed(notice) or _may_not(draft, notice, Reason.WITHDRAWER_TIER_TOO_LOW)
    if refused:
        return refused
    if draft.cause.actor_id == notice.recipient_id:
        return Reason.WITHDRAWER_TIER_TOO_LOW
    if withdrawal.reason not in WITHDRAWALS:
        return Reason.UNKNOWN_WITHDRAWAL
    taken_back = draft.keep(
        replace(
            notice, withdrawn_at_ms=draft.now_ms, withdrawn_by=draft.cause.actor_id, chase_due_ms=0
        )
    )
    draft.write(
        EntryType.NOTICE_WITHDRAWN,
        withdrawal.reason,
        colour=notice.colour,
        serial_no=notice.serial_no,
        recipient_id=notice.recipient_id,
        told_ids=told_of(notice),
    )
    for official_id in told_of(notice):
        draft.tell(NoticeKind.NOTICE_WITHDRAWN, official_id, taken_back)
    return Reason.NOTICE_WITHDRAWN


def told_of(notice: NoticeIssued) -> tuple[str, ...]:
    """Everybody who knows of a notice: nobody before it has its number; of an older one, its recipient."""
    if notice.awaits_number:
        return ()
    return notice.told_ids or (notice.recipient_id,)


def _notice(draft: Draft, number: str) -> NoticeIssued | None:
    """The notice of a number, the official or the derived one."""
    found = (one for one in draft.case.notices if number in (one.serial_no, one.official_no))
    return next(found, None) if number else None


def _closed(notice: NoticeIssued) -> Reason | None:
    """Why nothing more can become of a notice; None while something can."""
    if notice.withdrawn_at_ms:
        return Reason.NOTICE_ALREADY_WITHDRAWN
    return Reason.NOTICE_ALREADY_ANSWERED if notice.answered_at_ms else None


def _may_not(draft: Draft, notice: NoticeIssued, too_low: Reason) -> Reason | None:
    """Why the actor is neither the recipient nor a tier above; at the top, a colleague at the top will do."""
    actor_id = draft.cause.actor_id
    if actor_id == notice.recipient_id:
        return None
    post = draft.rules.posts.get(actor_id)
    if post is None:
        return Reason.NOT_ON_ROSTER
    if not post.is_over(draft.case.jurisdiction_code):
        return Reason.OUTSIDE_JURISDICTION
    return too_low if post.tier < min(notice.tier + 1, Tier.PREFECTURE) else None
