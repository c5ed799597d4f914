"""Laws of the queue before a step: urgent first, nothing starves, a step has a size."""

from __future__ import annotations

import asyncio

import pytest

from services.common import lane_queue
from services.common.lane_queue import LaneQueue, Pending
from services.common.lane_types import LaneRecord


def _pending(topic: str, offset: int, value: bytes = b"x") -> Pending:
    return Pending(LaneRecord(topic, 0, offset, 0, value), lambda: None)


async def _filled(queue: LaneQueue, *records: Pending) -> LaneQueue:
    for record in records:
        await queue.put(record)
    return queue


def _names(items: list[Pending]) -> list[tuple[str, int]]:
    return [(item.record.topic, item.record.offset) for item in items]


async def test_urgent_goes_first() -> None:
    """A notice that comes later is taken before a delivery that waits."""
    queue = LaneQueue(10, {"deliveries"})
    await _filled(queue, _pending("deliveries", 2), _pending("notices", 1), _pending("notices", 2))
    assert _names(await queue.take()) == [("notices", 1), ("notices", 2)]
    assert _names(await queue.take()) == [("deliveries", 2)]


async def test_bookkeeping_does_not_starve(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is urgent, what is patient gets its turn once its patience is over."""
    monkeypatch.setattr(lane_queue, "PATIENCE_S", 0.0)
    queue = LaneQueue(1, {"deliveries"})
    await _filled(queue, _pending("deliveries", 1), *(_pending("notices", n) for n in range(3)))
    assert ("deliveries", 1) in _names(await queue.take() + await queue.take())


async def test_a_step_has_a_size() -> None:
    """No more records than allowed; bytes end a step too."""
    queue = LaneQueue(2)
    await _filled(queue, *(_pending("events", n) for n in range(3)))
    assert len(await queue.take()) == 2
    assert len(await queue.take()) == 1
    large = b"x" * lane_queue.STEP_BYTES
    await _filled(queue, _pending("events", 3, large), _pending("events", 4))
    assert _names(await queue.take()) == [("events", 3)]


async def test_take_waits_for_a_record() -> None:
    """Nothing waits: nothing is taken until something comes."""
    queue = LaneQueue(2)
    taking = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    assert not taking.done()
    await queue.put(_pending("events", 1))
    assert len(await taking) == 1


async def test_bookkeeping_gathers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone it waits for more, until there is a step of it, it is ripe, or something urgent comes."""
    monkeypatch.setattr(lane_queue, "RIPE_S", 3600.0)
    queue = LaneQueue(2, {"deliveries"})
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
