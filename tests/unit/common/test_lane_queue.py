"""Laws of the queue before a step: urgent first, nothing starves, a step has a size."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common import lane_queue
from services.common.lane_queue import LaneQueue, Pending, StepPlan
from services.common.lane_types import LaneRecord


def _pending(topic: str, offset: int, value: bytes = b"x", lane: int = 0) -> Pending:
    return Pending(LaneRecord(topic, 0, offset, lane, value), lambda: None)


async def _filled(queue: LaneQueue, *records: Pending) -> LaneQueue:
    for record in records:
        await queue.put(record)
    return queue


def _names(items: list[Pending]) -> list[tuple[str, int]]:
    return [(item.record.topic, item.record.offset) for item in items]


async def test_urgent_goes_first() -> None:
    """A notice that comes later is taken before a delivery that waits."""
    queue = LaneQueue(StepPlan(10, patient_topics={"deliveries"}))
    await _filled(queue, _pending("deliveries", 2), _pending("notices", 1), _pending("notices", 2))
    assert _names(await queue.take()) == [("notices", 1), ("notices", 2)]
    assert _names(await queue.take()) == [("deliveries", 2)]


async def test_bookkeeping_does_not_starve(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is urgent, what is patient gets its turn once its patience is over."""
    monkeypatch.setattr(lane_queue, "PATIENCE_S", 0.0)
    queue = LaneQueue(StepPlan(1, patient_topics={"deliveries"}))
    await _filled(queue, _pending("deliveries", 1), *(_pending("notices", n) for n in range(3)))
    assert ("deliveries", 1) in _names(await queue.take() + await queue.take())


async def test_a_step_has_a_size() -> None:
    """No more records than allowed; bytes end a step too."""
    queue = LaneQueue(StepPlan(2))
    await _filled(queue, *(_pending("events", n) for n in range(3)))
    assert len(await queue.take()) == 2
    assert len(await queue.take()) == 1
    large = b"x" * StepPlan().size
    await _filled(queue, _pending("events", 3, large), _pending("events", 4))
    assert _names(await queue.take()) == [("events", 3)]


async def test_take_waits_for_a_record() -> None:
    """Nothing waits: nothing is taken until something comes."""
    queue = LaneQueue(StepPlan(2))
    taking = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    assert not taking.done()
    await queue.put(_pending("events", 1))
    assert len(await taking) == 1


async def test_bookkeeping_gathers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone it waits for more, until there is a step of it, it is ripe, or something urgent comes."""
    monkeypatch.setattr(lane_queue, "RIPE_S", 3600.0)
    queue = LaneQueue(StepPlan(2, patient_topics={"deliveries"}))
    taking = asyncio.create_task(queue.take())
    await _filled(queue, _pending("deliveries", 1))
    await asyncio.wait({taking}, timeout=0.01)
    assert not taking.done()
    await _filled(queue, _pending("deliveries", 2))
    assert _names(await taking) == [("deliveries", 1), ("deliveries", 2)]
    await _filled(queue, _pending("deliveries", 3), _pending("notices", 1))
    assert _names(await queue.take()) == [("notices", 1)]
    monkeypatch.setattr(lane_queue, "RIPE_S", 0.0)
    assert _names(await queue.take()) == [("deliveries", 3)]


def _with_red(records: int) -> LaneQueue:
    return LaneQueue(StepPlan(records, first=lambda record: record.value == b"red"))


async def test_a_lane_that_goes_first_takes_its_earlier_records_along() -> None:
    """A red record overtakes other lanes, never its own; what room is left goes to who came first."""
    queue = _with_red(3)
    mass = [_pending("notices", n, lane=n % 4) for n in range(8)]
    await _filled(queue, *mass, _pending("notices", 8, b"red", lane=2))
    offsets = [[offset for _, offset in _names(await queue.take())] for _ in range(3)]
    assert offsets == [[2, 6, 8], [0, 1, 3], [4, 5, 7]]


async def test_a_lane_that_did_not_fit_goes_first_in_the_next_step() -> None:
    """Its turn lasts until the red record is worked."""
    queue = _with_red(1)
    await _filled(queue, _pending("notices", 0), _pending("notices", 1, lane=1))
    await _filled(queue, _pending("notices", 2, b"red", lane=1))
    steps = [_names(await queue.take())[0][1] for _ in range(3)]
    assert steps == [1, 2, 0]


async def test_bookkeeping_gets_its_turn_beside_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even an endless stream of what goes first puts it off for ever."""
    monkeypatch.setattr(lane_queue, "PATIENCE_S", 0.0)
    first = LaneQueue(
        StepPlan(1, patient_topics={"deliveries"}, first=lambda record: record.value == b"red")
    )
    await _filled(
        first, _pending("deliveries", 1), *(_pending("notices", n, b"red") for n in range(3))
    )
    assert ("deliveries", 1) in _names(await first.take() + await first.take())


async def test_a_full_queue_lets_the_next_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads on from Kafka while as much waits as is allowed, by records or by bytes."""
    for limit, value in (("URGENT_RECORDS", 1), ("URGENT_BYTES", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(lane_queue, limit, value)
            queue = LaneQueue(StepPlan(1))
            await queue.put(_pending("events", 1))
            putting = asyncio.create_task(queue.put(_pending("events", 2)))
            await asyncio.sleep(0)
            assert not putting.done()
            assert _names(await queue.take()) == [("events", 1)]
            await putting
            assert _names(await queue.take()) == [("events", 2)]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=40),
    st.integers(1, 7),
    st.integers(1, 40),
)
async def test_no_lane_loses_its_order(
    records: list[tuple[int, bool]], step: int, taken_between: int
) -> None:
    """Whatever goes first and whenever steps are taken, each record comes once, each lane in Kafka's order."""
    queue = _with_red(step)
    taken: list[tuple[int, int]] = []
    for offset, (lane, red) in enumerate(records):
        await queue.put(_pending("notices", offset, b"red" if red else b"x", lane))
        if offset % taken_between == 0:
            taken += [(item.record.lane, item.record.offset) for item in await queue.take()]
    while len(taken) < len(records):
        taken += [(item.record.lane, item.record.offset) for item in await queue.take()]
    assert sorted(offset for _, offset in taken) == list(range(len(records)))
    for lane in range(4):
        assert [at for n, at in taken if n == lane] == sorted(at for n, at in taken if n == lane)
