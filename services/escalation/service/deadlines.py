"""Watches the deadlines of the lanes this worker owns and proposes them to the log; the log decides.

A proposal is a command with an id derived from the rung it is about. Two owners proposing the same, or one
proposing twice, is harmless: whichever is read first has the effect, the others are stale.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from sanse.escalation.v1 import cases_pb2 as pb
from services.common import log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_store import LaneStore
from services.common.lane_types import LaneOutcome, Outgoing
from services.common.topics import Topic
from services.escalation.adapters.case_reader import CaseReader
from services.escalation.adapters.command_codec import deadline_command, next_alarm
from services.escalation.service.measures import DEADLINES, LANES

POLL_S = 0.1
ENSURE_S = 2.0
# A proposal without effect is made again after this long, then ever more seldom.
PROPOSE_AGAIN_S = 10.0
PROPOSE_AGAIN_MOST_S = 600.0
READ_AT_ONCE = 64

_log = log.get("deadlines")
_NEVER = 1 << 62


class Lanes(Protocol):
    """What the timer needs of the lane runtime."""

    async def ensure(self, lanes: Sequence[int]) -> None:
        """Rebuild lanes that Redis lost."""


@dataclass(slots=True)
class _Proposal:
    due_ms: int
    again_s: float
    pause_s: float


class DeadlineTimer:
    """Keeps the next deadline of each lane in memory, so that a quiet lane costs nothing."""

    def __init__(
        self,
        *,
        store: LaneStore,
        cases: CaseReader,
        producer: LaneProducer,
        clock: Clock,
    ) -> None:
        self._store = store
        self._cases = cases
        self._producer = producer
        self._clock = clock
        self._next_ms: dict[int, int] = {}
        self._retry_s: dict[int, float] = {}
        self._proposals: dict[int, dict[str, _Proposal]] = {}
        self._written: set[int] = set()
        self._lanes: tuple[int, ...] = ()

    def committed(self, lane: int, outcome: LaneOutcome) -> None:
        """The runtime stored a change of a lane: a sooner deadline counts at once."""
        self._written.add(lane)
        proposed = self._proposals.get(lane, {})
        for case_id, due_ms in outcome.deadlines.items():
            proposed.pop(case_id, None)
            if due_ms is not None:
                self._sooner(lane, due_ms)

    async def run(self, runtime: Lanes, owned: Callable[[], Sequence[int]]) -> None:
        """Poll for ever; what is away for a while (Redis, Kafka) is tried again."""
        loop = asyncio.get_running_loop()
        ensure_at = 0.0
        while True:
            try:
                now_s = loop.time()
                if now_s >= ensure_at or self._lanes != tuple(owned()):
                    ensure_at = now_s + ENSURE_S
                    await self.refresh(runtime, owned())
                await self.poll(self._clock.now_ms(), now_s)
            except (TimeoutError, RedisError, KafkaError, OSError) as error:
                _log.warning("deadlines.poll_failed", error=type(error).__name__)
            await asyncio.sleep(POLL_S)

    async def refresh(self, runtime: Lanes, owned: Sequence[int]) -> None:
        """Learn the deadlines of all owned lanes afresh.

        Only quiet lanes are checked for loss: a lane that was just written proved itself by that write.
        """
        lanes = tuple(owned)
        quiet = [lane for lane in lanes if lane not in self._written]
        self._written.clear()
        if quiet:
            await runtime.ensure(quiet)
        self._next_ms.clear()
        found = await self._store.next_due(lanes) if lanes else {}
        for lane, due_ms in found.items():
            self._sooner(lane, due_ms)
        self._retry_s = {lane: at for lane, at in self._retry_s.items() if lane in found}
        self._proposals = {lane: self._proposals[lane] for lane in found if lane in self._proposals}
        self._lanes = lanes
        LANES.set(len(lanes))

    async def poll(self, now_ms: int, now_s: float) -> int:
        """Propose what is due now; gives back how many commands were written."""
        limits = {
            lane: READ_AT_ONCE + len(self._proposals.get(lane, ()))
            for lane in self._lanes
            if self._next_ms.get(lane, _NEVER) <= now_ms or self._retry_s.get(lane, _NEVER) <= now_s
        }
        if not limits:
            return 0
        # Forgotten before reading, so that a commit during the read is not overwritten by what was read.
        for lane in limits:
            self._next_ms.pop(lane, None)
        upcoming = await self._store.upcoming(limits)
        fresh = {lane: self._fresh(lane, rows, now_ms, now_s) for lane, rows in upcoming.items()}
        count = await self._propose({lane: due for lane, due in fresh.items() if due}, now_ms)
        for lane, due in fresh.items():
            self._remember(lane, due, now_s)
            self._schedule(lane, upcoming[lane], limits[lane], now_ms)
        return count

    def _sooner(self, lane: int, due_ms: int) -> None:
        self._next_ms[lane] = min(due_ms, self._next_ms.get(lane, _NEVER))

    def _fresh(
        self, lane: int, rows: Sequence[tuple[str, int]], now_ms: int, now_s: float
    ) -> dict[str, int]:
        """Due and not proposed lately."""
        known = self._proposals.get(lane, {})
        fresh: dict[str, int] = {}
        for case_id, due_ms in rows:
            proposal = known.get(case_id)
            waits = proposal is not None and proposal.due_ms == due_ms and now_s < proposal.again_s
            if due_ms <= now_ms and not waits:
                fresh[case_id] = due_ms
        return fresh

    def _remember(self, lane: int, due: Mapping[str, int], now_s: float) -> None:
        known = self._proposals.setdefault(lane, {})
        for case_id, due_ms in due.items():
            before = known.get(case_id)
            again = before is not None and before.due_ms == due_ms
            pause = (
                min(before.pause_s * 2, PROPOSE_AGAIN_MOST_S)
                if before and again
                else PROPOSE_AGAIN_S
            )
            known[case_id] = _Proposal(due_ms, now_s + pause, pause)

    def _schedule(
        self, lane: int, rows: Sequence[tuple[str, int]], limit: int, now_ms: int
    ) -> None:
        """When to look at the lane again: at its first deadline to come, or when a proposal stayed without effect."""
        later = next((due_ms for _, due_ms in rows if due_ms > now_ms), None)
        if later is None and len(rows) == limit:
            later = now_ms
        if later is not None:
            self._sooner(lane, later)
        again = [proposal.again_s for proposal in self._proposals.get(lane, {}).values()]
        self._retry_s[lane] = min(again, default=float(_NEVER))

    async def _propose(self, due: Mapping[int, Mapping[str, int]], now_ms: int) -> int:
        cases = await self._cases.cases({lane: list(ids) for lane, ids in due.items()})
        records = []
        for lane, found in cases.items():
            commands = [
                deadline_command(case, now_ms)
                for case in found
                if next_alarm(case)[0] == due[lane][case.case_id]
            ]
            if commands:
                batch = pb.CommandBatch(lane=lane, commands=commands)
                records.append((lane, Outgoing(Topic.COMMANDS, batch.SerializeToString())))
                DEADLINES.inc(len(commands))
        await self._producer.send(records)
        return sum(len(found) for found in cases.values())
