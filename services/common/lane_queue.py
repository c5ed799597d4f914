"""Records waiting for a worker's next step: what is urgent goes first, bookkeeping when nothing urgent waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from services.common.lane_types import LaneRecord

STEP_BYTES = 2 * 1024 * 1024
URGENT_RECORDS = 256
# Large, since Faust stops reading every topic when one of them is not taken any more.
PATIENT_RECORDS = 8192
# Bookkeeping gathers for so long, since each step has a price of its own.
RIPE_S = 0.1
# It is not put off for longer, however much is urgent.
PATIENCE_S = 1.0

Ack = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Pending:
    """A record, and what to call once its effects are stored."""

    record: LaneRecord
    ack: Ack


class LaneQueue:
    """Two queues, each in order. Kafka promises no order between topics, so a lane loses none here."""

    def __init__(self, step_records: int, patient_topics: Collection[str] = ()) -> None:
        self._step_records = step_records
        self._patient_topics = frozenset(patient_topics)
        self._urgent: asyncio.Queue[Pending] = asyncio.Queue(URGENT_RECORDS)
        self._patient: asyncio.Queue[Pending] = asyncio.Queue(PATIENT_RECORDS)
        self._arrived = asyncio.Event()
        # Since when bookkeeping waits, or was last served while some was left.
        self._patient_since = 0.0

    async def put(self, pending: Pending) -> None:
        """Add a record; waits while its queue is full."""
        if pending.record.topic in self._patient_topics:
            if self._patient.empty():
                self._patient_since = asyncio.get_running_loop().time()
            await self._patient.put(pending)
        else:
            await self._urgent.put(pending)
        self._arrived.set()

    async def take(self) -> list[Pending]:
        """All of one kind that waits, up to a step's size; waits for something urgent, or until bookkeeping is ripe."""
        while self._urgent.empty() and (rest_s := self._until_ripe_s()) != 0:
            self._arrived.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), rest_s)
        waited_s = asyncio.get_running_loop().time() - self._patient_since
        overdue = not self._patient.empty() and waited_s > PATIENCE_S
        if self._urgent.empty() or overdue:
            self._patient_since = asyncio.get_running_loop().time()
            return self._drain(self._patient)
        return self._drain(self._urgent)

    def _until_ripe_s(self) -> float | None:
        """How long bookkeeping still gathers; 0: it is ripe, None: there is none."""
        if self._patient.empty():
            return None
        if self._patient.qsize() >= self._step_records:
            return 0
        return max(0.0, self._patient_since + RIPE_S - asyncio.get_running_loop().time())

    def _drain(self, queue: asyncio.Queue[Pending]) -> list[Pending]:
        items: list[Pending] = []
        size = 0
        while len(items) < self._step_records and size < STEP_BYTES and not queue.empty():
            items.append(queue.get_nowait())
            size += len(items[-1].record.value)
        return items
