"""Reads and writes what follows a household that moved: from its lane to the lane it moved to."""

from __future__ import annotations

from typing import Any

from sanse.intake.v1 import events_pb2
from services.common.ids import derived_id
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.topics import Topic
from services.risk_scoring.adapters.profile_codec import read_state, write_state
from services.risk_scoring.domain.moves import Onward
from services.risk_scoring.domain.report import Carried, Move


def move(event: Any) -> Move:
    """Where a household or a person went."""
    body = event.household_move
    whole = body.who == events_pb2.MOVE_WHO_HOUSEHOLD
    return Move(body.to_household_id, body.to_jurisdiction_code, whole)


def carried(event: Any) -> Carried:
    """What came with a household that moved."""
    body = event.profile_carried
    return Carried(
        tuple(read_state(state) for state in body.packs),
        tuple(body.incident_times_ms),
        tuple(body.through),
    )


def outgoing(onward: Onward) -> Outgoing:
    """The event that carries it on, in the lane of the household moved to; its id follows from its cause."""
    cause, carried_ = onward.cause, onward.carried
    lane = lane_of(onward.to_subject_id)
    event_id = derived_id(cause.event_id, "carried", onward.to_subject_id)
    batch = events_pb2.EventBatch(lane=lane)
    event = batch.events.add(
        event_id=event_id,
        source="risk_scoring",
        source_id=cause.event_id,
        occurred_at_ms=cause.occurred_at_ms,
        accepted_at_ms=cause.accepted_at_ms,
        jurisdiction_code=onward.to_jurisdiction_code,
        household_id=onward.to_subject_id,
        subject_id=onward.to_subject_id,
        trace_id=cause.trace_id,
    )
    body = event.profile_carried
    for state in carried_.packs:
        write_state(body.packs.add(), state)
    body.incident_times_ms.extend(carried_.incident_times_ms)
    body.through.extend(carried_.through)
    return Outgoing(Topic.EVENTS, batch.SerializeToString(), lane=lane)
