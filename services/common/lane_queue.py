"""Records waiting for a worker's next step: what must go first, then what is urgent, bookkeeping when neither waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from services.common.lane_types import LaneRecord

# Many, so that a record that must go first is seen behind a mass; each may be large, so bytes count too.
URGENT_RECORDS = 4096
URGENT_BYTES = 32 * 1024 * 1024
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


def _none_first(_: LaneRecord) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What makes up a step.

    records, size: a step ends with so many records, or with the one that brings it to so many bytes. patient_topics:
    bookkeeping. first: whether a record goes before all others; with it go the earlier ones of its lane.
    """

    records: int = 64
    size: int = 2 * 1024 * 1024
    patient_topics: Collection[str] = ()
    first: Callable[[LaneRecord], bool] = _none_first


class LaneQueue:
    """Two queues, each in order but for lanes that go first: within a lane and topic the order is Kafka's.

    Kafka promises no order between topics, nor between lanes, so nothing overtakes what it must not.
    """

    def __init__(self, plan: StepPlan) -> None:
        self._plan = plan
        self._urgent: deque[Pending] = deque()
        self._urgent_bytes = 0
        self._first: set[int] = set()
        self._room = asyncio.Event()
        self._patient: asyncio.Queue[Pending] = asyncio.Queue(PATIENT_RECORDS)
        self._arrived = asyncio.Event()
        # Since when bookkeeping waits, or was last served while some was left.
        self._patient_since = 0.0

    async def put(self, pending: Pending) -> None:
        """Add a record; waits while its queue is full."""
        if pending.record.topic in self._plan.patient_topics:
            if self._patient.empty():
                self._patient_since = asyncio.get_running_loop().time()
            await self._patient.put(pending)
        else:
            await self._put_urgent(pending)
        self._arrived.set()

    async def _put_urgent(self, pending: Pending) -> None:
        while len(self._urgent) >= URGENT_RECORDS or self._urgent_bytes >= URGENT_BYTES:
            self._room.clear()
            await self._room.wait()
        self._urgent.append(pending)
        self._urgent_bytes += len(pending.record.value)
        if self._plan.first(pending.record):
            self._first.add(pending.record.lane)

    async def take(self) -> list[Pending]:
        """All of one kind that waits, up to a step's size; waits for something urgent, or until bookkeeping is ripe."""
        while not self._urgent and (rest_s := self._until_ripe_s()) != 0:
            self._arrived.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), rest_s)
        if self._urgent and not self._overdue():
            return self._take_urgent()
        self._patient_since = asyncio.get_running_loop().time()
        return self._take_patient()

    def _until_ripe_s(self) -> float | None:
        """How long bookkeeping still gathers; 0: it is ripe, None: there is none."""
        if self._patient.empty():
            return None
        if self._patient.qsize() >= self._plan.records:
            return 0
        return max(0.0, self._patient_since + RIPE_S - asyncio.get_running_loop().time())

    def _overdue(self) -> bool:
        """Whether bookkeeping was put off for long enough; twice as long where something must go first."""
        waited_s = asyncio.get_running_loop().time() - self._patient_since
        return not self._patient.empty() and waited_s > PATIENCE_S * (2 if self._first else 1)

    def _take_urgent(self) -> list[Pending]:
        """A step: the lanes that go first, if any, then as much else as it holds."""
        step = _Step(self._plan)
        if self._first:
            lanes, self._first = self._first, set()
            rest = deque[Pending]()
            for pending in self._urgent:
                if not (pending.record.lane in lanes and step.takes(pending)):
                    rest.append(pending)
                    # What of such a lane did not fit goes first in the next step.
                    self._first.update(lanes & {pending.record.lane})
            self._urgent = rest
        while self._urgent and step.takes(self._urgent[0]):
            self._urgent.popleft()
        self._urgent_bytes -= step.size
        self._room.set()
        return step.items

    def _take_patient(self) -> list[Pending]:
        step = _Step(self._plan)
        while not self._patient.empty() and not step.full:
            step.takes(self._patient.get_nowait())
        return step.items


class _Step:
    """A step while it fills."""

    def __init__(self, plan: StepPlan) -> None:
        self._plan = plan
        self.items: list[Pending] = []
        self.size = 0

    @property
    def full(self) -> bool:
        return len(self.items) >= self._plan.records or self.size >= self._plan.size

    def takes(self, pending: Pending) -> bool:
        """Add one unless the step is full; from then on it takes none, so that order is kept."""
        if self.full:
            return False
        self.items.append(pending)
        self.size += len(pending.record.value)
        return True
