"""EventBatch records as intake writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from services.common.ids import derived_id
from services.common.lane_types import LaneOutcome, LaneRecord
from services.common.lanes import lane_of
from services.risk_scoring.service.handler import ScoringHandler
from tests.unit.risk_scoring.makers import DAY_0

EVENTS_TOPIC = "test.events.v1"
DAY_MS = 86_400_000
_ANSWERS = {"yes": 1, "no": 2, "unknown": 3}


def answers(given: Mapping[str, str]) -> list[common_pb2.AnsweredIndicator]:
    """Answers as messages, in the order given."""
    return [
        common_pb2.AnsweredIndicator(
            indicator_id=name, answer=common_pb2.Answer.ValueType(_ANSWERS[value])
        )
        for name, value in given.items()
    ]


def event(name: str, subject: str = "H1", day: int = 0, **body: Any) -> events_pb2.Event:
    """An event with one body, made on a day and accepted a minute later."""
    return events_pb2.Event(
        event_id=derived_id("test", name),
        source="test",
        source_id=name,
        occurred_at_ms=DAY_0 + day * DAY_MS,
        accepted_at_ms=DAY_0 + day * DAY_MS + 60_000,
        jurisdiction_code="532301001001003",
        household_id=subject,
        subject_id=subject,
        trace_id="trace-1",
        **body,
    )


def assessment(
    name: str, given: Mapping[str, str], subject: str = "H1", day: int = 0, **fields: Any
) -> events_pb2.Event:
    """An assessment by the household pack unless another is named."""
    body = {"pack_id": "household_dispute", "round_id": "2026-1", "status": 1, **fields}
    return event(
        name, subject, day, assessment=events_pb2.Assessment(answers=answers(given), **body)
    )


def incident(
    name: str,
    category: str,
    given: Mapping[str, str],
    subject: str = "H1",
    day: int = 0,
    pack: str = "",
) -> events_pb2.Event:
    """An incident with facts."""
    body = events_pb2.Incident(category=category, pack_id=pack, facts=answers(given))
    return event(name, subject, day, incident=body)


def value(*events: events_pb2.Event, lane: int = 7) -> bytes:
    """The record value of a batch."""
    return events_pb2.EventBatch(lane=lane, events=events).SerializeToString()


def record(*events: events_pb2.Event, offset: int = 0, lane: int | None = None) -> LaneRecord:
    """A record of the lane of the first event's subject."""
    lane = lane_of(events[0].subject_id) if lane is None else lane
    return LaneRecord(EVENTS_TOPIC, 3, offset, lane, value(*events, lane=lane))


def apply(handler: ScoringHandler, state: dict[str, bytes], one: LaneRecord) -> LaneOutcome:
    """What the lane runtime does with a record; the state takes the puts."""
    decoded = handler.decode(one)
    wanted = {key: state[key] for key in handler.wanted(decoded) if key in state}
    outcome = handler.decide(one, decoded, wanted, 0)
    for key, put in outcome.puts.items():
        assert put is not None
        state[key] = put
    return outcome
