"""A case with two ledgers is counted by the one that counts, and told; what was only written again is neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from sanse.escalation.v1 import cases_pb2 as pb
from services.cli.league.ledgers import Branched
from services.cli.league.reading import counted
from services.common.spans import DAY_MS
from services.common.topics import Topic
from services.escalation.domain.league import Period
from tests.contract.escalation.records import Lane, command, command_value, decision, risk_value
from tests.unit.escalation.desk import COUNTY, HOUSEHOLD, START_MS, TOWNSHIP

YEAR = Period(START_MS - DAY_MS, START_MS + 365 * DAY_MS, START_MS + 365 * DAY_MS)
ACTS = ({"acknowledge": pb.Acknowledge()}, {"record_visit": pb.RecordVisit()},
        {"resolve": pb.Resolve(how="mediated")})  # fmt: skip


def batches(values: Iterable[bytes]) -> Callable[[], list[pb.CaseEventBatch]]:
    """A ledger that can be read again."""
    read = [pb.CaseEventBatch.FromString(value) for value in values]
    return lambda: read


def lives(lost_after: int = 9, lost_acts: int = 0) -> Lane:
    """A yellow case resolved by the township; after so many acts a crash leaves a branch of the county's acts."""
    lane = Lane(HOUSEHOLD)
    lane.takes(Topic.RISK, risk_value(decision(1, HOUSEHOLD, 2)))
    for number, act in enumerate(ACTS):
        if number == lost_after:
            _branch(lane, lost_acts)
        (case,) = lane.cases()
        lane.takes(Topic.COMMANDS, command_value(command(number, case, TOWNSHIP, **act)))
    return lane


def _branch(lane: Lane, acts: int) -> None:
    before, offsets = dict(lane.state), dict(lane.offsets)
    for number in range(acts):
        (case,) = lane.cases()
        visit = command(100 + number, case, COUNTY, record_visit=pb.RecordVisit())
        lane.takes(Topic.COMMANDS, command_value(visit))
    lane.state, lane.offsets = before, offsets


@settings(max_examples=30)
@given(st.integers(0, 2), st.integers(1, 2), st.lists(st.integers(0, 5), max_size=4))
def test_the_branch_that_counts_is_counted_alone_and_the_case_is_told(
    lost_after: int, lost_acts: int, again: list[int]
) -> None:
    """Whatever was written again, and wherever a branch began: the figures are those of a ledger without it."""
    # Only the owner that is alive goes on writing: a lost branch never becomes the longer one.
    plain, branched = lives(), lives(lost_after, min(lost_acts, len(ACTS) - lost_after))
    (case,) = plain.cases()
    values = list(branched.ledger)
    values += [values[at] for at in again if at < len(values)]
    wanted, none = counted(batches(plain.ledger), YEAR)
    found, told = counted(batches(values), YEAR)
    assert none == ()
    assert {unit: one.facts() for unit, one in found.items()} == {
        unit: one.facts() for unit, one in wanted.items()
    }
    (one,) = told
    assert (one.case_id, one.length, one.orphans) == (case.case_id, case.ledger_length, 0)
    assert 1 < one.from_sequence <= one.other_length <= one.length


def test_what_was_only_written_again_is_no_branch() -> None:
    """A crash before the state was stored writes the same bytes twice."""
    lane = lives()
    _, told = counted(batches([*lane.ledger, *lane.ledger]), YEAR)
    assert told == ()


def test_entries_that_fit_nowhere_are_told_and_not_counted() -> None:
    """An entry whose predecessor is not in the log."""
    lane = lives()
    (case,) = lane.cases()
    strange = pb.CaseEventBatch.FromString(lane.ledger[-1])
    strange.events[0].prev_hash = bytes(32)
    strange.events[0].hash = bytes(range(32))
    wanted, _ = counted(batches(lane.ledger), YEAR)
    found, told = counted(batches([*lane.ledger, strange.SerializeToString()]), YEAR)
    assert told == (Branched(case.case_id, 0, case.ledger_length, 0, 1),)
    assert found == wanted
