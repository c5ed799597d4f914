"""Escalation reads of events what is owed, and nothing else: assessments and incidents are passed by unread."""

from __future__ import annotations

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.escalation.v1 import owed_events_pb2
from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import reviews_pb2
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.escalation.adapters.obligation_file import load_all_policies
from services.escalation.adapters.owed_codec import holds_owed, owed_by_events
from services.escalation.domain.draft import Rules
from services.escalation.domain.messages import Origin
from services.escalation.service.handler import EscalationHandler
from tests.contract.escalation.records import (
    Lane,
    command,
    command_value,
    decision,
    event,
    event_value,
    risk_value,
)
from tests.unit.escalation.desk import (
    COUNTY,
    GRID,
    HOUSEHOLD,
    START_MS,
    TOWNSHIP,
    VILLAGE,
    rules,
)

SETTINGS = CommonSettings()
GRIEVANCE = events_pb2.Grievance(category="land", channel="village_day")
ASSESSMENT = events_pb2.Assessment(round_id="2026-1", pack_id="household_dispute")
HASH = bytes(32)


def shipped() -> Rules:
    """The shipped policies and kinds, with the desk's officials."""
    policies = load_all_policies(SETTINGS.policies_dir, SETTINGS.obligations_dir)
    base = rules()
    return Rules(policies, base.posts, base.is_workday)


def lane() -> Lane:
    """A lane of one household under the shipped kinds."""
    made = Lane(HOUSEHOLD)
    made.handler = EscalationHandler(shipped(), made.names)
    return made


def test_the_view_is_the_event_without_what_is_not_owed() -> None:
    """Each field of the view has the number and the type of the event's field of that name."""
    pairs = [
        (owed_events_pb2.OwedEvent.DESCRIPTOR, events_pb2.Event.DESCRIPTOR),
        (owed_events_pb2.OwedEventBatch.DESCRIPTOR, events_pb2.EventBatch.DESCRIPTOR),
    ]
    for view, whole in pairs:
        for field in view.fields:
            assert _shape(field) == _shape(whole.fields_by_name[field.name])
    assert {one.name for one in owed_events_pb2.OwedEvent.DESCRIPTOR.oneofs[0].fields} == {
        "grievance",
        "task_assigned",
    }


def _shape(field: FieldDescriptor) -> tuple[int, int, str]:
    kind: Descriptor | None = field.message_type
    inner = "" if kind is None or kind.name in ("Event", "OwedEvent") else kind.full_name
    return field.number, field.type, inner


def test_bulks_of_assessments_are_passed_by() -> None:
    """A record without anything owed is not wanted; one grievance among assessments is, and bytes that are none."""
    bulk = [event(n, HOUSEHOLD, assessment=ASSESSMENT) for n in range(50)]
    assert not holds_owed(event_value(*bulk))
    assert holds_owed(event_value(*bulk, event(99, HOUSEHOLD, grievance=GRIEVANCE)))
    assert holds_owed(b"\xff\xff")
    incident = event(1, HOUSEHOLD, incident=events_pb2.Incident(category="fight"))
    assert not holds_owed(event_value(incident))
    assert owed_by_events(event_value(*bulk, incident)) == []


def test_a_report_without_channel_or_list_has_one_all_the_same() -> None:
    """A grievance heard somewhere else is answered as such; a task without its list is of the task list."""
    grievance = event(1, HOUSEHOLD, grievance=events_pb2.Grievance(category="land"))
    task = event(2, HOUSEHOLD, task_assigned=events_pb2.TaskAssigned(task_no="T", unit_id="532301"))
    found = owed_by_events(event_value(grievance, task))
    assert [(one.origin, one.detail) for one in found] == [
        (Origin.GRIEVANCE, "other"),
        (Origin.TASK, "task"),
    ]


def test_a_grievance_stands_beside_the_risk_case_and_never_in_it() -> None:
    """Same household, same lane: two cases, the risk case byte for byte what it was, and no level raised."""
    mixed, alone = lane(), lane()
    for one in (mixed, alone):
        one.takes(Topic.RISK, risk_value(decision(1, HOUSEHOLD, 2)))
    value = event_value(event(1, HOUSEHOLD, grievance=GRIEVANCE))
    mixed.takes(Topic.EVENTS, value)
    mixed.takes(Topic.EVENTS, value)
    mixed.takes(Topic.RISK, risk_value(decision(2, HOUSEHOLD, 2, event_kind="incident")))
    alone.takes(Topic.RISK, risk_value(decision(2, HOUSEHOLD, 2, event_kind="incident")))
    risk, grievance = mixed.cases()
    (before,) = alone.cases()
    assert risk.SerializeToString(deterministic=True) == before.SerializeToString(
        deterministic=True
    )
    assert (grievance.obligation, grievance.level, grievance.owner_id) == (
        "grievance_village_day",
        common_pb2.LEVEL_UNSPECIFIED,
        VILLAGE,
    )
    notice = mixed.notices[1]
    assert (notice.obligation, notice.recipient_id) == ("grievance_village_day", VILLAGE)


def test_a_hazard_from_its_list_to_its_closing() -> None:
    """Entered, visited, shown by a hash, asked to close, agreed to; the ledger alone restores the case."""
    made = lane()
    hazard = events_pb2.TaskAssigned(task_no="H-1", kind="hidden_hazard")
    made.takes(Topic.EVENTS, event_value(event(1, HOUSEHOLD, task_assigned=hazard)))

    def does(number: int, who: str, **act: object) -> pb.Case:
        made.takes(Topic.COMMANDS, command_value(command(number, made.cases()[0], who, **act)))
        return made.cases()[0]

    does(1, TOWNSHIP, record_visit=pb.RecordVisit())
    evidence = pb.AddEvidence(kind=pb.EVIDENCE_KIND_DOCUMENT, sha256=HASH)
    does(2, TOWNSHIP, add_evidence=evidence)
    asked = does(3, TOWNSHIP, resolve=pb.Resolve(how="rectified"))
    assert (asked.owner_id, asked.closing.requested_by) == (COUNTY, TOWNSHIP)
    closed = does(4, COUNTY, approve_closing=pb.ApproveClosing())
    assert (closed.status, closed.owner_id) == (pb.CASE_STATUS_RESOLVED, TOWNSHIP)
    (shown,) = [one for one in made.events() if one.evidence_sha256]
    assert (shown.evidence_kind, shown.evidence_sha256) == (pb.EVIDENCE_KIND_DOCUMENT, HASH)
    fold = made.handler.fold()
    for value in made.ledger:
        fold.add(Topic.CASES, value)
    (restored,) = fold.finish()
    assert restored.outcome.puts[f"s:{HOUSEHOLD}"] == made.state[f"s:{HOUSEHOLD}"]
    assert restored.positions == {"sanse.events.v1": 0, "sanse.commands.v1": 3}


def test_a_review_that_scoring_opened_is_owed_by_the_county() -> None:
    """A near miss opens one review; a home that had been warned of opens none."""
    made = lane()
    serious = reviews_pb2.SeriousEvent(
        event_id="e1",
        subject_id=HOUSEHOLD,
        jurisdiction_code=GRID,
        kind="homicide",
        accepted_at_ms=START_MS,
    )
    opened = reviews_pb2.ReviewOpened(review_id="r1", event=serious)
    batch = reviews_pb2.ReviewBatch(lane=made.lane, opened=[opened], warned=[serious])
    made.takes(Topic.REVIEWS, batch.SerializeToString())
    (case,) = made.cases()
    assert (case.obligation, case.owner_id, case.decision_id) == ("near_miss_review", COUNTY, "r1")
