"""What a person or the clock orders, from protobuf to domain facts, and the clock's own order back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.ids import derived_id
from services.escalation.adapters.numbers import ALARMS, EVIDENCE, LEVELS, NEXT_ACTS, number
from services.escalation.domain.messages import (
    CLOCK,
    AcceptReassignment,
    Acknowledge,
    Act,
    AddEvidence,
    Alarm,
    ApproveClosing,
    ApproveLowering,
    AskSupport,
    ChangePolicy,
    Command,
    DeadlineReached,
    DeclineReassignment,
    FulfilDuty,
    NoteRead,
    NumberAllotted,
    RaiseLevel,
    Reassign,
    RecordVisit,
    ReplyNotice,
    ReplyOverdue,
    RequestLowering,
    Resolve,
    ReturnClosing,
    WithdrawNotice,
)


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


def next_alarm(case: pb.Case) -> tuple[int, Alarm]:
    """The time at which the clock must act next, and what it is; 0 when it need not."""
    times = [
        (case.ladder_due_ms, Alarm.LADDER),
        (case.remind_ms, Alarm.REMINDER),
        (case.offer.accept_due_ms, Alarm.OFFER),
    ]
    return min((one for one in times if one[0]), default=times[0])


def deadline_command(case: pb.Case, now_ms: int) -> pb.Command:
    """What the clock writes to the log when a time has passed; its id names the rung or the time it is about."""
    due_ms, alarm = next_alarm(case)
    about = (case.next_act, due_ms, case.ladder_step) if not alarm else (alarm.name, due_ms)
    return pb.Command(
        command_id=derived_id(case.case_id, *about),
        case_id=case.case_id,
        subject_id=case.subject_id,
        actor_id=CLOCK,
        at_ms=now_ms,
        via=CLOCK,
        deadline_reached=pb.DeadlineReached(
            next_act=case.next_act,
            due_ms=due_ms,
            ladder_step=case.ladder_step,
            alarm=number(alarm),
        ),
    )


def chase_command(case: pb.Case, notice: pb.NoticeIssued, now_ms: int) -> pb.Command:
    """What the clock writes to the log when the answer to a notice is missing; its id names the step it is about."""
    step = notice.chase_step
    return pb.Command(
        command_id=derived_id(notice.notice_id, "chase", notice.chase_due_ms, step),
        case_id=case.case_id,
        subject_id=case.subject_id,
        actor_id=CLOCK,
        at_ms=now_ms,
        via=CLOCK,
        reply_overdue=pb.ReplyOverdue(
            notice_id=notice.notice_id, due_ms=notice.chase_due_ms, chase_step=step
        ),
    )


def _sealed(
    act: pb.RecordVisit | pb.Resolve | pb.FulfilDuty | pb.ReplyNotice | pb.AddEvidence,
) -> bytes:
    return act.remarks.SerializeToString() if act.HasField("remarks") else b""


_ACT_READERS: dict[str, Callable[[Any], Act]] = {
    "acknowledge": lambda _: Acknowledge(),
    "record_visit": lambda act: RecordVisit(_sealed(act)),
    "fulfil_duty": lambda act: FulfilDuty(act.duty_id, _sealed(act)),
    "resolve": lambda act: Resolve(act.how, _sealed(act)),
    "reassign": lambda act: Reassign(act.to_official_id, act.reason),
    "raise_level": lambda act: RaiseLevel(LEVELS[act.level], act.reason),
    "request_lowering": lambda act: RequestLowering(
        LEVELS[act.to_level], act.assessment_decision_id, act.reason
    ),
    "approve_lowering": lambda _: ApproveLowering(),
    "reply_notice": lambda act: ReplyNotice(act.serial_no, _sealed(act)),
    "withdraw_notice": lambda act: WithdrawNotice(act.serial_no, act.reason),
    "ask_support": lambda _: AskSupport(),
    "change_policy": lambda act: ChangePolicy(
        act.from_version, act.to_version, act.proposed_by, act.approved_by
    ),
    "number_allotted": lambda act: NumberAllotted(act.notice_id, act.official_no),
    "reply_overdue": lambda act: ReplyOverdue(act.notice_id, act.due_ms, act.chase_step),
    "add_evidence": lambda act: AddEvidence(EVIDENCE[act.kind], act.sha256, _sealed(act)),
    "approve_closing": lambda _: ApproveClosing(),
    "return_closing": lambda act: ReturnClosing(act.reason),
    "deadline_reached": lambda act: DeadlineReached(
        NEXT_ACTS[act.next_act], act.due_ms, act.ladder_step, ALARMS[act.alarm]
    ),
    "note_read": lambda _: NoteRead(),
    "accept_reassignment": lambda _: AcceptReassignment(),
    "decline_reassignment": lambda act: DeclineReassignment(act.reason),
}
