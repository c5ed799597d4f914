"""Rebuilding from the ledger gives the state that was lost, whatever branches a crash left."""

from __future__ import annotations

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lane_types import Restored
from services.common.topics import Topic
from services.escalation.adapters.ledger_fold import LedgerFold
from tests.contract.escalation.records import Lane, command, command_value, decision, risk_value
from tests.unit.escalation.desk import COUNTY, TOWNSHIP

HOUSEHOLD = "HTESTHOUSEHOLD0000001"
RISK, COMMANDS = "sanse.risk.v1", "sanse.commands.v1"


def rebuilt(values: list[bytes]) -> Restored:
    """What a rebuild makes of a ledger of one lane."""
    fold = LedgerFold()
    for value in values:
        assert tuple(fold.add(Topic.CASES, value)) == ()
    (restored,) = fold.finish()
    return restored


def opened() -> Lane:
    """A lane with one yellow case."""
    lane = Lane(HOUSEHOLD)
    lane.takes(Topic.RISK, risk_value(decision(1, HOUSEHOLD, 2)))
    return lane


def acknowledgement(lane: Lane, number: int = 1) -> bytes:
    """The owner's acknowledgement."""
    (case,) = lane.cases()
    return command_value(command(number, case, TOWNSHIP, acknowledge=pb.Acknowledge()))


def test_rebuilt_state_is_the_lost_state() -> None:
    """State, deadlines, look-ups and offsets come back, with all cases of a subject."""
    lane = opened()
    outcome = lane.takes(
        Topic.RISK, risk_value(decision(2, HOUSEHOLD, 3, pack_id="partner_violence"))
    )
    last = lane.takes(
        Topic.COMMANDS,
        command_value(command(1, lane.cases()[0], TOWNSHIP, acknowledge=pb.Acknowledge())),
    )

    restored = rebuilt(lane.ledger)

    assert dict(restored.outcome.puts) == lane.state
    assert restored.lane == lane.lane
    assert restored.positions == {RISK: 1, COMMANDS: 0}
    assert restored.outcome.deadlines == {**outcome.deadlines, **last.deadlines}
    assert restored.outcome.members.items() >= outcome.members.items()


def test_repeated_records_change_nothing() -> None:
    """The same entries written again after a crash are recognised."""
    lane = opened()
    lane.takes(Topic.COMMANDS, acknowledgement(lane))

    assert rebuilt([*lane.ledger, *lane.ledger]) == rebuilt(lane.ledger)


def test_branch_of_a_crash_gives_way_to_what_was_stored() -> None:
    """Worked as (raise) and crashed; worked again as (acknowledge, raise): the second counts."""
    lane = opened()
    raising, answer = risk_value(decision(2, HOUSEHOLD, 3)), acknowledgement(lane)
    crashed = lane.tries(Topic.RISK, raising)
    lane.writes(crashed)
    lane.takes(Topic.COMMANDS, answer)
    lane.takes(Topic.RISK, raising)

    restored = rebuilt(lane.ledger)

    assert dict(restored.outcome.puts) == lane.state
    assert restored.positions == {RISK: 1, COMMANDS: 0}


def test_record_known_only_from_a_dead_branch_is_read_again() -> None:
    """Its offset does not count as applied, so that its effect is not lost."""
    lane = opened()
    lane.writes(lane.tries(Topic.RISK, risk_value(decision(2, HOUSEHOLD, 3))))
    lane.takes(Topic.COMMANDS, acknowledgement(lane))

    restored = rebuilt(lane.ledger)

    assert dict(restored.outcome.puts) == lane.state
    assert restored.positions == {RISK: 0, COMMANDS: 0}


def test_late_entry_of_a_paused_owner_does_not_undo_what_followed() -> None:
    """A former owner that wakes up and writes one old step loses against the longer chain."""
    lane = opened()
    paused = lane.tries(Topic.RISK, risk_value(decision(2, HOUSEHOLD, 3)))
    (case,) = lane.cases()
    lane.takes(Topic.COMMANDS, acknowledgement(lane))
    visit = command(2, case, TOWNSHIP, record_visit=pb.RecordVisit())
    lane.takes(Topic.COMMANDS, command_value(visit))
    lane.writes(paused)

    restored = rebuilt(lane.ledger)

    assert dict(restored.outcome.puts) == lane.state
    assert restored.positions == {RISK: 0, COMMANDS: 1}


def test_forged_entry_that_extends_nothing_is_ignored() -> None:
    """An entry whose previous hash is no known head has no effect."""
    lane = opened()
    forged = pb.CaseEventBatch.FromString(lane.ledger[0])
    forged.events[0].sequence = 5
    forged.events[0].prev_hash = b"x" * 32
    forged.events[0].case_after.owner_id = COUNTY

    restored = rebuilt([*lane.ledger, forged.SerializeToString()])

    assert dict(restored.outcome.puts) == lane.state


def test_handler_restores_single_records_too() -> None:
    """The plain contract of a handler holds for a ledger of one record."""
    lane = opened()

    restored = lane.handler.restore(Topic.CASES, lane.ledger[0])

    assert restored is not None
    assert dict(restored.outcome.puts) == lane.state
