"""What a finding of the scoring service does: opens a case, raises one, is noted, or changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.common.ids import derived_id
from services.common.terms import Level, Tier
from services.escalation.domain.cases import (
    Case,
    CaseStatus,
    LegalDutyOwed,
    NextAct,
    SubjectCases,
    case_id_for,
    case_no_for,
)
from services.escalation.domain.draft import Cause, Draft, Rules, county_of, nothing
from services.escalation.domain.events import Decision, EntryType, LevelChange, NoticeKind
from services.escalation.domain.messages import MACHINE, Finding, FindingReason, LoweringRefused
from services.escalation.domain.policy import Opens, Policy
from services.escalation.domain.reasons import Reason

# What scoring says after an act of persons on a case is no news to the case.
_UNRATED = (
    FindingReason.UNSPECIFIED,
    FindingReason.NOT_ASSESSED,
    FindingReason.LOWERED_BY_PERSON,
    FindingReason.RAISED_BY_PERSON,
)
# A case with nothing that a lowering could rest on.
NO_GROUND: Mapping[str, Any] = {
    "assessment_decision_id": "",
    "assessment_level": Level.NONE,
    "assessment_supports": Level.NONE,
    "lowering_from_ms": 0,
    "lowering": None,
}
_OPENING = frozenset(
    {
        Reason.OPENED_BY_DECISION,
        Reason.VISIT_TASK_OPENED,
        Reason.REOPENED_BY_INCIDENT,
        Reason.REOPENED_BY_RAISE,
        Reason.REOPENED_BY_ASSESSMENT,
        Reason.LEGAL_DUTY_AROSE,
    }
)


def apply_finding(subject: SubjectCases, finding: Finding, rules: Rules) -> Decision:
    """Decide on one finding. An open case of the pack takes it; otherwise it may open a new one."""
    if subject.has_applied(finding.decision_id):
        return nothing(subject, Reason.DUPLICATE)
    if finding.reason in _UNRATED:
        return nothing(subject, Reason.NOT_RATED)
    newest = subject.newest(finding.pack_id)
    if newest is not None and newest.is_open:
        return _note(subject, newest, finding, rules)
    policy = rules.policies.for_new_case(finding.pack_id, finding.at_ms)
    level, reason = judge_opening(finding, newest, policy)
    if newest is not None and reason is Reason.ALREADY_RESOLVED:
        return _note_fall(subject, newest, finding, rules)
    if reason not in _OPENING:
        return nothing(subject, reason)
    return _open(
        subject,
        finding,
        Draft(_blank(subject, finding, level, policy), _cause(finding), policy, rules),
        reason,
    )


def judge_opening(finding: Finding, resolved: Case | None, policy: Policy) -> tuple[Level, Reason]:
    """Whether a finding opens a case, at which level, and why (not).

    A household that cannot be rated gets a visit task at green. After a resolution, a level that
    merely stands from the past opens nothing: it takes an incident, a raise, or, made after the
    resolution, an assessment whose own answers give yellow or red or that could not be rated.
    """
    level = finding.level
    if finding.reason is FindingReason.CANNOT_RATE:
        level = Level.GREEN
    elif level is Level.NONE:
        return level, Reason.NOT_RATED
    opens = policy.duties[level].opens
    if finding.legal_duties and not _opens_by_itself(finding, resolved, opens):
        return level, Reason.LEGAL_DUTY_AROSE
    if opens is Opens.NEVER:
        return level, Reason.LEVEL_OPENS_NO_CASE
    if resolved is not None:
        return level, _judge_again(finding, resolved)
    if finding.reason is FindingReason.CANNOT_RATE:
        return level, Reason.VISIT_TASK_OPENED
    if opens is Opens.WITH_CONTRIBUTION and not finding.has_contribution:
        return level, Reason.NO_CONTRIBUTION
    return level, Reason.OPENED_BY_DECISION


def _opens_by_itself(finding: Finding, resolved: Case | None, opens: Opens) -> bool:
    """Whether the finding opens a case also without a duty of the law."""
    if opens is Opens.NEVER:
        return False
    if resolved is not None:
        return _judge_again(finding, resolved) in _OPENING
    return opens is Opens.ALWAYS or finding.has_contribution


def _judge_again(finding: Finding, resolved: Case) -> Reason:
    """News opens whenever it was decided: who resolved may not have known of it, since the topics of
    decisions and commands have no common order. An older assessment that only repeats opens nothing.
    """
    if finding.from_incident and finding.has_contribution:
        return Reason.REOPENED_BY_INCIDENT
    if finding.reason is FindingReason.RAISED:
        return Reason.REOPENED_BY_RAISE
    if finding.at_ms <= resolved.resolved_at_ms:
        return Reason.ALREADY_RESOLVED
    if finding.reason is FindingReason.CANNOT_RATE:
        return Reason.VISIT_TASK_OPENED
    if finding.computed_level >= Level.YELLOW:
        return Reason.REOPENED_BY_ASSESSMENT
    return Reason.ALREADY_RESOLVED


def _blank(subject: SubjectCases, finding: Finding, level: Level, policy: Policy) -> Case:
    """A case that nobody owns yet and whose clock has not been set."""
    case_id = case_id_for(subject.lane, finding.subject_id, finding.pack_id, finding.decision_id)
    return Case(
        case_id=case_id,
        case_no=case_no_for(county_of(finding.jurisdiction_code), case_id),
        subject_id=finding.subject_id,
        lane=subject.lane,
        jurisdiction_code=finding.jurisdiction_code,
        pack_id=finding.pack_id,
        round_id=finding.round_id,
        level=level,
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
        decision_id=finding.decision_id,
        triggers=finding.triggers,
        visit_by_ms=finding.visit_by_ms,
    )


def _open(subject: SubjectCases, finding: Finding, draft: Draft, reason: Reason) -> Decision:
    duty = draft.duty
    to = draft.appoint(duty.tier)
    owed = _owed(finding)
    due_ms = min([draft.acknowledge_due(), *(one.due_ms for one in owed)])
    # One change, not three: this is the path of a bulk import.
    draft.change(
        owner_id=to.owner_id,
        tier=to.tier,
        owner_reason=to.reason.value,
        resolve_due_ms=draft.due(duty.resolve_within),
        next_due_ms=due_ms,
        ladder_due_ms=due_ms,
        legal_duties=owed,
    )
    draft.write(EntryType.OPENED, reason, recipient_id=to.owner_id)
    _write_duties(draft, owed)
    draft.tell_hand_over(to, "", NoticeKind.DUTY_ASSIGNED)
    return draft.finish(subject, reason)


def _note(subject: SubjectCases, case: Case, finding: Finding, rules: Rules) -> Decision:
    """An open case takes the finding: raised when it found more, noted when it says something new."""
    policy = rules.policies.of_case(case.policy_version)
    draft = Draft(case, _cause(finding), policy, rules)
    arose = _take_duties(draft, finding)
    if finding.level_found > case.level:
        triggers = tuple(dict.fromkeys((*case.triggers, *finding.triggers)))
        draft.change(triggers=triggers, decision_id=finding.decision_id)
        raise_level(draft, finding.level_found, Reason.RAISED_BY_DECISION)
        _write_duties(draft, arose)
        return draft.finish(subject, Reason.RAISED_BY_DECISION)
    _write_duties(draft, arose)
    if arose:
        # Where the case is opened or raised, that notice names the duties.
        draft.tell(NoticeKind.LEGAL_DUTY, draft.case.owner_id)
    reason = _news(case, finding)
    if reason is Reason.NOTHING_NEW:
        if not arose:
            return nothing(subject, reason)
        return draft.finish(subject, Reason.LEGAL_DUTY_AROSE)
    if reason is Reason.FALL_NOTED:
        _take_ground(draft, finding)
    else:
        # Whatever speaks against a fall ends a lowering that rested on it.
        draft.change(**NO_GROUND)
    draft.write(EntryType.RISK_NOTED, reason)
    return draft.finish(subject, reason)


def _owed(finding: Finding) -> tuple[LegalDutyOwed, ...]:
    return tuple(
        LegalDutyOwed(one.duty_id, one.due_ms, finding.decision_id) for one in finding.legal_duties
    )


def _take_duties(draft: Draft, finding: Finding) -> tuple[LegalDutyOwed, ...]:
    """Add what the law newly demands to an open case; what is owed already is not owed twice."""
    case = draft.case
    known = {one.duty_id for one in case.duties_owed}
    arose = tuple(one for one in _owed(finding) if one.duty_id not in known)
    if arose:
        draft.change(legal_duties=(*case.legal_duties, *arose))
        # An act that is overdue already keeps its ladder: the duty is next once it is done.
        if not case.ladder_step:
            behind_ms = case.after_duty_due_ms or case.next_due_ms
            draft.await_act(case.act_behind_duty, behind_ms)
    return arose


def _write_duties(draft: Draft, duties: tuple[LegalDutyOwed, ...]) -> None:
    for one in duties:
        draft.write(EntryType.DUTY_AROSE, Reason.LEGAL_DUTY_AROSE, duty_id=one.duty_id)


def _note_fall(subject: SubjectCases, case: Case, finding: Finding, rules: Rules) -> Decision:
    """A resolved case keeps its level until persons lower it: it takes the assessment that this may rest on."""
    if _news(case, finding) is not Reason.FALL_NOTED:
        return nothing(subject, Reason.ALREADY_RESOLVED)
    draft = Draft(case, _cause(finding), rules.policies.of_case(case.policy_version), rules)
    _take_ground(draft, finding)
    draft.write(EntryType.RISK_NOTED, Reason.FALL_NOTED)
    return draft.finish(subject, Reason.FALL_NOTED)


def _take_ground(draft: Draft, finding: Finding) -> None:
    """From now on a lowering rests on this assessment; one that waits stands only if this supports it too."""
    waiting = draft.case.lowering
    draft.change(
        assessment_decision_id=finding.decision_id,
        assessment_level=finding.computed_level,
        assessment_supports=finding.supports,
        lowering_from_ms=finding.lowering_from_ms,
        lowering=waiting if waiting and waiting.to_level >= finding.supports else None,
    )


def _news(case: Case, finding: Finding) -> Reason:
    if finding.from_incident:
        return Reason.INCIDENT_NOTED
    if finding.reason is FindingReason.RAISED:
        return Reason.RAISE_NOTED
    if finding.computed_level is Level.NONE:
        return Reason.NOTHING_NEW
    if finding.computed_level < case.level and finding.reason is not FindingReason.CANNOT_RATE:
        fresh = (finding.made_at_ms or finding.at_ms) > case.level_set_at_ms
        return Reason.FALL_NOTED if fresh else Reason.NOTHING_NEW
    # As much as before, or too much unknown to say: no ground for a fall any more.
    return Reason.FALL_WITHDRAWN if case.assessment_decision_id else Reason.NOTHING_NEW


def apply_refusal(subject: SubjectCases, refusal: LoweringRefused, rules: Rules) -> Decision:
    """A lowering that scoring did not follow: the case goes back to the level in force, and its owner is told."""
    case = subject.case(refusal.case_id)
    if case is None:
        return nothing(subject, Reason.UNKNOWN_CASE)
    if refusal.refusal_id in case.applied_ids:
        return nothing(subject, Reason.DUPLICATE)
    if refusal.level <= case.level:
        return nothing(subject, Reason.NOTHING_NEW)
    cause = Cause(refusal.refusal_id, MACHINE, max(refusal.at_ms, case.opened_at_ms))
    draft = Draft(case, cause, rules.policies.of_case(case.policy_version), rules)
    if case.is_open:
        raise_level(draft, refusal.level, Reason.LOWERING_NOT_FOLLOWED)
    else:
        draft.change(level=refusal.level, level_set_at_ms=draft.now_ms, **NO_GROUND)
        draft.write(EntryType.LEVEL_RAISED, Reason.LOWERING_NOT_FOLLOWED)
        draft.tell(NoticeKind.LEVEL_RAISED, case.owner_id)
    return draft.finish(subject, Reason.LOWERING_NOT_FOLLOWED)


def raise_level(
    draft: Draft,
    level: Level,
    reason: Reason,
    entry_reason: str = "",
    change: LevelChange | None = None,
) -> None:
    """Raise an open case: its acknowledgement is owed afresh, by the tier of the new level.

    Responsibility never moves down: a case that had climbed higher stays where it is.
    """
    draft.change(
        level=level,
        level_set_at_ms=draft.now_ms,
        status=CaseStatus.OPENED,
        acknowledgements=(),
        reads=(),
        **NO_GROUND,
    )
    duty, case = draft.duty, draft.case
    former = case.owner_id
    to = draft.appoint(duty.tier) if duty.tier > case.tier else None
    if to is not None:
        draft.hand_over(to)
    resolve_due = min(case.resolve_due_ms, draft.due(duty.resolve_within))
    draft.change(resolve_due_ms=resolve_due)
    draft.await_act(NextAct.ACKNOWLEDGE, draft.due(duty.acknowledge_within))
    draft.write(
        EntryType.LEVEL_RAISED,
        entry_reason or reason,
        recipient_id=draft.case.owner_id,
        change=change,
    )
    if to is None:
        for one in (former, *draft.co_acknowledgers()):
            draft.tell(NoticeKind.LEVEL_RAISED, one)
    else:
        draft.tell_hand_over(to, former, NoticeKind.LEVEL_RAISED)


def raise_resolved(draft: Draft, level: Level, code: str, change: LevelChange) -> None:
    """A person sees more than the resolved case left behind: its level rises, and a new case is opened for it."""
    draft.change(level=level, level_set_at_ms=draft.now_ms, **NO_GROUND)
    draft.write(EntryType.LEVEL_RAISED, code, change=change)
    draft.then = Finding(
        decision_id=derived_id(draft.cause.cause_id, "reopened"),
        subject_id=draft.case.subject_id,
        jurisdiction_code=draft.case.jurisdiction_code,
        pack_id=draft.case.pack_id,
        level=level,
        computed_level=level,
        reason=FindingReason.RAISED,
        from_incident=False,
        has_contribution=True,
        at_ms=draft.now_ms,
        triggers=draft.case.triggers,
        seen_by=draft.cause.actor_id,
    )


def _cause(finding: Finding) -> Cause:
    return Cause(
        finding.decision_id,
        finding.seen_by or MACHINE,
        finding.at_ms,
        finding.accepted_at_ms,
        finding.trace_id,
    )
