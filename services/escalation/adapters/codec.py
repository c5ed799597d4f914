"""Protobuf on one side, domain facts on the other; nothing else in this service knows both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2, triage_pb2
from services.common.ids import derived_id
from services.common.terms import Answer, Level, NoticeColour, Tier
from services.escalation.domain.cases import (
    Case,
    CaseStatus,
    LegalDutyOwed,
    LoweringWaiting,
    NextAct,
    NoticeIssued,
    SubjectCases,
)
from services.escalation.domain.events import LedgerEntry, LevelChange, NoticeOwed
from services.escalation.domain.messages import (
    CLOCK,
    Acknowledge,
    Act,
    ApproveLowering,
    Command,
    DeadlineReached,
    Finding,
    FindingReason,
    FulfilDuty,
    LegalDuty,
    LoweringRefused,
    RaiseLevel,
    Reassign,
    RecordVisit,
    ReplyNotice,
    RequestLowering,
    Resolve,
    TriageFinding,
    WithdrawNotice,
)

# Enum members by number: a dictionary is several times faster than calling the enum, and a number
# of a newer protocol is a KeyError, which the handler reports as a poison record.
_LEVELS = {level.value: level for level in Level}
_TIERS = {tier.value: tier for tier in Tier}
_COLOURS = {colour.value: colour for colour in NoticeColour}
_REASONS = {reason.value: reason for reason in FindingReason}
_STATUSES = {status.value: status for status in CaseStatus}
_NEXT_ACTS = {0: NextAct.NONE} | {act.value: act for act in NextAct}
_CANNOT_RATE = risk_pb2.DECISION_REASON_CANNOT_RATE
_UNANSWERED = (Answer.NOT_ASKED.value, Answer.UNKNOWN.value)


def finding_from(decision: risk_pb2.RiskDecision) -> Finding:
    """A risk decision as far as duties follow from it."""
    return Finding(
        decision_id=decision.decision_id,
        subject_id=decision.subject_id,
        jurisdiction_code=decision.jurisdiction_code,
        pack_id=decision.pack_id,
        round_id=decision.round_id,
        level=_LEVELS[decision.level],
        computed_level=_LEVELS[decision.computed_level],
        reason=_REASONS[decision.reason],
        from_incident=decision.event_kind == "incident",
        has_contribution=any(hit.answer not in _UNANSWERED for hit in decision.contributions),
        at_ms=decision.decided_at_ms,
        triggers=tuple(decision.triggers),
        accepted_at_ms=decision.accepted_at_ms,
        trace_id=decision.trace_id,
        legal_duties=tuple(LegalDuty(one.duty_id, one.due_ms) for one in decision.legal_duties),
        visit_by_ms=decision.reassess_due_ms if decision.reason == _CANNOT_RATE else 0,
        made_at_ms=decision.occurred_at_ms,
        highest_possible=_LEVELS[decision.highest_possible],
        lowering_from_ms=decision.lowering_from_ms,
    )


def refusal_from(refused: risk_pb2.ChangeRefused) -> LoweringRefused:
    """A lowering that scoring did not follow."""
    return LoweringRefused(
        refusal_id=refused.refusal_id,
        case_id=refused.case_id,
        subject_id=refused.subject_id,
        level=_LEVELS[refused.level],
        at_ms=refused.at_ms,
    )


def triage_findings_from(decision: triage_pb2.TriageDecision) -> list[TriageFinding]:
    """A triage decision as far as duties follow from it: one for each department, or one for the centre."""
    tasks = [(task.department_id, task.tier) for task in decision.departments]
    return [
        TriageFinding(
            finding_id=derived_id(decision.triage_id, department),
            subject_id=decision.subject_id,
            jurisdiction_code=decision.jurisdiction_code,
            department=department,
            tier=_TIERS[tier],
            at_ms=decision.decided_at_ms,
            accept_due_ms=decision.accept_due_ms,
            finish_due_ms=decision.finish_due_ms,
            accepted_at_ms=decision.accepted_at_ms,
            trace_id=decision.trace_id,
        )
        for department, tier in tasks or [("", decision.tier)]
    ]


def command_from(command: pb.Command) -> Command:
    """A command; one with an act not known here keeps `act` None and is refused with a reason."""
    kind = command.WhichOneof("act")
    read = _ACT_READERS.get(kind) if kind else None
    return Command(
        command_id=command.command_id,
        case_id=command.case_id,
        subject_id=command.subject_id,
        actor_id=command.actor_id,
        at_ms=command.at_ms,
        act=read(getattr(command, str(kind))) if read else None,
        via=command.via,
    )


def deadline_command(case: pb.Case, now_ms: int) -> pb.Command:
    """What the clock writes to the log when a deadline has passed; its id names the rung it is about."""
    return pb.Command(
        command_id=derived_id(case.case_id, case.next_act, case.ladder_due_ms, case.ladder_step),
        case_id=case.case_id,
        subject_id=case.subject_id,
        actor_id=CLOCK,
        at_ms=now_ms,
        via=CLOCK,
        deadline_reached=pb.DeadlineReached(
            next_act=case.next_act, due_ms=case.ladder_due_ms, ladder_step=case.ladder_step
        ),
    )


def subject_from(value: bytes, lane: int) -> SubjectCases:
    """All cases of one subject from their stored bytes."""
    stored = pb.SubjectCases.FromString(value)
    return SubjectCases(stored.subject_id, lane, tuple(case_from(case) for case in stored.cases))


def subject_to(subject: SubjectCases) -> bytes:
    """All cases of one subject as bytes to store."""
    cases = [case_to(case) for case in subject.cases]
    return pb.SubjectCases(subject_id=subject.subject_id, cases=cases).SerializeToString()


def case_from(case: pb.Case) -> Case:
    """A case as facts."""
    return Case(
        case_id=case.case_id,
        case_no=case.case_no,
        subject_id=case.subject_id,
        lane=case.lane,
        jurisdiction_code=case.jurisdiction_code,
        pack_id=case.pack_id,
        round_id=case.round_id,
        level=_LEVELS[case.level],
        status=_STATUSES[case.status],
        tier=_TIERS[case.tier],
        owner_id=case.owner_id,
        owner_reason=case.owner_reason,
        policy_version=case.policy_version,
        next_act=_NEXT_ACTS[case.next_act],
        next_due_ms=case.next_due_ms,
        ladder_due_ms=case.ladder_due_ms,
        opened_at_ms=case.opened_at_ms,
        level_set_at_ms=case.level_set_at_ms,
        resolve_due_ms=case.resolve_due_ms,
        decision_id=case.decision_id,
        triggers=tuple(case.triggers),
        ladder_step=case.ladder_step,
        acknowledged_at_ms=case.acknowledged_at_ms,
        first_visit_at_ms=case.first_visit_at_ms,
        last_visit_at_ms=case.last_visit_at_ms,
        resolved_at_ms=case.resolved_at_ms,
        visits=case.visits,
        notices=tuple(_issued_from(notice) for notice in case.notices),
        lowering=_lowering_from(case.lowering) if case.HasField("lowering") else None,
        assessment_decision_id=case.assessment_decision_id,
        assessment_level=_LEVELS[case.assessment_level],
        assessment_supports=_LEVELS[case.assessment_supports],
        lowering_from_ms=case.lowering_from_ms,
        applied_ids=tuple(case.applied_ids),
        ledger_length=case.ledger_length,
        ledger_head=case.ledger_head,
        legal_duties=tuple(_owed_from(owed) for owed in case.legal_duties),
        after_duty_act=_NEXT_ACTS[case.after_duty_act],
        after_duty_due_ms=case.after_duty_due_ms,
        visit_by_ms=case.visit_by_ms,
    )


def case_to(case: Case) -> pb.Case:
    """A case as a message."""
    return pb.Case(
        case_id=case.case_id,
        case_no=case.case_no,
        subject_id=case.subject_id,
        lane=case.lane,
        jurisdiction_code=case.jurisdiction_code,
        pack_id=case.pack_id,
        round_id=case.round_id,
        level=_number(case.level),
        status=_number(case.status),
        tier=_number(case.tier),
        owner_id=case.owner_id,
        owner_reason=case.owner_reason,
        policy_version=case.policy_version,
        next_act=_number(case.next_act),
        next_due_ms=case.next_due_ms,
        ladder_due_ms=case.ladder_due_ms,
        opened_at_ms=case.opened_at_ms,
        level_set_at_ms=case.level_set_at_ms,
        resolve_due_ms=case.resolve_due_ms,
        decision_id=case.decision_id,
        triggers=case.triggers,
        ladder_step=case.ladder_step,
        acknowledged_at_ms=case.acknowledged_at_ms,
        first_visit_at_ms=case.first_visit_at_ms,
        last_visit_at_ms=case.last_visit_at_ms,
        resolved_at_ms=case.resolved_at_ms,
        visits=case.visits,
        notices=[_issued_to(notice) for notice in case.notices],
        lowering=_lowering_to(case.lowering) if case.lowering else None,
        assessment_decision_id=case.assessment_decision_id,
        assessment_level=_number(case.assessment_level),
        assessment_supports=_number(case.assessment_supports),
        lowering_from_ms=case.lowering_from_ms,
        applied_ids=case.applied_ids,
        ledger_length=case.ledger_length,
        ledger_head=case.ledger_head,
        legal_duties=[_owed_to(owed) for owed in case.legal_duties],
        after_duty_act=_number(case.after_duty_act),
        after_duty_due_ms=case.after_duty_due_ms,
        visit_by_ms=case.visit_by_ms,
    )


def entry_to(entry: LedgerEntry, event_id: str, prev_hash: bytes) -> pb.CaseEvent:
    """A ledger entry as a message, not yet sealed."""
    return pb.CaseEvent(
        case_event_id=event_id,
        case_id=entry.case_id,
        sequence=entry.sequence,
        type=_number(entry.type),
        at_ms=entry.at_ms,
        actor_id=entry.actor_id,
        cause_id=entry.cause_id,
        reason=entry.reason,
        level=_number(entry.level),
        tier=_number(entry.tier),
        colour=_number(entry.colour),
        serial_no=entry.serial_no,
        recipient_id=entry.recipient_id,
        remarks=common_pb2.SealedText.FromString(entry.remarks) if entry.remarks else None,
        prev_hash=prev_hash,
        duty_id=entry.duty_id,
        reply_due_ms=entry.reply_due_ms,
        change=_change_to(entry.change) if entry.change else None,
    )


def _change_to(change: LevelChange) -> pb.LevelChange:
    return pb.LevelChange(
        subject_id=change.subject_id,
        pack_id=change.pack_id,
        from_level=_number(change.from_level),
        requested_by=change.requested_by,
        approved_by=change.approved_by,
        assessment_decision_id=change.assessment_decision_id,
    )


def notice_to(notice: NoticeOwed) -> notify_pb2.Notice:
    """A notice as a message."""
    return notify_pb2.Notice(
        notice_id=notice.notice_id,
        case_id=notice.case_id,
        case_no=notice.case_no,
        subject_id=notice.subject_id,
        kind=_number(notice.kind),
        colour=_number(notice.colour),
        serial_no=notice.serial_no,
        level=_number(notice.level),
        tier=_number(notice.tier),
        recipient_id=notice.recipient_id,
        jurisdiction_code=notice.jurisdiction_code,
        act=_number(notice.act),
        act_due_ms=notice.act_due_ms,
        created_at_ms=notice.created_at_ms,
        accepted_at_ms=notice.accepted_at_ms,
        trace_id=notice.trace_id,
        pack_id=notice.pack_id,
        duty_ids=notice.duty_ids,
    )


def _number(member: Any) -> Any:
    """An enum member as the typed stubs want it: they know their own enums only, whose numbers are the same."""
    return member


def _owed_from(owed: pb.LegalDutyOwed) -> LegalDutyOwed:
    return LegalDutyOwed(
        owed.duty_id, owed.due_ms, owed.decision_id, owed.fulfilled_at_ms, owed.fulfilled_by
    )


def _owed_to(owed: LegalDutyOwed) -> pb.LegalDutyOwed:
    return pb.LegalDutyOwed(
        duty_id=owed.duty_id,
        due_ms=owed.due_ms,
        decision_id=owed.decision_id,
        fulfilled_at_ms=owed.fulfilled_at_ms,
        fulfilled_by=owed.fulfilled_by,
    )


def _issued_from(notice: pb.NoticeIssued) -> NoticeIssued:
    return NoticeIssued(
        notice.notice_id,
        _COLOURS[notice.colour],
        notice.serial_no,
        notice.issued_at_ms,
        notice.recipient_id,
        _TIERS[notice.tier],
        notice.reply_due_ms,
        notice.answered_at_ms,
        notice.answered_by,
        notice.withdrawn_at_ms,
        notice.withdrawn_by,
    )


def _issued_to(notice: NoticeIssued) -> pb.NoticeIssued:
    return pb.NoticeIssued(
        notice_id=notice.notice_id,
        colour=_number(notice.colour),
        serial_no=notice.serial_no,
        issued_at_ms=notice.issued_at_ms,
        recipient_id=notice.recipient_id,
        tier=_number(notice.tier),
        reply_due_ms=notice.reply_due_ms,
        answered_at_ms=notice.answered_at_ms,
        answered_by=notice.answered_by,
        withdrawn_at_ms=notice.withdrawn_at_ms,
        withdrawn_by=notice.withdrawn_by,
    )


def _lowering_from(request: pb.LoweringRequest) -> LoweringWaiting:
    return LoweringWaiting(
        request.requested_by,
        _LEVELS[request.to_level],
        request.reason,
        request.requested_at_ms,
        request.assessment_decision_id,
    )


def _lowering_to(waiting: LoweringWaiting) -> pb.LoweringRequest:
    return pb.LoweringRequest(
        requested_by=waiting.requested_by,
        to_level=_number(waiting.to_level),
        reason=waiting.reason,
        requested_at_ms=waiting.requested_at_ms,
        assessment_decision_id=waiting.assessment_decision_id,
    )


def _sealed(act: pb.RecordVisit | pb.Resolve | pb.FulfilDuty | pb.ReplyNotice) -> bytes:
    return act.remarks.SerializeToString() if act.HasField("remarks") else b""


_ACT_READERS: dict[str, Callable[[Any], Act]] = {
    "acknowledge": lambda _: Acknowledge(),
    "record_visit": lambda act: RecordVisit(_sealed(act)),
    "fulfil_duty": lambda act: FulfilDuty(act.duty_id, _sealed(act)),
    "resolve": lambda act: Resolve(act.how, _sealed(act)),
    "reassign": lambda act: Reassign(act.to_official_id, act.reason),
    "raise_level": lambda act: RaiseLevel(_LEVELS[act.level], act.reason),
    "request_lowering": lambda act: RequestLowering(
        _LEVELS[act.to_level], act.assessment_decision_id, act.reason
    ),
    "approve_lowering": lambda _: ApproveLowering(),
    "reply_notice": lambda act: ReplyNotice(act.serial_no, _sealed(act)),
    "withdraw_notice": lambda act: WithdrawNotice(act.serial_no, act.reason),
    "deadline_reached": lambda act: DeadlineReached(
        _NEXT_ACTS[act.next_act], act.due_ms, act.ladder_step
    ),
}
