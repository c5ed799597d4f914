"""How an obligation is met: evidence is handed in, the owner asks to close, and where the kind says so a second person
agrees. No obligation closes without the evidence its kind asks for.
"""

from __future__ import annotations

from hashlib import sha256

from services.common.terms import Tier
from services.escalation.domain.cases import (
    CaseStatus,
    ClosingWaiting,
    Evidence,
    EvidenceKind,
    NextAct,
)
from services.escalation.domain.draft import Draft
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import (
    AddEvidence,
    AssessedAgain,
    Resolve,
    ReturnClosing,
)
from services.escalation.domain.obligation import Obligation
from services.escalation.domain.policy import Term, due_after
from services.escalation.domain.posts import Appointment, OwnerReason
from services.escalation.domain.reasons import Reason

SHA256_BYTES = 32
# A visit is recorded as such.
# How a case ends that was owed for want of an assessment, once there is one.
ASSESSED = "assessed"
HANDED_IN = (EvidenceKind.WRITTEN_REPLY, EvidenceKind.DOCUMENT, EvidenceKind.REVIEW)


def add_evidence(draft: Draft, given: AddEvidence) -> Reason:
    """Keep what was handed in; a document is its hash, a reply or a review its hash or its sealed words."""
    if draft.obligation is None:
        return Reason.NOT_AN_OBLIGATION
    if given.kind not in HANDED_IN:
        return Reason.UNKNOWN_EVIDENCE
    words_do = given.kind is not EvidenceKind.DOCUMENT and given.remarks
    if len(given.sha256) != SHA256_BYTES and (given.sha256 or not words_do):
        return Reason.EVIDENCE_EMPTY
    if draft.case.status is CaseStatus.OPENED:
        draft.acknowledge(Reason.ACKNOWLEDGED_BY_EVIDENCE)
    made = Evidence(given.kind, given.sha256, draft.now_ms, draft.cause.actor_id)
    others = tuple(one for one in draft.case.evidence if one.kind is not given.kind)
    draft.change(evidence=(*others, made))
    draft.write(
        EntryType.EVIDENCE_ADDED,
        Reason.EVIDENCE_ADDED,
        evidence_kind=given.kind,
        evidence_sha256=given.sha256,
        remarks=given.remarks,
    )
    await_next(draft, draft.obligation)
    return Reason.EVIDENCE_ADDED


def close(draft: Draft, obligation: Obligation, resolution: Resolve) -> Reason:
    """Close it, or ask the second person to agree, once all the evidence is there."""
    if draft.case.closing is not None:
        return Reason.CLOSING_ALREADY_WAITS
    if resolution.how not in obligation.outcomes:
        return Reason.UNKNOWN_OUTCOME
    if missing_evidence(draft, obligation):
        return Reason.EVIDENCE_MISSING
    if draft.case.status is CaseStatus.OPENED:
        draft.acknowledge(Reason.ACKNOWLEDGED_BY_RESOLUTION)
    if obligation.approval is Tier.NONE:
        draft.resolve(resolution.how, resolution.remarks)
        return Reason.RESOLVED
    _ask(draft, obligation, resolution)
    return Reason.CLOSING_REQUESTED


def missing_evidence(draft: Draft, obligation: Obligation) -> tuple[EvidenceKind, ...]:
    """What the kind asks for and nobody has handed in."""
    case = draft.case
    return tuple(
        kind
        for kind in obligation.evidence
        if not (case.visits if kind is EvidenceKind.VISIT else case.evidence_of(kind))
    )


def _ask(draft: Draft, obligation: Obligation, resolution: Resolve) -> None:
    """The case belongs to the approver until the decision, so that the ladder chases who is late."""
    case, actor_id = draft.case, draft.cause.actor_id
    draft.change(
        closing=ClosingWaiting(
            actor_id, resolution.how, draft.now_ms, case.owner_id, case.tier, case.owner_reason
        )
    )
    post = draft.rules.posts.get(actor_id)
    above = min((post.tier if post else case.tier) + 1, Tier.PREFECTURE)
    approver = draft.appoint(Tier(max(above, obligation.approval)))
    draft.hand_over(approver)
    draft.await_act(NextAct.APPROVE_CLOSING, draft.due(obligation.approve_within))
    draft.write(
        EntryType.CLOSING_REQUESTED,
        resolution.how,
        recipient_id=approver.owner_id,
        remarks=resolution.remarks,
    )
    draft.tell(NoticeKind.CLOSING_WAITS, approver.owner_id)


def approve_closing(draft: Draft, _: object) -> Reason:
    """A second person, at the tier the kind names or above, agrees: the obligation is met."""
    refused = _may_not_decide(draft)
    waiting = draft.case.closing
    if refused or waiting is None:
        return refused or Reason.NO_CLOSING_WAITS
    _give_back(draft, waiting)
    draft.resolve(waiting.how, b"")
    return Reason.CLOSED_BY_TWO_PERSONS


def return_closing(draft: Draft, returned: ReturnClosing) -> Reason:
    """The second person does not agree: the owner goes on, with at least one rung's time left."""
    refused = _may_not_decide(draft)
    waiting = draft.case.closing
    if refused or waiting is None:
        return refused or Reason.NO_CLOSING_WAITS
    _give_back(draft, waiting)
    due_ms = max(draft.case.resolve_due_ms, draft.due(draft.duty.ladder_every))
    draft.await_act(NextAct.RESOLVE, due_ms)
    code = draft.code(returned.reason, Reason.CLOSING_RETURNED)
    draft.write(EntryType.CLOSING_RETURNED, code, recipient_id=waiting.owner_id)
    draft.tell(NoticeKind.CLOSING_RETURNED, waiting.owner_id)
    return Reason.CLOSING_RETURNED


def close_by_assessment(draft: Draft, again: AssessedAgain) -> Reason:
    """The home was assessed again: that is what was owed, whoever has the case and whatever else was asked for."""
    waiting = draft.case.closing
    if waiting is not None:
        _give_back(draft, waiting)
    digest = sha256(again.decision_id.encode()).digest()
    made = Evidence(EvidenceKind.ASSESSMENT, digest, draft.now_ms, draft.cause.actor_id)
    draft.change(evidence=(*draft.case.evidence, made))
    draft.write(
        EntryType.EVIDENCE_ADDED,
        Reason.EVIDENCE_ADDED,
        evidence_kind=made.kind,
        evidence_sha256=digest,
    )
    draft.resolve(ASSESSED, b"")
    return Reason.ASSESSED_AGAIN


def await_next(draft: Draft, obligation: Obligation) -> None:
    """The owner's next act: the visit, the review or the finish, whichever is due first.

    What is awaited already keeps its ladder: no act but the one that is due stops the clock.
    """
    case = draft.case
    if case.closing is not None:
        return
    began_ms = case.acknowledged_at_ms
    acts = [(case.resolve_due_ms, NextAct.RESOLVE)]
    if draft.duty.visits_owed and not case.visits:
        acts.append((_after(draft, draft.duty.first_visit_within, began_ms), NextAct.FIRST_VISIT))
    if obligation.review_every is not None:
        newest = case.evidence_of(EvidenceKind.REVIEW)
        since_ms = newest.added_at_ms if newest else began_ms
        acts.append((_after(draft, obligation.review_every, since_ms), NextAct.REVIEW))
    due_ms, act = min(acts)
    if (act, due_ms) != (case.next_act, case.next_due_ms):
        draft.await_act(act, due_ms)


def _after(draft: Draft, term: Term, since_ms: int) -> int:
    return due_after(draft.policy, term, since_ms, draft.rules.is_workday)


def _give_back(draft: Draft, waiting: ClosingWaiting) -> None:
    reason = OwnerReason(waiting.owner_reason)
    draft.hand_over(Appointment(waiting.owner_id, waiting.tier, reason))
    draft.change(closing=None)


def _may_not_decide(draft: Draft) -> Reason | None:
    """Why the actor is not a second person at or above the tier named; None when allowed."""
    case, actor_id, obligation = draft.case, draft.cause.actor_id, draft.obligation
    if obligation is None:
        return Reason.NOT_AN_OBLIGATION
    if case.closing is None:
        return Reason.NO_CLOSING_WAITS
    if actor_id == case.closing.requested_by:
        return Reason.SECOND_PERSON_MISSING
    if draft.now_ms < case.closing.requested_at_ms:
        return Reason.MADE_BEFORE_REQUEST
    post = draft.rules.posts.get(actor_id)
    if post is None:
        return Reason.NOT_ON_ROSTER
    if not post.is_over(case.jurisdiction_code):
        return Reason.OUTSIDE_JURISDICTION
    return Reason.APPROVER_TIER_TOO_LOW if post.tier < obligation.approval else None
