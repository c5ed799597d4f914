"""The engine under a clock that steps back: what fired stays fired, and nothing fires twice."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lanes import lane_of
from services.common.spans import MINUTE_MS
from services.common.topics import Topic
from tests.contract.escalation.records import decision, risk_value
from tests.contract.escalation.worker import Worker, running_worker

HOUSEHOLD = "HTESTHOUSEHOLD0000002"


@pytest.fixture
async def worker(kafka: str, redis_url: str, sanse_prefix: str) -> AsyncIterator[Worker]:
    """A worker with one red case."""
    async with running_worker(kafka, redis_url, sanse_prefix) as worker:
        await worker.write(Topic.RISK, HOUSEHOLD, risk_value(decision(1, HOUSEHOLD, 3)))
        await worker.work()
        await worker.refresh()
        yield worker


async def the_case(worker: Worker) -> pb.Case:
    """The household's case."""
    value = await worker.store.get(lane_of(HOUSEHOLD), f"s:{HOUSEHOLD}")
    assert value is not None
    return pb.SubjectCases.FromString(value).cases[-1]


async def test_a_clock_ten_minutes_back_fires_nothing_twice_and_takes_nothing_back(
    worker: Worker,
) -> None:
    """Law: over a jump back and the way forward again, one rung has one notice, and the case stays as it was."""
    due_ms = (await the_case(worker)).ladder_due_ms
    worker.clock.now = due_ms
    await worker.timer.poll(worker.clock.now, 0.0)
    await worker.work()
    fired = await the_case(worker)

    worker.clock.now -= 10 * MINUTE_MS
    written = await worker.timer.poll(worker.clock.now, 60.0)
    await worker.refresh()
    written += await worker.timer.poll(worker.clock.now, 120.0)
    worker.clock.now = due_ms + MINUTE_MS
    written += await worker.timer.poll(worker.clock.now, 180.0)
    await worker.work()

    assert (fired.ladder_step, len(fired.notices), written) == (1, 1, 0)
    assert (await the_case(worker)) == fired


async def test_a_jump_back_between_proposal_and_effect_fires_once(worker: Worker) -> None:
    """A deadline proposed before the jump and again after it, by an engine that forgot, has effect once."""
    due_ms = (await the_case(worker)).ladder_due_ms
    worker.clock.now = due_ms
    assert await worker.timer.poll(worker.clock.now, 0.0) == 1
    worker.clock.now -= 10 * MINUTE_MS
    assert await worker.timer.poll(worker.clock.now, 30.0) == 0
    worker.clock.now = due_ms + 1
    await worker.refresh()
    assert await worker.timer.poll(worker.clock.now, 60.0) == 1
    await worker.work()

    case = await the_case(worker)
    assert (case.ladder_step, len(case.notices)) == (1, 1)
    assert len({one.command_id for one in await worker.proposals()}) == 1
