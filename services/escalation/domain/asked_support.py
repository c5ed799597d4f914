"""An official asks the tier above for support: it becomes a duty there, with an owner and deadlines of its own."""

from __future__ import annotations

from services.common.ids import derived_id
from services.common.terms import Tier
from services.escalation.domain.draft import Draft
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import AskSupport, Origin, Owed
from services.escalation.domain.posts import OwnerReason
from services.escalation.domain.reasons import Reason


def ask_support(draft: Draft, _: AskSupport) -> Reason:
    """Tell the tier above who asks, and open a duty there. The case, its owner and its clock stay as they are."""
    case = draft.case
    if case.tier is Tier.PREFECTURE:
        return Reason.NO_TIER_ABOVE
    to = draft.appoint(Tier(case.tier + 1))
    draft.write(EntryType.SUPPORT_ASKED, Reason.SUPPORT_ASKED, recipient_id=to.owner_id)
    draft.tell(NoticeKind.SUPPORT_ASKED, to.owner_id)
    if to.reason in (OwnerReason.ROSTER_GAP_NEXT_TIER, OwnerReason.NOBODY_ON_ROSTER):
        draft.tell(NoticeKind.ROSTER_GAP, to.owner_id)
    draft.then = _duty_above(draft, to.tier)
    return Reason.SUPPORT_ASKED


def _duty_above(draft: Draft, tier: Tier) -> Owed:
    """The duty, an obligation of its own: taken on and done within the terms of the case's level."""
    case, cause, duty = draft.case, draft.cause, draft.duty
    return Owed(
        cause_id=derived_id(cause.cause_id, "support"),
        subject_id=case.subject_id,
        jurisdiction_code=case.jurisdiction_code,
        origin=Origin.SUPPORT,
        detail="",
        tier=tier,
        at_ms=draft.now_ms,
        accept_due_ms=draft.due(duty.acknowledge_within),
        finish_due_ms=draft.due(duty.first_visit_within),
        trace_id=cause.trace_id,
        asked_by=cause.actor_id,
    )
