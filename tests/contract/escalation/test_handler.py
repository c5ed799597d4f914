"""The handler: from record bytes to ledger, notices and state."""

from __future__ import annotations

import pytest

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lane_types import FoldingHandler, LaneRecord, PoisonRecord
from services.common.topics import Topic
from services.escalation.adapters.ledger import verify_events
from services.escalation.domain.ledger import ChainVerdict
from tests.contract.escalation.records import (
    Lane,
    command,
    command_value,
    decision,
    outputs_of,
    risk_value,
    triage_decision,
    triage_value,
)
from tests.unit.escalation.desk import COUNTY, FEDERATION, POLICE, START_MS, TOWNSHIP

HOUSEHOLD = "HTESTHOUSEHOLD0000001"


def test_decision_opens_a_case_with_ledger_and_notice() -> None:
    """One record in: a sealed entry with its snapshot, a notice, state, deadline and look-ups."""
    lane = Lane(HOUSEHOLD)

    outcome = lane.takes(Topic.RISK, risk_value(decision(1, HOUSEHOLD, 3)))

    (case,) = lane.cases()
    (event,) = lane.events()
    (notice,) = lane.notices
    assert event.case_after == case
    assert case.ledger_head == event.hash
    assert verify_events([event]) is ChainVerdict.WHOLE
    assert (notice.recipient_id, notice.accepted_at_ms) == (COUNTY, START_MS - 20)
    assert outcome.deadlines == {case.case_id: case.ladder_due_ms}
    assert lane.state[f"c:{case.case_id}"] == HOUSEHOLD.encode()
    assert dict(outcome.members) == {
        ("open", case.case_id): True,
        ("closed", case.case_id): False,
        ("unit:532301", case.case_id): True,
        (f"owner:{COUNTY}", case.case_id): True,
    }
    batch = pb.CaseEventBatch.FromString(lane.ledger[0])
    assert (batch.lane, batch.source.topic, batch.source.offset) == (
        lane.lane,
        "sanse.risk.v1",
        0,
    )


def test_several_messages_of_one_record_see_each_other() -> None:
    """A batch gives what its messages one by one would give; the last entry of a case carries the snapshot."""
    together, one_by_one = Lane(HOUSEHOLD), Lane(HOUSEHOLD)
    decisions = [decision(1, HOUSEHOLD, 2), decision(2, HOUSEHOLD, 3)]

    together.takes(Topic.RISK, risk_value(*decisions))
    for each in decisions:
        one_by_one.takes(Topic.RISK, risk_value(each))

    assert together.state == one_by_one.state
    assert [event.hash for event in together.events()] == [e.hash for e in one_by_one.events()]
    assert [event.HasField("case_after") for event in together.events()] == [False, True]


def test_same_record_gives_the_same_bytes() -> None:
    """A record worked again after a crash writes exactly the same."""
    lane = Lane(HOUSEHOLD)
    value = risk_value(decision(1, HOUSEHOLD, 3))

    first, second = lane.tries(Topic.RISK, value), lane.tries(Topic.RISK, value)

    assert [out.value for out in first.outputs] == [out.value for out in second.outputs]
    assert first.puts == second.puts


def test_duplicate_decision_has_no_output() -> None:
    """A decision delivered twice leaves nothing the second time."""
    lane = Lane(HOUSEHOLD)
    value = risk_value(decision(1, HOUSEHOLD, 3))
    lane.takes(Topic.RISK, value)

    again = lane.takes(Topic.RISK, value)

    assert (again.outputs, again.puts, again.deadlines) == ((), {}, {})


def test_change_of_owner_moves_the_look_up() -> None:
    """The former owner's list loses the case, the new owner's gains it."""
    lane = Lane(HOUSEHOLD)
    lane.takes(Topic.RISK, risk_value(decision(1, HOUSEHOLD, 2)))
    raised = lane.takes(Topic.RISK, risk_value(decision(2, HOUSEHOLD, 3)))

    (case,) = lane.cases()
    assert raised.members[(f"owner:{TOWNSHIP}", case.case_id)] is False
    assert raised.members[(f"owner:{COUNTY}", case.case_id)] is True


def test_resolution_clears_the_deadline() -> None:
    """A resolved case has no deadline and is no longer among the open ones."""
    lane = Lane(HOUSEHOLD)
    lane.takes(Topic.RISK, risk_value(decision(1, HOUSEHOLD, 3)))
    (case,) = lane.cases()
    visit = command(1, case, COUNTY, record_visit=pb.RecordVisit())
    resolve = command(2, case, COUNTY, resolve=pb.Resolve(how="mediated"))

    outcome = lane.takes(Topic.COMMANDS, command_value(visit, resolve))

    assert outcome.deadlines == {case.case_id: None}
    assert outcome.members[("open", case.case_id)] is False
    assert len(outputs_of(outcome, Topic.NOTICES)) == 0
    assert verify_events(lane.events()) is ChainVerdict.WHOLE


@pytest.mark.parametrize("field", ["actor_id", "reason", "at_ms", "recipient_id", "cause_id"])
def test_tampered_entry_is_found(field: str) -> None:
    """Whatever field of a stored entry is changed, the chain shows it."""
    lane = Lane(HOUSEHOLD)
    lane.takes(Topic.RISK, risk_value(decision(1, HOUSEHOLD, 3)))
    (event,) = lane.events()

    setattr(event, field, 1 if field == "at_ms" else "changed")

    assert verify_events([event]) is ChainVerdict.CHANGED_ENTRY


@pytest.mark.parametrize(
    "value",
    [
        b"\xff\xff\xff",
        risk_value(decision(1, HOUSEHOLD, 9)),
        risk_value(decision(1, HOUSEHOLD, -1)),
    ],
    ids=["no_protobuf", "level_unknown", "level_negative"],
)
def test_unreadable_record_is_poison(value: bytes) -> None:
    """Bytes or numbers that are not of this protocol go to the dead topic, with a reason."""
    lane = Lane(HOUSEHOLD)

    with pytest.raises(PoisonRecord):
        lane.handler.decode(LaneRecord("sanse.risk.v1", 0, 0, lane.lane, value))


def test_handler_offers_a_fold() -> None:
    """The rebuilder must not take single records for the whole state."""
    assert isinstance(Lane(HOUSEHOLD).handler, FoldingHandler)


def test_a_triage_decision_opens_a_case_for_each_department() -> None:
    """Two departments, two sealed cases and notices; read again, nothing; the ledger alone restores both."""
    lane = Lane(HOUSEHOLD)
    value = triage_value(triage_decision(1, HOUSEHOLD, "police_station", "womens_federation"))
    lane.takes(Topic.TRIAGE, value)
    assert [(n.recipient_id, n.level) for n in lane.notices] == [(POLICE, 0), (FEDERATION, 0)]
    police, federation = lane.cases()
    assert (police.pack_id, federation.pack_id) == (
        "triage/police_station",
        "triage/womens_federation",
    )
    assert police.next_due_ms == START_MS + 7_200_000
    assert (police.policy_version, police.obligation) == ("triage/1", "triage")
    again = lane.takes(Topic.TRIAGE, value)
    assert again.outputs == () and len(lane.cases()) == 2
    restored = lane.handler.restore(Topic.CASES, lane.ledger[0])
    assert restored is not None
    assert restored.outcome.puts[f"s:{HOUSEHOLD}"] == lane.state[f"s:{HOUSEHOLD}"]
    assert restored.positions == {"sanse.triage.v1": 0}


def test_a_report_up_opens_one_case_of_the_centre() -> None:
    """Without departments the centre of the tier is responsible."""
    lane = Lane(HOUSEHOLD)
    lane.takes(Topic.TRIAGE, triage_value(triage_decision(1, HOUSEHOLD)))
    (case,) = lane.cases()
    assert (case.pack_id, case.owner_id, case.tier) == ("triage", TOWNSHIP, 2)
