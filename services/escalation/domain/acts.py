"""What people do to a case: each act is checked, then done, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.common.terms import Level, Tier
from services.escalation.domain.asked_support import ask_support
from services.escalation.domain.cases import Case, CaseStatus, LoweringWaiting, NextAct
from services.escalation.domain.closing import (
    add_evidence,
    approve_closing,
    await_next,
    close,
    close_by_assessment,
    return_closing,
)
from services.escalation.domain.draft import Draft
from services.escalation.domain.events import EntryType, LevelChange, NoticeKind
from services.escalation.domain.findings import NO_GROUND, raise_level, raise_resolved
from services.escalation.domain.messages import (
    AcceptReassignment,
    Acknowledge,
    AddEvidence,
    ApproveClosing,
    ApproveLowering,
    AskSupport,
    AssessedAgain,
    ChangePolicy,
    DeclineReassignment,
    FulfilDuty,
    NoteRead,
    RaiseLevel,
    Reassign,
    RecordVisit,
    ReplyNotice,
    RequestLowering,
    Resolve,
    ReturnClosing,
    WithdrawNotice,
)
from services.escalation.domain.notices import reply_notice, withdraw_notice
from services.escalation.domain.policy import term_for
from services.escalation.domain.policy_change import change_policy
from services.escalation.domain.posts import Appointment, OwnerReason, Posts
from services.escalation.domain.promises import (
    decline,
    is_offered_to_actor,
    join_acknowledgements,
    note_read,
    offer,
    resume_broken,
    take_over,
)
from services.escalation.domain.reasons import Reason

OUTCOMES = ("mediated", "referred", "reconciled", "separated", "other")


def acknowledge(draft: Draft, _: Acknowledge) -> Reason:
    """The owner, or someone above in the owner's line, takes the duty on; so does whom the case is offered to."""
    if is_offered_to_actor(draft):
        return accept_reassignment(draft, AcceptReassignment())
    refused = _not_in_line(draft)
    if refused:
        return refused
    if draft.case.status is not CaseStatus.OPENED:
        return Reason.ALREADY_ACKNOWLEDGED
    return Reason.MADE_BEFORE_RAISE if _made_before_raise(draft) else _take_on(draft)


def _take_on(draft: Draft) -> Reason:
    waits = join_acknowledgements(draft)
    if waits:
        return waits
    draft.acknowledge(Reason.ACKNOWLEDGED)
    if resume_broken(draft):
        return Reason.ACKNOWLEDGED
    if draft.obligation is not None:
        await_next(draft, draft.obligation)
    elif draft.duty.visits_owed:
        draft.await_act(NextAct.FIRST_VISIT, draft.first_visit_due())
    else:
        draft.await_act(NextAct.RESOLVE, draft.case.resolve_due_ms)
    return Reason.ACKNOWLEDGED


def accept_reassignment(draft: Draft, _: AcceptReassignment) -> Reason:
    """The official it was offered to takes the case; whoever accepts has also acknowledged."""
    refused = take_over(draft)
    if refused:
        return refused
    if draft.case.status is CaseStatus.OPENED and not _made_before_raise(draft):
        _take_on(draft)
    return Reason.REASSIGNMENT_ACCEPTED


def record_visit(draft: Draft, visit: RecordVisit) -> Reason:
    """A visit was made. It also acknowledges, for who has been there has taken it on."""
    refused = _not_in_line(draft)
    if refused:
        return refused
    # Who was there before the level rose has not been there about what is known now.
    overtaken = _made_before_raise(draft)
    newest = draft.now_ms >= draft.case.last_visit_at_ms
    if draft.case.status is CaseStatus.OPENED and not overtaken:
        draft.acknowledge(Reason.ACKNOWLEDGED_BY_VISIT)
    _count_visit(draft)
    reason = Reason.VISITED_BEFORE_RAISE if overtaken else Reason.VISITED
    draft.write(EntryType.VISITED, reason, remarks=visit.remarks)
    if overtaken:
        return reason
    draft.change(status=CaseStatus.IN_PROGRESS)
    # A visit does not resolve: once the resolution itself is awaited, its ladder goes on.
    if draft.obligation is not None:
        await_next(draft, draft.obligation)
    elif draft.case.act_behind_duty is not NextAct.RESOLVE and newest:
        _await_revisit(draft)
    return reason


def _count_visit(draft: Draft) -> None:
    """Visits may be told in any order: the first and the last are those by their own time."""
    case = draft.case
    draft.change(
        visits=case.visits + 1,
        first_visit_at_ms=min(case.first_visit_at_ms or draft.now_ms, draft.now_ms),
        last_visit_at_ms=max(case.last_visit_at_ms, draft.now_ms),
    )


def fulfil_duty(draft: Draft, done: FulfilDuty) -> Reason:
    """What the law demanded is done; the case goes back to the act that waited behind it."""
    refused = _not_in_line(draft)
    if refused:
        return refused
    case = draft.case
    owed = next((one for one in case.duties_owed if one.duty_id == done.duty_id), None)
    if owed is None:
        return Reason.DUTY_NOT_OWED
    fulfilled = replace(owed, fulfilled_at_ms=draft.now_ms, fulfilled_by=draft.cause.actor_id)
    draft.change(legal_duties=tuple(fulfilled if one is owed else one for one in case.legal_duties))
    draft.write(
        EntryType.DUTY_FULFILLED,
        Reason.DUTY_FULFILLED,
        duty_id=done.duty_id,
        remarks=done.remarks,
    )
    if case.next_act is NextAct.LEGAL_DUTY:
        draft.await_act(case.after_duty_act, case.after_duty_due_ms)
    return Reason.DUTY_FULFILLED


def ask_for_support(draft: Draft, act: AskSupport) -> Reason:
    """Ask the tier above for help; who asks stands in the ledger."""
    return _not_in_line(draft) or ask_support(draft, act)


def resolve(draft: Draft, resolution: Resolve) -> Reason:
    """End the case: after a visit since the level was last raised, where visits are owed, and no legal duty owed."""
    refused = _not_in_line(draft)
    if refused:
        return refused
    if draft.obligation is not None:
        return close(draft, draft.obligation, resolution)
    if resolution.how not in OUTCOMES:
        return Reason.UNKNOWN_OUTCOME
    if _made_before_raise(draft):
        return Reason.MADE_BEFORE_RAISE
    visited = draft.case.status is CaseStatus.IN_PROGRESS and draft.case.visits
    if draft.duty.visits_owed and not visited:
        return Reason.VISIT_MISSING
    if draft.case.duties_owed:
        return Reason.DUTY_UNFULFILLED
    if draft.case.status is CaseStatus.OPENED:
        draft.acknowledge(Reason.ACKNOWLEDGED_BY_RESOLUTION)
    draft.resolve(resolution.how, resolution.remarks)
    return Reason.RESOLVED


def hand_in(draft: Draft, given: AddEvidence) -> Reason:
    """The owner, or someone above in the owner's line, shows that an obligation is met."""
    return _not_in_line(draft) or add_evidence(draft, given)


def reassign(draft: Draft, change: Reassign) -> Reason:
    """Another official becomes the owner. The act, its deadline and the ladder stay: no one wins time by it."""
    refused = _not_in_line(draft)
    if refused:
        return refused
    post = draft.rules.posts.get(change.to_official_id)
    if post is None:
        return Reason.NOT_ON_ROSTER
    if not post.serves(draft.case.jurisdiction_code):
        return Reason.OUTSIDE_JURISDICTION
    if post.official_id == draft.case.owner_id:
        return Reason.ALREADY_OWNER
    if draft.policy.reassignment:
        return offer(draft, post, draft.code(change.reason, Reason.REASSIGNMENT_OFFERED))
    to = Appointment(post.official_id, post.tier, OwnerReason.ASSIGNED_BY_PERSON)
    former = draft.hand_over(to)
    code = draft.code(change.reason, Reason.REASSIGNED)
    draft.write(EntryType.REASSIGNED, code, recipient_id=to.owner_id)
    draft.tell_hand_over(to, former, NoticeKind.DUTY_ASSIGNED)
    return Reason.REASSIGNED


def decline_reassignment(draft: Draft, answer: DeclineReassignment) -> Reason:
    """The official it was offered to does not take the case."""
    return decline(draft, draft.code(answer.reason, Reason.REASSIGNMENT_DECLINED))


def raise_by_person(draft: Draft, change: RaiseLevel) -> Reason:
    """Any official over the place may see a higher risk than the rules do.

    Also where the case is resolved, perhaps in the same second: what was seen opens a new case.
    """
    refused = _outside(draft.rules.posts, draft.case, draft.cause.actor_id)
    if refused:
        return refused
    if change.level not in draft.policy.duties:
        return Reason.HAS_NO_LEVEL
    if change.level <= draft.case.level:
        return Reason.LEVEL_NOT_HIGHER
    code = draft.code(change.reason, Reason.RAISED_BY_PERSON)
    seen = _change(draft, "")
    if draft.case.is_open:
        raise_level(draft, change.level, Reason.RAISED_BY_PERSON, code, seen)
    else:
        raise_resolved(draft, change.level, code, seen)
    return Reason.RAISED_BY_PERSON


def request_lowering(draft: Draft, request: RequestLowering) -> Reason:
    """Ask for a lower level. It must rest on the newest assessment, made after the level was set.

    Every lowering starts above green, so it always takes a second person as well. A resolved case takes it
    too: its level stays until then.
    """
    refused = _not_in_line(draft) or _unfounded(draft.case, request) or _too_early(draft)
    if refused:
        return refused
    actor_id = draft.cause.actor_id
    code = draft.code(request.reason, Reason.LOWERING_REQUESTED)
    approver = draft.appoint(_tier_above(draft.rules.posts, draft.case, actor_id))
    draft.change(
        lowering=LoweringWaiting(
            actor_id, request.to_level, code, draft.now_ms, request.assessment_decision_id
        )
    )
    draft.write(EntryType.LOWERING_REQUESTED, code, recipient_id=approver.owner_id)
    draft.tell(NoticeKind.LOWERING_WAITS, approver.owner_id)
    return Reason.LOWERING_REQUESTED


def approve_lowering(draft: Draft, _: ApproveLowering) -> Reason:
    """A second person, a tier above the first, agrees: the level falls and the clock of the act restarts.

    The owner stays: a lower level is no reason to hand a known household to somebody new.
    """
    waiting = draft.case.lowering
    if waiting is None:
        return Reason.NO_LOWERING_WAITS
    refused = _may_not_approve(draft, waiting)
    if refused:
        return refused
    change = _change(draft, waiting.requested_by, waiting.assessment_decision_id)
    draft.change(level=waiting.to_level, level_set_at_ms=draft.now_ms, **NO_GROUND)
    if draft.case.is_open:
        _restart_clock(draft)
    draft.write(EntryType.LEVEL_LOWERED, waiting.reason, change=change)
    return Reason.LOWERED_BY_TWO_PERSONS


def _restart_clock(draft: Draft) -> None:
    draft.change(resolve_due_ms=draft.due(draft.duty.resolve_within))
    act = draft.case.act_behind_duty
    if act is NextAct.REVISIT:
        _await_revisit(draft)
    else:
        draft.await_act(act, draft.due(term_for(draft.duty, act)))


def _await_revisit(draft: Draft) -> None:
    """The next visit is due, or the resolution when that comes first."""
    revisit_ms = draft.due(draft.duty.revisit_every)
    resolve_ms = draft.case.resolve_due_ms
    if resolve_ms <= revisit_ms or not draft.duty.visits_owed:
        draft.await_act(NextAct.RESOLVE, resolve_ms)
    else:
        draft.await_act(NextAct.REVISIT, revisit_ms)


def _not_in_line(draft: Draft) -> Reason | None:
    """Why the actor is neither the owner nor above in the owner's line; None when allowed."""
    case, actor_id = draft.case, draft.cause.actor_id
    if actor_id == case.owner_id:
        return None
    refused = _outside(draft.rules.posts, case, actor_id)
    if refused:
        return refused
    post = draft.rules.posts.get(actor_id)
    return Reason.BELOW_RESPONSIBLE_TIER if post and post.tier < case.tier else None


def _made_before_raise(draft: Draft) -> bool:
    """Whether the act was made before the level rose that the case is still to be taken up at.

    Nobody takes on, visits or resolves what was not known yet. Decisions and commands have no common order in
    the log, so the act's own time says what its actor could know.
    """
    case = draft.case
    taken_up = case.status in (CaseStatus.IN_PROGRESS, CaseStatus.RESOLVED)
    return not taken_up and draft.now_ms < case.level_set_at_ms


def _outside(posts: Posts, case: Case, actor_id: str) -> Reason | None:
    post = posts.get(actor_id)
    if post is None:
        return Reason.NOT_ON_ROSTER
    return None if post.is_over(case.jurisdiction_code) else Reason.OUTSIDE_JURISDICTION


def _unfounded(case: Case, request: RequestLowering) -> Reason | None:
    if not Level.NONE < request.to_level < case.level:
        return Reason.LEVEL_NOT_LOWER
    if case.lowering is not None:
        return Reason.LOWERING_ALREADY_WAITS
    fresh = case.assessment_decision_id
    if not fresh or request.assessment_decision_id != fresh:
        return Reason.FRESH_ASSESSMENT_MISSING
    if request.to_level < case.assessment_level:
        return Reason.ASSESSMENT_FOUND_HIGHER
    # An unknown answer is never a no: it has to be asked before a level falls below what it could give.
    return Reason.UNKNOWN_COULD_BE_HIGHER if request.to_level < case.assessment_supports else None


def _too_early(draft: Draft) -> Reason | None:
    return Reason.DWELL_NOT_OVER if draft.now_ms < draft.case.lowering_from_ms else None


def _change(draft: Draft, requested_by: str, assessment_decision_id: str = "") -> LevelChange:
    """The act of persons as scoring reads it; taken before the level changes."""
    case = draft.case
    return LevelChange(
        case.subject_id,
        case.pack_id,
        case.level,
        requested_by,
        draft.cause.actor_id,
        assessment_decision_id,
    )


def _may_not_approve(draft: Draft, waiting: LoweringWaiting) -> Reason | None:
    case, actor_id, posts = draft.case, draft.cause.actor_id, draft.rules.posts
    if actor_id == waiting.requested_by:
        return Reason.SECOND_PERSON_MISSING
    if draft.now_ms < waiting.requested_at_ms:
        return Reason.MADE_BEFORE_REQUEST
    refused = _outside(posts, case, actor_id)
    if refused:
        return refused
    post = posts.get(actor_id)
    needed = _tier_above(posts, case, waiting.requested_by)
    return Reason.APPROVER_TIER_TOO_LOW if post and post.tier < needed else None


def _tier_above(posts: Posts, case: Case, official_id: str) -> Tier:
    """The tier that approves what this official asks for; at the top, a colleague at the top."""
    post = posts.get(official_id)
    tier = post.tier if post else case.tier
    return Tier(min(tier + 1, Tier.PREFECTURE))


ACTS: dict[type, Callable[[Draft, Any], Reason]] = {
    Acknowledge: acknowledge,
    RecordVisit: record_visit,
    FulfilDuty: fulfil_duty,
    Resolve: resolve,
    Reassign: reassign,
    RaiseLevel: raise_by_person,
    RequestLowering: request_lowering,
    ApproveLowering: approve_lowering,
    ReplyNotice: reply_notice,
    WithdrawNotice: withdraw_notice,
    ChangePolicy: change_policy,
    AddEvidence: hand_in,
    ApproveClosing: approve_closing,
    ReturnClosing: return_closing,
    NoteRead: lambda draft, _: note_read(draft),
    AcceptReassignment: accept_reassignment,
    DeclineReassignment: decline_reassignment,
    AskSupport: ask_for_support,
    AssessedAgain: close_by_assessment,
}
