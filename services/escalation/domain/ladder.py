"""The ladder of an overdue act: white notice; yellow and a tier up; red and a tier up; red at the top."""

from __future__ import annotations

from services.common.terms import Tier
from services.escalation.domain.cases import Case, NextAct, SubjectCases
from services.escalation.domain.draft import Draft, nothing
from services.escalation.domain.events import Decision, EntryType, NoticeKind
from services.escalation.domain.messages import DeadlineReached
from services.escalation.domain.notice_course import tell_supervision
from services.escalation.domain.posts import Appointment, OwnerReason
from services.escalation.domain.promises import break_promise
from services.escalation.domain.reasons import Reason

_OVERDUE = {
    NextAct.ACKNOWLEDGE: Reason.ACKNOWLEDGE_OVERDUE,
    NextAct.FIRST_VISIT: Reason.FIRST_VISIT_OVERDUE,
    NextAct.REVISIT: Reason.REVISIT_OVERDUE,
    NextAct.RESOLVE: Reason.RESOLVE_OVERDUE,
    NextAct.LEGAL_DUTY: Reason.LEGAL_DUTY_OVERDUE,
    NextAct.APPROVE_CLOSING: Reason.APPROVE_CLOSING_OVERDUE,
    NextAct.REVIEW: Reason.REVIEW_OVERDUE,
}
_ESCALATED = {
    OwnerReason.ON_ROSTER: Reason.ESCALATED_TO_NEXT_TIER,
    OwnerReason.ROSTER_GAP_NEXT_TIER: Reason.ESCALATED_OVER_ROSTER_GAP,
    OwnerReason.NOBODY_ON_ROSTER: Reason.ESCALATED_TO_CATCH_ALL,
}


def apply_deadline(subject: SubjectCases, draft: Draft, reached: DeadlineReached) -> Decision:
    """Climb one rung, if the case still waits for exactly what the clock saw pass."""
    case = draft.case
    if not still_pending(case, reached):
        return nothing(subject, Reason.STALE_DEADLINE)
    if draft.now_ms < reached.due_ms:
        return nothing(subject, Reason.NOT_DUE_YET)
    reason = _OVERDUE[case.next_act]
    _climb(draft, reason)
    # A deadline needs no memory: the rung it named is climbed, so the same command is stale now.
    return draft.finish(subject, reason, remember=False)


def still_pending(case: Case, reached: DeadlineReached) -> bool:
    """Whether the act is still owed and this rung not yet climbed; a spent ladder (due 0) has no rung left."""
    return (
        case.is_open
        and case.ladder_due_ms > 0
        and case.next_act is reached.next_act
        and case.ladder_step == reached.ladder_step
        # A ladder at its end has no time: nothing of it can pass.
        and 0 < case.ladder_due_ms == reached.due_ms
    )


def _climb(draft: Draft, reason: Reason) -> None:
    step = draft.case.ladder_step + 1
    rung = draft.policy.rung(step)
    if step == 1:
        draft.write(EntryType.OVERDUE, reason)
    issued = draft.issue(rung)
    overdue_owner = draft.case.owner_id
    to = _next_tier_up(draft) if rung.escalates else None
    if to is not None:
        draft.hand_over(to)
        draft.write(EntryType.ESCALATED, _ESCALATED[to.reason], recipient_id=to.owner_id)
    # Counted from now, not from the missed deadline: whoever is told has the whole interval to act.
    again_ms = 0 if _spent(draft) else draft.due(draft.duty.ladder_every)
    draft.change(ladder_step=step, ladder_due_ms=again_ms)
    if not issued.awaits_number:
        tell_supervision(draft, issued)
    if step == 1:
        break_promise(draft)
    if to is not None:
        draft.tell_hand_over(to, overdue_owner, NoticeKind.DUTY_ASSIGNED)


def _next_tier_up(draft: Draft) -> Appointment | None:
    if draft.case.tier is Tier.PREFECTURE:
        return None
    return draft.appoint(Tier(draft.case.tier + 1))


def _spent(draft: Draft) -> bool:
    """Whether who cannot be passed over has had as many of the last notices for this act as the policy allows.

    That is the top, or any tier under a ladder whose last rung leaves the case where it is.
    """
    case, last = draft.case, draft.policy.rungs[-1]
    if case.tier is not Tier.PREFECTURE and last.escalates:
        return False
    count = sum(
        notice.colour is last.colour
        and notice.issued_at_ms >= case.next_due_ms
        and notice.recipient_id == case.owner_id
        for notice in case.notices
    )
    return count >= draft.policy.repeats_at_top
