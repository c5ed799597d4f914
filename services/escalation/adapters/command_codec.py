"""What a person or the clock orders, from protobuf to domain facts, and the clock's own order back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.ids import derived_id
from services.escalation.adapters.numbers import LEVELS, NEXT_ACTS
from services.escalation.domain.messages import (
    CLOCK,
    Acknowledge,
    Act,
    ApproveLowering,
    AskSupport,
    Command,
    DeadlineReached,
    FulfilDuty,
    RaiseLevel,
    Reassign,
    RecordVisit,
    ReplyNotice,
    RequestLowering,
    Resolve,
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


def _sealed(act: pb.RecordVisit | pb.Resolve | pb.FulfilDuty | pb.ReplyNotice) -> bytes:
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
    "deadline_reached": lambda act: DeadlineReached(
        NEXT_ACTS[act.next_act], act.due_ms, act.ladder_step
    ),
}
