"""Scoring and escalation on each other's bytes: what two persons lower reaches the profile, what is forged does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2
from services.common.lane_types import LaneOutcome, LaneRecord, PoisonRecord
from services.common.lanes import lane_of
from services.common.topics import Topic, TopicNames
from services.escalation.adapters.ledger import verify_events
from services.escalation.domain.ledger import ChainVerdict, chain_hash
from services.risk_scoring.service.handler import ScoringHandler
from tests.contract.escalation.records import Lane, command_value
from tests.contract.risk_scoring.batches import DAY_MS, apply, assessment, incident, record
from tests.unit.escalation.desk import COUNTY, PREFECTURE
from tests.unit.risk_scoring.makers import DAY_0, HOUSEHOLD, PACKS, TRIAGE

ALL_NO = {one.id: "no" for one in HOUSEHOLD.indicators}
RED = ALL_NO | {"weapon_involved": "yes"}
SUBJECT = "H1"


@dataclass
class Both:
    """The two services' handlers over one lane; what one writes the other reads when told to."""

    scoring: ScoringHandler = field(default_factory=lambda: ScoringHandler(PACKS, TRIAGE))
    profile: dict[str, bytes] = field(default_factory=dict)
    desk: Lane = field(default_factory=lambda: Lane(SUBJECT))
    decisions: list[risk_pb2.RiskDecision] = field(default_factory=list)
    dead: list[notify_pb2.DeadRecord] = field(default_factory=list)
    refused: list[risk_pb2.ChangeRefused] = field(default_factory=list)
    ledger_read: int = 0
    commands: int = 0

    def hears(self, *events: Any, and_tells: bool = True) -> None:
        """A report reaches scoring; its decision reaches escalation unless it is on its way still."""
        outcome = apply(self.scoring, self.profile, record(*events))
        self._keep(outcome, and_tells)

    def reads_ledger(self) -> None:
        """Scoring reads what escalation has written since."""
        for value in self.desk.ledger[self.ledger_read :]:
            self.reads(value)
        self.ledger_read = len(self.desk.ledger)

    def reads(self, value: bytes) -> LaneOutcome:
        """Scoring reads one record of the ledger."""
        topic = TopicNames()(Topic.CASES)
        outcome = apply(self.scoring, self.profile, LaneRecord(topic, 0, 0, self.desk.lane, value))
        self._keep(outcome, True)
        return outcome

    def acts(self, who: str, at_ms: int, **act: Any) -> None:
        """An official acts on the newest case."""
        self.commands += 1
        case = self.desk.cases()[-1]
        command = pb.Command(
            command_id=f"c{self.commands}",
            case_id=case.case_id,
            subject_id=SUBJECT,
            actor_id=who,
            at_ms=at_ms,
            **act,
        )
        self.desk.takes(Topic.COMMANDS, command_value(command))

    def asks(self) -> int:
        """The county asks for green on the newest assessment as soon as it may; gives the time."""
        case = self.desk.cases()[-1]
        request = pb.RequestLowering(
            to_level=common_pb2.LEVEL_GREEN,
            reason="calm_again",
            assessment_decision_id=case.assessment_decision_id,
        )
        self.acts(COUNTY, case.lowering_from_ms, request_lowering=request)
        return case.lowering_from_ms

    def levels(self) -> tuple[int, int]:
        """The level in the profile, and in the case."""
        profile = risk_pb2.HouseholdProfile.FromString(self.profile[SUBJECT])
        return profile.packs[0].level, self.desk.cases()[-1].level

    def _keep(self, outcome: LaneOutcome, tells: bool) -> None:
        for out in outcome.outputs:
            if out.topic is Topic.DEAD:
                self.dead.append(notify_pb2.DeadRecord.FromString(out.value))
            if out.topic is Topic.RISK:
                batch = risk_pb2.RiskBatch.FromString(out.value)
                self.decisions += batch.decisions
                self.refused += batch.refused
                if tells:
                    self.desk.takes(Topic.RISK, out.value)


@pytest.fixture
def both() -> Both:
    """Red by a weapon, then a fresh assessment with nothing."""
    both = Both()
    both.hears(assessment("1", RED))
    both.hears(assessment("2", ALL_NO, day=1))
    assert both.levels() == (3, 3)
    return both


def test_two_persons_lower_both_and_it_stays_low(both: Both) -> None:
    """Case and profile show the same level; the decision names all; the next green assessment stays green."""
    at_ms = both.asks()
    both.acts(PREFECTURE, at_ms + 1, approve_lowering=pb.ApproveLowering())
    both.reads_ledger()
    assert both.levels() == (1, 1)
    lowered = both.decisions[-1]
    assert lowered.reason == risk_pb2.DECISION_REASON_LOWERED_BY_PERSON
    assert (lowered.level, lowered.previous_level, lowered.event_kind) == (1, 3, "case")
    who = lowered.by_person
    assert (who.case_id, who.requested_by, who.approved_by, who.reason) == (
        both.desk.cases()[-1].case_id, COUNTY, PREFECTURE, "calm_again",
    )  # fmt: skip
    assert who.assessment_decision_id == both.decisions[1].decision_id
    entries = len(both.desk.events())
    both.hears(assessment("3", ALL_NO, day=60))
    assert both.levels() == (1, 1)
    assert len(both.desk.events()) == entries
    assert (both.dead, both.refused) == ([], [])
    assert verify_events(both.desk.events()) is ChainVerdict.WHOLE


def test_ledger_read_twice_lowers_once(both: Both) -> None:
    """A record read again, and the same act at another place of the ledger, have no further effect."""
    at_ms = both.asks()
    both.acts(PREFECTURE, at_ms + 1, approve_lowering=pb.ApproveLowering())
    both.reads_ledger()
    profile, made = dict(both.profile), len(both.decisions)
    both.reads(both.desk.ledger[-1])
    elsewhere = _last_entry(both)
    elsewhere.sequence += 1
    both.reads(_sealed(elsewhere))
    assert (both.profile, len(both.decisions), both.refused) == (profile, made, [])


def test_incident_that_crosses_the_approval_wins(both: Both) -> None:
    """Scoring knew of an incident when the approval came: the level stays, and the case goes back to it."""
    at_ms = both.asks()
    crossing = incident("3", "household_dispute", {}, day=2)
    both.hears(crossing, and_tells=False)
    both.acts(PREFECTURE, at_ms + 1, approve_lowering=pb.ApproveLowering())
    assert both.levels() == (3, 1)
    both.reads_ledger()
    assert [one.reason for one in both.refused] == ["fresh_assessment_missing"]
    assert both.levels() == (3, 3)
    assert both.desk.events()[-1].reason == "lowering_not_followed"
    assert both.decisions[-1].event_kind == "incident"


def test_a_person_raises_both(both: Both) -> None:
    """After a lowering a person raises: the profile follows, and the next mild assessment lowers nothing."""
    at_ms = both.asks()
    both.acts(PREFECTURE, at_ms + 1, approve_lowering=pb.ApproveLowering())
    both.acts(COUNTY, at_ms + 2, raise_level=pb.RaiseLevel(level=common_pb2.LEVEL_YELLOW))
    both.reads_ledger()
    assert both.levels() == (2, 2)
    both.hears(assessment("3", ALL_NO, day=60))
    assert both.levels() == (2, 2)
    assert both.decisions[-1].reason == risk_pb2.DECISION_REASON_FALL_RECORDED
    dwell_ms = both.desk.cases()[-1].lowering_from_ms - both.desk.cases()[-1].level_set_at_ms
    assert dwell_ms == 30 * DAY_MS


def _last_entry(both: Both) -> pb.CaseEvent:
    """The newest ledger entry, to forge from."""
    return both.desk.events()[-1]


def _sealed(event: pb.CaseEvent, lane: int | None = None) -> bytes:
    """A record whose entry has a right hash, as a forger who knows the format would write it."""
    event.ClearField("hash")
    event.ClearField("case_after")
    event.hash = chain_hash(event.prev_hash, event.SerializeToString(deterministic=True))
    number = lane_of(SUBJECT) if lane is None else lane
    return pb.CaseEventBatch(lane=number, events=[event]).SerializeToString()


def _forged(both: Both, **change: str) -> pb.CaseEvent:
    """A lowering nobody approved."""
    case = both.desk.cases()[-1]
    facts = {
        "subject_id": SUBJECT,
        "pack_id": case.pack_id,
        "requested_by": COUNTY,
        "approved_by": PREFECTURE,
        "assessment_decision_id": case.assessment_decision_id,
    }
    return pb.CaseEvent(
        case_id=case.case_id,
        sequence=99,
        type=pb.CASE_EVENT_TYPE_LEVEL_LOWERED,
        at_ms=DAY_0 + 60 * DAY_MS,
        level=common_pb2.LEVEL_GREEN,
        cause_id="forged",
        change=pb.LevelChange(from_level=common_pb2.LEVEL_RED, **{**facts, **change}),
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"requested_by": ""}, "person_missing"),
        ({"approved_by": "machine"}, "person_missing"),
        ({"approved_by": COUNTY}, "second_person_missing"),
    ],
)
def test_forged_lowering_without_two_persons(both: Both, change: dict[str, str], why: str) -> None:
    """Refused, the profile as it was, and kept for people to look at."""
    profile, made = dict(both.profile), len(both.decisions)
    both.reads(_sealed(_forged(both, **change)))
    assert (both.profile, len(both.decisions)) == (profile, made)
    assert [one.error for one in both.dead] == [f"case {_forged(both).case_id}: {why}"]
    assert [one.reason for one in both.refused] == [why]
    assert both.levels() == (3, 3)


def test_entry_that_names_nobody_or_does_not_fit_its_hash(both: Both) -> None:
    """Each is refused before its content counts."""
    profile = dict(both.profile)
    nobody, bent = _forged(both), _forged(both)
    nobody.ClearField("change")
    both.reads(_sealed(nobody))
    bent_batch = pb.CaseEventBatch.FromString(_sealed(bent))
    bent_batch.events[0].change.approved_by = "PF-9"
    both.reads(bent_batch.SerializeToString())
    both.reads(_sealed(_forged(both), lane=(lane_of(SUBJECT) + 1) % 256))
    errors = [one.error for one in both.dead]
    assert ["names no persons" in errors[0], "hash" in errors[1], "lane" in errors[2]] == [True] * 3
    assert both.profile == profile


def test_record_of_another_kind_is_poison(both: Both) -> None:
    """Bytes that are no ledger go to the dead topic by the lane runtime."""
    with pytest.raises(PoisonRecord):
        both.reads(b"\xff\xff")


def test_other_entries_of_the_ledger_wake_nothing(both: Both) -> None:
    """Visits, notices and the machine's own raises ask for no profile and change none."""
    profile = dict(both.profile)
    topic = TopicNames()(Topic.CASES)
    for value in both.desk.ledger:
        decoded = both.scoring.decode(LaneRecord(topic, 0, 0, both.desk.lane, value))
        assert both.scoring.wanted(decoded) == []
    both.reads_ledger()
    assert both.profile == profile
