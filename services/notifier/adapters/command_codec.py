"""Acts of officials as commands on the wire."""

from __future__ import annotations

from collections.abc import Sequence

from sanse.escalation.v1 import cases_pb2
from services.notifier.domain.acts import Act, ActKind


def command_batch(lane: int, act: Act) -> bytes:
    """The value of a record on the commands topic for one human act."""
    command = cases_pb2.Command(
        command_id=act.command_id,
        case_id=act.case_id,
        subject_id=act.subject_id,
        actor_id=act.official_id,
        at_ms=act.at_ms,
        via=act.via,
    )
    if act.kind is ActKind.ACKNOWLEDGE:
        command.acknowledge.SetInParent()
    elif act.kind is ActKind.VISIT:
        command.record_visit.SetInParent()
    elif act.kind is ActKind.READ:
        command.note_read.SetInParent()
    elif act.kind is ActKind.ASK_SUPPORT:
        command.ask_support.SetInParent()
    elif act.kind is ActKind.FULFIL:
        command.fulfil_duty.duty_id = act.duty_id
    else:
        command.resolve.how = act.how
    return cases_pb2.CommandBatch(lane=lane, commands=[command]).SerializeToString()


def read_commands(value: bytes) -> Sequence[cases_pb2.Command]:
    """The commands of a record, for those who check what was written."""
    return cases_pb2.CommandBatch.FromString(value).commands
