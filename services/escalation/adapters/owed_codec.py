"""What events put on somebody, from protobuf to domain facts: grievances, and what is entered on a list."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from sanse.escalation.v1 import owed_events_pb2 as pb
from services.escalation.domain.messages import Origin, Owed

# A grievance whose channel was not given, and a task whose list was not named.
_CHANNEL, _LIST = "other", "task"


def holds_owed(value: bytes) -> bool:
    """Whether a record of events holds anything that is owed; bulks of assessments do not, and are passed by.

    Bytes that are no batch are wanted, so that they are reported where every record's faults are.
    """
    try:
        batch = pb.OwedEventBatch.FromString(value)
    except DecodeError:
        return True
    return any(event.WhichOneof("body") for event in batch.events)


def owed_by_events(value: bytes) -> list[Owed]:
    """What a record of events puts on somebody."""
    events = pb.OwedEventBatch.FromString(value).events
    return [_owed(event) for event in events if event.WhichOneof("body")]


def _owed(event: pb.OwedEvent) -> Owed:
    grievance, task = event.grievance, event.task_assigned
    by_grievance = event.HasField("grievance")
    return Owed(
        cause_id=event.event_id,
        origin=Origin.GRIEVANCE if by_grievance else Origin.TASK,
        detail=(grievance.channel or _CHANNEL) if by_grievance else (task.kind or _LIST),
        subject_id=event.subject_id,
        jurisdiction_code=event.jurisdiction_code,
        at_ms=event.accepted_at_ms,
        occurred_at_ms=event.occurred_at_ms,
        unit=task.unit_id,
        finish_due_ms=grievance.reply_due_ms if by_grievance else task.due_ms,
        accepted_at_ms=event.accepted_at_ms,
        trace_id=event.trace_id,
    )
