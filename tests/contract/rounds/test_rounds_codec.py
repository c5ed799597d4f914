"""What the reader of the three topics takes from each record, and what it leaves."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import rounds_pb2
from services.common.ids import derived_id
from services.common.topics import Topic
from services.risk_scoring.adapters.rounds_codec import RoundsReader, id_bytes
from services.risk_scoring.domain.round_counts import NOTHING, Counts
from services.risk_scoring.domain.rounds import RoundsFold
from tests.unit.risk_scoring.test_rounds import GRIDS, ROUND

HOME = "H" + "A" * 20
GRID = GRIDS[0]


def _reader(as_of_ms: int = 10_000) -> RoundsReader:
    return RoundsReader(RoundsFold([ROUND]), as_of_ms)


def _entry(at_ms: int, **details: object) -> bytes:
    batch = rounds_pb2.RegisterBatch(
        round_id="r1", file_id=derived_id("file", at_ms), registered_at_ms=at_ms
    )
    state = rounds_pb2.REGISTER_STATE_REGISTERED
    facts: dict[str, object] = {"household_id": HOME, "grid_code": GRID, "state": state}
    batch.entries.add(**(facts | details))  # type: ignore[arg-type]
    return batch.SerializeToString()


def _event(name: str, accepted_at_ms: int, status: int, household: str = HOME) -> events_pb2.Event:
    event = events_pb2.Event(
        event_id=derived_id(name),
        occurred_at_ms=accepted_at_ms,
        accepted_at_ms=accepted_at_ms,
        jurisdiction_code=GRID,
        household_id=household,
    )
    event.assessment.round_id = "r1"
    event.assessment.status = status  # type: ignore[assignment]
    return event


def _batch(*events: events_pb2.Event) -> bytes:
    return events_pb2.EventBatch(events=events).SerializeToString()


def test_as_of_a_time_only_what_was_known_then_counts() -> None:
    """An entry, a report accepted later and a resolution later do not count before their time."""
    assessed = events_pb2.ASSESSMENT_STATUS_ASSESSED
    away = events_pb2.ASSESSMENT_STATUS_AWAY
    for as_of_ms, expected in (
        (99, NOTHING),
        (100, Counts(target=1)),
        (200, Counts(target=1, away=1)),
        (300, Counts(target=1, assessed=1)),
    ):
        reader = _reader(as_of_ms)
        reader.take(Topic.ROUNDS, _entry(100))
        reader.take(Topic.EVENTS, _batch(_event("a", 200, away), _event("b", 300, assessed)))
        assert reader.fold.counts("r1").get(GRID, NOTHING) == expected


def test_only_assessments_of_households_count() -> None:
    """Incidents, reports without a household and without a status leave the counts as they are."""
    reader = _reader()
    reader.take(Topic.ROUNDS, _entry(100))
    incident = events_pb2.Event(event_id=derived_id("i"), household_id=HOME, accepted_at_ms=1)
    incident.incident.category = "household_dispute"
    nobody = _event("n", 200, events_pb2.ASSESSMENT_STATUS_ASSESSED, household="")
    unsaid = _event("u", 200, events_pb2.ASSESSMENT_STATUS_UNSPECIFIED)
    reader.take(Topic.EVENTS, _batch(incident, nobody, unsaid))
    assert reader.fold.counts("r1") == {GRID: Counts(target=1)}
    assert reader.unreadable == 0


def test_a_household_that_left_before_the_round_is_not_expected() -> None:
    """Dates of moving and a retraction take effect as the round's dates say."""
    retracted = rounds_pb2.REGISTER_STATE_RETRACTED
    for details, target in (
        ({"moved_out_on": "2026-02-28"}, 0),
        ({"moved_out_on": "2026-03-01"}, 1),
        ({"moved_in_on": "2026-03-31"}, 0),
        ({"state": retracted}, 0),
    ):
        reader = _reader()
        reader.take(Topic.ROUNDS, _entry(100))
        reader.take(Topic.ROUNDS, _entry(200, **details))
        assert reader.fold.counts("r1").get(GRID, NOTHING).target == target


def test_records_that_cannot_be_read_are_counted_and_passed() -> None:
    """Garbage on any topic changes no count and is told."""
    reader = _reader()
    for topic in (Topic.ROUNDS, Topic.EVENTS, Topic.CASES):
        reader.take(topic, b"\xff\xff\xff")
    reader.take(Topic.ROUNDS, _entry(100))
    assert reader.unreadable == 3
    assert reader.fold.counts("r1") == {GRID: Counts(target=1)}


@given(st.uuids(), st.uuids())
def test_ids_sort_as_their_texts_do(one: UUID, other: UUID) -> None:
    """Bytes of ids compare as the ids themselves, and equal ids are equal bytes."""
    assert (id_bytes(str(one)) < id_bytes(str(other))) == (str(one) < str(other))
    assert len(id_bytes(f"no uuid {one}")) == 16


def test_another_round_of_the_same_household_is_another_row() -> None:
    """A report of a round that is not defined is named, and touches no other round."""
    reader = RoundsReader(RoundsFold([ROUND, replace(ROUND, id="r2", starts_ms=300)]))
    reader.take(Topic.ROUNDS, _entry(100))
    event = _event("a", 200, events_pb2.ASSESSMENT_STATUS_ASSESSED)
    event.assessment.round_id = "r2"
    stranger = _event("b", 200, events_pb2.ASSESSMENT_STATUS_ASSESSED)
    stranger.assessment.round_id = "r3"
    reader.take(Topic.EVENTS, _batch(event, stranger))
    assert reader.fold.counts("r1") == {GRID: Counts(target=1)}
    assert reader.fold.counts("r2") == {GRID: Counts(assessed_unregistered=1)}
    assert reader.fold.strangers == {"r3"}
