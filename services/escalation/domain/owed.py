"""What opens an obligation: each thing owed, to each unit that owes it, gets a case of its own.

The kind, which is policy data, says whose it is and by when. The case has no level: it stands beside the risk case
of the same household and never touches it. Incidents that triage handed over are one such kind.
"""

from __future__ import annotations

from services.common.terms import Level, Tier
from services.escalation.domain.cases import (
    Case,
    CaseStatus,
    NextAct,
    SubjectCases,
    case_id_for,
    case_no_for,
)
from services.escalation.domain.draft import Cause, Draft, Rules, county_of, nothing
from services.escalation.domain.events import Decision, EntryType, NoticeKind
from services.escalation.domain.messages import MACHINE, Origin, Owed
from services.escalation.domain.obligation import finish_due, place_of, who_owes
from services.escalation.domain.policy import Policy
from services.escalation.domain.reasons import Reason

_OPENED_BY = {
    Origin.TRIAGE: Reason.OPENED_BY_TRIAGE,
    Origin.SUPPORT: Reason.OPENED_BY_SUPPORT,
    Origin.REASSESSMENT: Reason.OPENED_BY_OVERDUE_ASSESSMENT,
}


def apply_owed(subject: SubjectCases, owed: Owed, rules: Rules) -> Decision:
    """Open the case, once; nothing where no kind takes it, or none did yet when it came in."""
    if subject.has_applied(owed.cause_id):
        return nothing(subject, Reason.DUPLICATE)
    policy = rules.policies.for_obligation(owed.origin, owed.detail, owed.at_ms)
    if policy is None or policy.obligation is None:
        return nothing(subject, Reason.NO_SUCH_KIND)
    if owed.pack_id and _looked_after(subject, owed, policy):
        return nothing(subject, Reason.CASE_OPEN_ALREADY)
    draft = Draft(_blank(subject, owed, policy), _cause(owed), policy, rules)
    finish_ms = finish_due(policy, policy.obligation, owed, rules.is_workday)
    accept_ms = min(owed.accept_due_ms or draft.acknowledge_due(), finish_ms)
    to = draft.appoint(*who_owes(owed, policy.obligation))
    draft.change(
        owner_id=to.owner_id,
        tier=to.tier,
        owner_reason=to.reason.value,
        resolve_due_ms=finish_ms,
        next_due_ms=accept_ms,
        ladder_due_ms=accept_ms,
    )
    reason = _OPENED_BY.get(owed.origin, Reason.OPENED_BY_EVENT)
    draft.write(EntryType.OPENED, reason, recipient_id=to.owner_id)
    draft.tell_hand_over(to, "", NoticeKind.DUTY_ASSIGNED)
    return draft.finish(subject, reason)


def _looked_after(subject: SubjectCases, owed: Owed, policy: Policy) -> bool:
    """Whether an open case already sees to the home: of the risk itself, with its revisits, or for want of this."""
    names = (owed.pack_id, _name(owed, policy))
    return any(case.is_open and case.pack_id in names for case in subject.cases)


def _name(owed: Owed, policy: Policy) -> str:
    """The kind, and where there may be one for each of several, for which."""
    assert policy.obligation is not None
    unit = owed.unit if policy.obligation.owner.from_event else ""
    about = owed.pack_id or unit
    return f"{policy.policy_id}/{about}" if about else policy.policy_id


def _blank(subject: SubjectCases, owed: Owed, policy: Policy) -> Case:
    assert policy.obligation is not None
    kind, pack_id = policy.policy_id, _name(owed, policy)
    case_id = case_id_for(subject.lane, owed.subject_id, pack_id, owed.cause_id)
    place = place_of(owed, policy.obligation)
    return Case(
        case_id=case_id,
        case_no=case_no_for(county_of(place), case_id),
        subject_id=owed.subject_id,
        lane=subject.lane,
        jurisdiction_code=place,
        pack_id=pack_id,
        obligation=kind,
        level=Level.NONE,
        status=CaseStatus.OPENED,
        tier=Tier.NONE,
        owner_id="",
        owner_reason="",
        policy_version=policy.key,
        next_act=NextAct.ACKNOWLEDGE,
        next_due_ms=0,
        ladder_due_ms=0,
        opened_at_ms=owed.at_ms,
        level_set_at_ms=owed.at_ms,
        resolve_due_ms=0,
        decision_id=owed.cause_id,
    )


def _cause(owed: Owed) -> Cause:
    return Cause(
        owed.cause_id, owed.asked_by or MACHINE, owed.at_ms, owed.accepted_at_ms, owed.trace_id
    )
