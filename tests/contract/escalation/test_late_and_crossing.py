"""Late, reordered and crossing commands on real Kafka and Redis: the log's order decides, once, and its chain holds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sanse.escalation.v1 import case_service_pb2 as api
from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lanes import lane_of
from services.common.spans import HOUR_MS
from services.common.topics import Topic
from tests.contract.escalation.records import command, command_value, decision, risk_value
from tests.contract.escalation.worker import Worker, running_worker, served
from tests.unit.escalation.desk import COUNTY, PREFECTURE, START_MS, TOWNSHIP

HOUSEHOLD = "HTESTHOUSEHOLD0000001"


@pytest.fixture
async def worker(kafka: str, redis_url: str, sanse_prefix: str) -> AsyncIterator[Worker]:
    """A worker with one yellow case of the township."""
    async with running_worker(kafka, redis_url, sanse_prefix) as worker:
        await worker.write(Topic.RISK, HOUSEHOLD, risk_value(decision(1, HOUSEHOLD, 2)))
        await worker.work()
        await worker.refresh()
        yield worker


async def cases(worker: Worker) -> list[pb.Case]:
    """The household's cases, oldest first."""
    value = await worker.store.get(lane_of(HOUSEHOLD), f"s:{HOUSEHOLD}")
    assert value is not None
    return list(pb.SubjectCases.FromString(value).cases)


async def sends(worker: Worker, *commands: pb.Command) -> None:
    """The commands stand in the log in this order, each in a record of its own, and are worked."""
    for one in commands:
        await worker.write(Topic.COMMANDS, HOUSEHOLD, command_value(one))
    await worker.work()


async def told(worker: Worker, case_id: str) -> list[tuple[str, str]]:
    """What the ledger says of a case, over the door, its chain recomputed."""
    async with served(worker) as client:
        found = await client.GetTimeline(
            api.GetTimelineRequest(case_id=case_id), metadata=(("x-official-id", PREFECTURE),)
        )
    assert found.chain_whole
    return [(event.reason, event.actor_id) for event in found.events]


async def test_the_log_decides_over_late_and_crossing_commands_and_a_replay_changes_nothing(
    worker: Worker,
) -> None:
    """One household's bad day: two acknowledge in a second, a visit comes late, a rise crosses the resolution.

    All of it brought twice, as a sender does that had no answer: the second time changes nothing. Whatever Redis
    lost meanwhile is rebuilt to the same bytes.
    """
    (case,) = await cases(worker)
    taken = [
        command(1, case, TOWNSHIP, acknowledge=pb.Acknowledge()),
        command(1, case, COUNTY, acknowledge=pb.Acknowledge()),
    ]
    taken[1].command_id = "c1-county"
    await sends(worker, *taken)
    (case,) = await cases(worker)
    worker.clock.now = case.next_due_ms
    assert await worker.timer.poll(worker.clock.now, 0.0) == 1
    late = command(2, case, TOWNSHIP, record_visit=pb.RecordVisit())
    late.at_ms = case.next_due_ms - HOUR_MS
    await sends(worker, late)
    resolved = command(3, case, TOWNSHIP, resolve=pb.Resolve(how="mediated"))
    seen = command(4, case, PREFECTURE, raise_level=pb.RaiseLevel(level=3))  # type: ignore[arg-type]
    resolved.at_ms = seen.at_ms = case.next_due_ms + 1
    await sends(worker, resolved, seen)
    old, new = await cases(worker)

    assert await told(worker, old.case_id) == [
        ("opened_by_decision", "machine"),
        ("acknowledged", TOWNSHIP),
        ("already_acknowledged", COUNTY),
        ("first_visit_overdue", "clock"),
        ("white_notice", "clock"),
        ("visited", TOWNSHIP),
        ("mediated", TOWNSHIP),
        ("raised_by_person", PREFECTURE),
    ]
    assert await told(worker, new.case_id) == [("reopened_by_raise", PREFECTURE)]
    assert (old.acknowledged_at_ms, old.last_visit_at_ms) == (START_MS + 1, late.at_ms)
    assert (new.owner_id, new.level, new.next_act) == (COUNTY, 3, pb.NEXT_ACT_ACKNOWLEDGE)

    await sends(worker, *taken, late, resolved, seen)
    assert await cases(worker) == [old, new]
    await worker.refresh()
    before = await worker.state()
    await worker.lose_state()
    await worker.refresh()
    assert await worker.state() == before
    assert await cases(worker) == [old, new]
