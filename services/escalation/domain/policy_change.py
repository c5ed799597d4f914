"""A new version of the policy applied to an open case: proposed by one person, approved by another, never by itself.

The one rule of deadlines: a term of the new version counts from the moment from which the old one counted. Where
that lies in the past it counts from now, so nobody is overdue by a change of policy. An act already overdue, a duty
of the law and the deadlines of a triage decision stay as they are; so does the owner.
"""

from __future__ import annotations

from services.common.terms import Level, Tier
from services.escalation.domain.cases import Case, NextAct
from services.escalation.domain.draft import Draft
from services.escalation.domain.events import EntryType, PolicyChange
from services.escalation.domain.messages import ChangePolicy
from services.escalation.domain.policy import ANY_PACK, Policy, Term, term_for
from services.escalation.domain.reasons import Reason


def change_policy(draft: Draft, change: ChangePolicy) -> Reason:
    """Put the case under the other version and count its deadlines anew."""
    policy = draft.rules.policies.find(change.to_version)
    refused = _unfit(draft.case, change, policy) or _may_not(draft, change)
    if refused or policy is None:
        return refused or Reason.UNKNOWN_POLICY
    put_under(draft, policy)
    draft.write(
        EntryType.POLICY_CHANGED,
        Reason.POLICY_CHANGED,
        policy_change=PolicyChange(
            change.from_version, policy.key, change.proposed_by, change.approved_by
        ),
    )
    return Reason.POLICY_CHANGED


def put_under(draft: Draft, policy: Policy) -> None:
    """Change the version and count the deadlines anew, whoever may do so."""
    draft.policy = policy
    draft.change(policy_version=policy.key)
    _count_anew(draft)


def covers(policy: Policy, case: Case) -> bool:
    """Whether a version of a policy can rule a case: it has duties for the level, and is for cases like it.

    An obligation needs a version of its own kind; a warning one that names its pack, or any pack.
    """
    if case.obligation:
        named = policy.obligation is not None and policy.policy_id == case.obligation
    else:
        named = policy.covers(case.pack_id) or policy.covers(ANY_PACK)
    return named and case.level in policy.duties


def _unfit(case: Case, change: ChangePolicy, policy: Policy | None) -> Reason | None:
    if policy is None:
        return Reason.UNKNOWN_POLICY
    if case.policy_version != change.from_version or change.from_version == change.to_version:
        return Reason.POLICY_MOVED_ON
    return None if covers(policy, case) else Reason.POLICY_NOT_FOR_THIS_PACK


def _may_not(draft: Draft, change: ChangePolicy) -> Reason | None:
    """Two different persons over the place; who approves is a tier above who proposes, and not below the case."""
    posts, place = draft.rules.posts, draft.case.jurisdiction_code
    if change.approved_by != draft.cause.actor_id or change.proposed_by == change.approved_by:
        return Reason.SECOND_PERSON_MISSING
    proposer, approver = posts.get(change.proposed_by), posts.get(change.approved_by)
    if proposer is None or approver is None:
        return Reason.NOT_ON_ROSTER
    if not (proposer.is_over(place) and approver.is_over(place)):
        return Reason.OUTSIDE_JURISDICTION
    least = max(min(proposer.tier + 1, Tier.PREFECTURE), draft.case.tier)
    return Reason.APPROVER_TIER_TOO_LOW if approver.tier < least else None


def _count_anew(draft: Draft) -> None:
    case = draft.case
    if case.level is Level.NONE:
        return
    if case.resolve_due_ms > draft.now_ms:
        draft.change(resolve_due_ms=_due(draft, draft.duty.resolve_within, case.level_set_at_ms))
    overdue = case.ladder_step > 0 or case.next_due_ms <= draft.now_ms
    if case.next_act is NextAct.LEGAL_DUTY:
        act, due_ms = _next(draft, case.after_duty_act, case.after_duty_due_ms)
        if overdue:
            draft.change(after_duty_act=act, after_duty_due_ms=due_ms)
        else:
            draft.await_act(act, due_ms)
    elif not overdue:
        draft.await_act(*_next(draft, case.next_act, case.next_due_ms))


def _next(draft: Draft, act: NextAct, due_ms: int) -> tuple[NextAct, int]:
    """The act owed and its deadline under the new version; one whose deadline passed keeps it."""
    if due_ms <= draft.now_ms or act is NextAct.NONE:
        return act, due_ms
    case = draft.case
    if act in (NextAct.REVISIT, NextAct.RESOLVE):
        visited = act is NextAct.REVISIT or case.last_visit_at_ms > 0
        revisit_ms = _due(draft, draft.duty.revisit_every, _since(case, NextAct.REVISIT))
        if not visited or case.resolve_due_ms <= revisit_ms:
            return NextAct.RESOLVE, case.resolve_due_ms
        return NextAct.REVISIT, revisit_ms
    found = _due(draft, term_for(draft.duty, act), _since(case, act))
    by_ms = case.visit_by_ms
    return act, min(found, by_ms) if by_ms > draft.now_ms else found


def _since(case: Case, act: NextAct) -> int:
    """From when the term of an act counts."""
    began = {
        NextAct.FIRST_VISIT: case.acknowledged_at_ms,
        NextAct.REVISIT: case.last_visit_at_ms,
    }.get(act, 0)
    return max(case.level_set_at_ms, began)


def _due(draft: Draft, term: Term, since_ms: int) -> int:
    """A term from where it began, or from now where that would already be past."""
    due_ms = draft.due(term, since_ms)
    return due_ms if due_ms > draft.now_ms else draft.due(term)
