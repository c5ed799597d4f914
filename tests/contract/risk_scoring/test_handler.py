"""The handler on bytes: decisions and profiles out, duplicates dropped, state rebuilt from snapshots."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2
from services.common.ids import derived_id
from services.common.lane_types import LaneOutcome, LaneRecord, PoisonRecord
from services.common.topics import Topic
from services.risk_scoring.service.handler import ScoringHandler
from tests.contract.risk_scoring.batches import (
    EVENTS_TOPIC,
    apply,
    assessment,
    event,
    incident,
    record,
)
from tests.unit.risk_scoring.makers import HOUSEHOLD, PACKS, PARTNER, TRIAGE, row

ALL_NO = {one.id: "no" for one in HOUSEHOLD.indicators}


@pytest.fixture
def handler() -> ScoringHandler:
    """A handler with the shipped packs."""
    return ScoringHandler(PACKS, TRIAGE)


def decisions(outcome: LaneOutcome) -> list[risk_pb2.RiskDecision]:
    """The decisions of an outcome."""
    batches = [out.value for out in outcome.outputs if out.topic is Topic.RISK]
    assert len(batches) <= 1
    return [d for batch in batches for d in risk_pb2.RiskBatch.FromString(batch).decisions]


def test_decision_in_full(handler: ScoringHandler) -> None:
    """A decision carries rules, answers, weights, version, unknowns, bounds and what would change it."""
    given_answers = ALL_NO | {
        "debt_dispute": "yes",
        "physical_fight": "yes",
        "weapon_involved": "unknown",
    }
    one = record(assessment("1", given_answers, assessor_level=1), offset=41)
    outcome = apply(handler, {}, one)
    batch = risk_pb2.RiskBatch.FromString(outcome.outputs[0].value)
    assert (batch.lane, batch.source.topic, batch.source.partition, batch.source.offset) == (
        one.lane, EVENTS_TOPIC, 3, 41,
    )  # fmt: skip
    (decision,) = batch.decisions
    assert (decision.pack_id, decision.pack_version) == ("household_dispute", HOUSEHOLD.version)
    assert (decision.points, decision.yellow_at, decision.red_at) == (6, 5, 12)
    assert (decision.level, decision.computed_level, decision.previous_level) == (2, 2, 0)
    assert (decision.lowest_possible, decision.highest_possible) == (2, 3)
    assert decision.reason == risk_pb2.DECISION_REASON_FIRST_RATING
    assert [(c.indicator_id, c.answer, c.points, c.floor) for c in decision.contributions] == [
        ("physical_fight", 1, 4, 2),
        ("debt_dispute", 1, 2, 0),
        ("weapon_involved", 3, 6, 3),
    ]
    hits = row(HOUSEHOLD, "debt_dispute", "physical_fight", unknown=("weapon_involved",))
    assert decision.answers_packed == hits
    assert (decision.unknown_count, decision.next_question) == (1, "weapon_involved")
    change = decision.counterfactual
    assert (change.indicator_id, change.answer, change.level) == ("weapon_involved", 1, 3)
    assert list(decision.triggers) == ["physical_fight"]
    assert decision.decided_at_ms == decision.accepted_at_ms == decision.occurred_at_ms + 60_000
    assert (decision.event_kind, decision.round_id, decision.trace_id) == (
        "assessment",
        "2026-1",
        "trace-1",
    )
    assert decision.assessor_level == common_pb2.LEVEL_GREEN
    assert decision.reassess_due_ms == decision.occurred_at_ms + 720 * 3_600_000


def test_profile_is_state_and_snapshot(handler: ScoringHandler) -> None:
    """The snapshot on the profiles topic is the state put in Redis, and claims no position.

    One record has several snapshots: one of them being there does not prove the others are.
    """
    state: dict[str, bytes] = {}
    one = record(assessment("1", ALL_NO), incident("2", "debt_dispute", {}, day=3), offset=5)
    outcome = apply(handler, state, one)
    (snapshot,) = [out for out in outcome.outputs if out.topic is Topic.PROFILES]
    assert (snapshot.key, snapshot.value) == (b"H1", state["H1"])
    restored = handler.restore(Topic.PROFILES, snapshot.value)
    assert restored is not None
    assert (restored.lane, restored.outcome.puts) == (one.lane, state)
    assert restored.positions == {}
    profile = risk_pb2.HouseholdProfile.FromString(snapshot.value)
    assert (profile.revision, len(profile.incident_times_ms), len(profile.applied_event_ids)) == (
        2,
        1,
        2,
    )
    assert handler.restore(Topic.RISK, snapshot.value) is None


def test_same_record_twice(handler: ScoringHandler) -> None:
    """From the same state, a record gives the same bytes; upon its own state, nothing."""
    state: dict[str, bytes] = {}
    one = record(assessment("1", ALL_NO), incident("2", "family_violence", {}))
    first, again = apply(handler, dict(state), one), apply(handler, state, one)
    assert first == again
    assert apply(handler, state, one) == LaneOutcome([])


def test_grievances_leave_no_trace(handler: ScoringHandler) -> None:
    """Grievances, tasks, support visits and outcomes ask for no state and give no output."""
    one = record(
        event("1", grievance=events_pb2.Grievance(category="land")),
        event("2", task_assigned=events_pb2.TaskAssigned(task_no="T")),
        event("3", support_visit=events_pb2.SupportVisit(plan_id="P")),
        event("4", outcome=events_pb2.Outcome(kind="resolved")),
        event("5"),
    )
    assert handler.wanted(handler.decode(one)) == []
    assert apply(handler, {}, one) == LaneOutcome([])


def test_incident_implies_its_kind(handler: ScoringHandler) -> None:
    """A domestic violence incident answers what its kind implies, unless the facts say no."""
    implied = decisions(apply(handler, {}, record(incident("1", "domestic_violence", {}))))[0]
    assert (implied.pack_id, implied.event_kind) == ("partner_violence", "incident")
    assert list(implied.triggers) == ["physical_violence"]
    assert (implied.incidents_30d, implied.incidents_90d, implied.incidents_365d) == (1, 1, 1)
    denied = incident("2", "domestic_violence", {"physical_violence": "no"}, "H2")
    assert not decisions(apply(handler, {}, record(denied)))[0].triggers


def test_incident_outside_every_pack(handler: ScoringHandler) -> None:
    """A hidden hazard is no quarrel: no decision, no level, nothing counted; only its id is remembered."""
    state: dict[str, bytes] = {}
    assert decisions(apply(handler, state, record(incident("1", "hidden_hazard", {})))) == []
    profile = risk_pb2.HouseholdProfile.FromString(state["H1"])
    assert (len(profile.packs), len(profile.incident_times_ms)) == (0, 0)
    assert list(profile.applied_event_ids) == [derived_id("test", "1")]


def test_neighbours_are_not_partners(handler: ScoringHandler) -> None:
    """An incident among neighbours that names the partner pack is rated by the household pack."""
    named = incident("1", "neighbour_dispute", {}, pack="partner_violence")
    (decision,) = decisions(apply(handler, {}, record(named)))
    assert decision.pack_id == "household_dispute"


@pytest.mark.parametrize("status", [2, 3, 4])
def test_not_assessed(handler: ScoringHandler, status: int) -> None:
    """Refused, away and moved households are told as such, unrated, with a clock."""
    (decision,) = decisions(apply(handler, {}, record(assessment("1", {}, status=status))))
    assert decision.reason == risk_pb2.DECISION_REASON_NOT_ASSESSED
    assert (decision.level, decision.computed_level, decision.answers_packed) == (0, 0, b"")
    assert decision.reassess_due_ms > decision.decided_at_ms


def test_missing_pack_goes_to_the_dead_topic(handler: ScoringHandler) -> None:
    """An assessment by an unknown pack is set aside, replayable; the rest of its record goes on."""
    lost = assessment("1", {}, pack_id="next_year")
    outcome = apply(handler, {}, record(lost, assessment("2", ALL_NO)))
    dead = notify_pb2.DeadRecord.FromString(outcome.outputs[0].value)
    assert outcome.outputs[0].topic is Topic.DEAD
    assert events_pb2.EventBatch.FromString(dead.value).events[0] == lost
    assert "next_year" in dead.error and "household_dispute" in dead.error
    assert len(decisions(outcome)) == 1


def test_poison(handler: ScoringHandler) -> None:
    """Bytes that are no EventBatch are poison."""
    with pytest.raises(PoisonRecord):
        handler.decode(LaneRecord(EVENTS_TOPIC, 0, 0, 0, b"\xff\xff"))


@given(st.permutations(list(HOUSEHOLD.indicators)), st.data())
@settings(max_examples=40)
def test_answers_in_any_order(order: list[object], data: st.DataObject) -> None:
    """Answers mean the same in any order; what is not answered, or answered oddly, is unknown."""
    handler = ScoringHandler(PACKS, TRIAGE)
    given_answers = {
        one.id: data.draw(st.sampled_from(["yes", "no", "unknown"])) for one in order  # type: ignore[attr-defined]
    }  # fmt: skip
    left_out = data.draw(st.sets(st.sampled_from(sorted(given_answers)), max_size=3))
    sent = {name: answer for name, answer in given_answers.items() if name not in left_out}
    read = handler.decode(record(assessment("1", sent))).reports[0].answers
    expected = [
        {"yes": 1, "no": 2}.get(sent.get(one.id, "unknown"), 3) for one in HOUSEHOLD.indicators
    ]
    assert read == bytes(expected)


def test_odd_answers_are_unknown(handler: ScoringHandler) -> None:
    """An unset or unheard-of answer is unknown; an indicator the pack lacks is left out."""
    one = assessment("1", {"debt_dispute": "yes"})
    one.assessment.answers.add(indicator_id="weapon_involved", answer=0)  # type: ignore[arg-type]
    one.assessment.answers.add(indicator_id="of_another_version").answer = common_pb2.ANSWER_YES
    (report,) = handler.decode(record(one)).reports
    assert report.answers == row(HOUSEHOLD, "debt_dispute", rest=3)


def test_two_packs_one_household(handler: ScoringHandler) -> None:
    """Each pack keeps its own level; incidents count for both."""
    state: dict[str, bytes] = {}
    apply(handler, state, record(incident("1", "stalking", {"weapon_used": "yes"})))
    (decision,) = decisions(apply(handler, state, record(assessment("2", ALL_NO, day=1))))
    assert (decision.level, decision.points, decision.incidents_30d) == (1, 2, 1)
    profile = risk_pb2.HouseholdProfile.FromString(state["H1"])
    assert {p.pack_id: p.level for p in profile.packs} == {PARTNER.id: 3, HOUSEHOLD.id: 1}
