"""What a triage decision does: each department or centre an incident is handed to gets a case of its own.

The decision sets both deadlines; the policy says how often the ladder is climbed when they pass. The case has no
level: it stands beside the risk case of the same household and never touches it.
"""

from __future__ import annotations

from services.common.terms import Level, Tier
from services.escalation.domain.cases import (
    TRIAGE,
    Case,
    CaseStatus,
    NextAct,
    SubjectCases,
    case_id_for,
    case_no_for,
)
from services.escalation.domain.draft import Cause, Draft, Rules, county_of, nothing
from services.escalation.domain.events import Decision, EntryType, NoticeKind
from services.escalation.domain.messages import MACHINE, TriageFinding
from services.escalation.domain.policy import Policy, due_after
from services.escalation.domain.reasons import Reason


def apply_triage(subject: SubjectCases, finding: TriageFinding, rules: Rules) -> Decision:
    """Open the case, once; PolicyMissing when no policy says what an unrated duty demands."""
    if subject.has_applied(finding.finding_id):
        return nothing(subject, Reason.DUPLICATE)
    policy = rules.policies.for_new_case(TRIAGE, finding.at_ms)
    latest = due_after(
        policy, policy.unrated_duty().resolve_within, finding.at_ms, rules.is_workday
    )
    finish_ms = min(finding.finish_due_ms or latest, latest)
    accept_ms = min(finding.accept_due_ms or finish_ms, finish_ms)
    draft = Draft(_blank(subject, finding, policy), _cause(finding), policy, rules)
    to = draft.appoint(finding.tier, finding.department)
    draft.change(
        owner_id=to.owner_id,
        tier=to.tier,
        owner_reason=to.reason.value,
        resolve_due_ms=finish_ms,
        next_due_ms=accept_ms,
        ladder_due_ms=accept_ms,
    )
    reason = Reason.OPENED_BY_SUPPORT if finding.asked_by else Reason.OPENED_BY_TRIAGE
    draft.write(EntryType.OPENED, reason, recipient_id=to.owner_id)
    draft.tell_hand_over(to, "", NoticeKind.DUTY_ASSIGNED)
    return draft.finish(subject, reason)


def _blank(subject: SubjectCases, finding: TriageFinding, policy: Policy) -> Case:
    pack_id = f"{TRIAGE}/{finding.department}" if finding.department else TRIAGE
    case_id = case_id_for(subject.lane, finding.subject_id, pack_id, finding.finding_id)
    return Case(
        case_id=case_id,
        case_no=case_no_for(county_of(finding.jurisdiction_code), case_id),
        subject_id=finding.subject_id,
        lane=subject.lane,
        jurisdiction_code=finding.jurisdiction_code,
        pack_id=pack_id,
        level=Level.NONE,
        status=CaseStatus.OPENED,
        tier=Tier.NONE,
        owner_id="",
        owner_reason="",
        policy_version=policy.key,
        next_act=NextAct.ACKNOWLEDGE,
        next_due_ms=0,
        ladder_due_ms=0,
        opened_at_ms=finding.at_ms,
        level_set_at_ms=finding.at_ms,
        resolve_due_ms=0,
        decision_id=finding.finding_id,
    )


def _cause(finding: TriageFinding) -> Cause:
    return Cause(
        finding.finding_id,
        finding.asked_by or MACHINE,
        finding.at_ms,
        finding.accepted_at_ms,
        finding.trace_id,
    )
