"""Records as scoring and people write them, and a handler that reads them."""

from __future__ import annotations

from typing import Any

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.intake.v1 import events_pb2
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2, triage_pb2
from services.common.lane_types import LaneOutcome, LaneRecord, Outgoing
from services.common.lanes import lane_of
from services.common.topics import Topic, TopicNames
from services.escalation.service.handler import EscalationHandler
from tests.unit.escalation.desk import GRID, START_MS, rules


def decision(number: int, subject_id: str, level: int, **details: Any) -> risk_pb2.RiskDecision:
    """A risk decision with one hit."""
    found = risk_pb2.RiskDecision(
        decision_id=f"d{number}",
        subject_id=subject_id,
        jurisdiction_code=GRID,
        pack_id="household_dispute",
        level=level,  # type: ignore[arg-type]
        computed_level=level,  # type: ignore[arg-type]
        reason=risk_pb2.DECISION_REASON_FIRST_RATING,
        decided_at_ms=START_MS,
        accepted_at_ms=START_MS - 20,
        event_kind="assessment",
        contributions=[risk_pb2.Contribution(indicator_id="threats", answer=1, points=3)],  # type: ignore[arg-type]
    )
    for name, value in details.items():
        setattr(found, name, value)
    return found


def command(number: int, case: pb.Case, actor_id: str, **act: Any) -> pb.Command:
    """A command with one act."""
    return pb.Command(
        command_id=f"c{number}",
        case_id=case.case_id,
        subject_id=case.subject_id,
        actor_id=actor_id,
        at_ms=START_MS + number,
        via="test",
        **act,
    )


def risk_value(*decisions: risk_pb2.RiskDecision) -> bytes:
    """A record value on the risk topic."""
    lane = lane_of(decisions[0].subject_id)
    return risk_pb2.RiskBatch(lane=lane, decisions=decisions).SerializeToString()


def triage_decision(number: int, subject_id: str, *departments: str) -> triage_pb2.TriageDecision:
    """A triage decision, the first department in the lead; without any, reported up to the township."""
    tiers = {"police_station": 2, "womens_federation": 3}
    return triage_pb2.TriageDecision(
        triage_id=f"t{number}",
        subject_id=subject_id,
        jurisdiction_code=GRID,
        tier=2,  # type: ignore[arg-type]
        departments=[
            triage_pb2.DepartmentTask(department_id=name, tier=tiers[name], lead=not at)  # type: ignore[arg-type]
            for at, name in enumerate(departments)
        ],
        decided_at_ms=START_MS,
        accepted_at_ms=START_MS,
        accept_due_ms=START_MS + 7_200_000,
        finish_due_ms=START_MS + 86_400_000,
    )


def triage_value(*decisions: triage_pb2.TriageDecision) -> bytes:
    """A record value on the triage topic."""
    lane = lane_of(decisions[0].subject_id)
    return triage_pb2.TriageBatch(lane=lane, decisions=decisions).SerializeToString()


def event(number: int, subject_id: str, **body: Any) -> events_pb2.Event:
    """An event as intake writes it."""
    return events_pb2.Event(
        event_id=f"e{number}",
        source="test",
        source_id=f"{number}",
        occurred_at_ms=START_MS,
        accepted_at_ms=START_MS,
        jurisdiction_code=GRID,
        subject_id=subject_id,
        trace_id=f"{number:032d}",
        **body,
    )


def event_value(*events: events_pb2.Event) -> bytes:
    """A record value on the event topic."""
    lane = lane_of(events[0].subject_id)
    return events_pb2.EventBatch(lane=lane, events=events).SerializeToString()


def command_value(*commands: pb.Command) -> bytes:
    """A record value on the command topic."""
    lane = lane_of(commands[0].subject_id)
    return pb.CommandBatch(lane=lane, commands=commands).SerializeToString()


class Lane:
    """A handler with its state in memory; every record's outputs are kept, as the log would."""

    def __init__(self, subject_id: str, names: TopicNames | None = None) -> None:
        self.names = names or TopicNames()
        self.handler = EscalationHandler(rules(), self.names)
        self.lane = lane_of(subject_id)
        self.subject_id = subject_id
        self.state: dict[str, bytes] = {}
        self.ledger: list[bytes] = []
        self.notices: list[notify_pb2.Notice] = []
        self.offsets: dict[Topic, int] = {}

    def takes(self, topic: Topic, value: bytes) -> LaneOutcome:
        """Read a record, keep what it led to."""
        outcome = self.tries(topic, value)
        self.offsets[topic] = self.offsets.get(topic, -1) + 1
        self.writes(outcome)
        for key, stored in outcome.puts.items():
            if stored is not None:
                self.state[key] = stored
        return outcome

    def tries(self, topic: Topic, value: bytes) -> LaneOutcome:
        """Read a record without keeping anything: the state write that never came."""
        offset = self.offsets.get(topic, -1) + 1
        record = LaneRecord(self.names(topic), 0, offset, self.lane, value)
        decoded = self.handler.decode(record)
        state = {key: self.state[key] for key in self.handler.wanted(decoded) if key in self.state}
        return self.handler.decide(record, decoded, state, 0)

    def writes(self, outcome: LaneOutcome) -> None:
        """What reaches the log."""
        self.ledger += [out.value for out in outcome.outputs if out.topic is Topic.CASES]
        for out in outcome.outputs:
            if out.topic is Topic.NOTICES:
                self.notices += notify_pb2.NoticeBatch.FromString(out.value).notices

    def cases(self) -> list[pb.Case]:
        """The subject's cases."""
        value = self.state.get(f"s:{self.subject_id}", b"")
        return list(pb.SubjectCases.FromString(value).cases)

    def events(self) -> list[pb.CaseEvent]:
        """The ledger's entries in the order written."""
        return [e for value in self.ledger for e in pb.CaseEventBatch.FromString(value).events]


def outputs_of(outcome: LaneOutcome, topic: Topic) -> list[Outgoing]:
    """The outputs to one topic."""
    return [out for out in outcome.outputs if out.topic is topic]
