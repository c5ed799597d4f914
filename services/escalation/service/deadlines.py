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
from services.escalation.adapters.lane_view import case_of_member, is_number
from services.escalation.domain.serials import Numbering
from services.escalation.service.measures import DEADLINES, LANES, NUMBER_WAITS
from services.escalation.service.proposals import proposals

POLL_S = 0.1
ENSURE_S = 2.0
# A proposal without effect is made again after this long, then ever more seldom.
PROPOSE_AGAIN_S = 10.0
PROPOSE_AGAIN_MOST_S = 600.0
# Rows of a lane read at a look: few, and many after a look that was full.
READ_FEW, READ_MANY = 8, 64
# A lane with proposals on their way is left alone until they took effect, but no longer than this: when much
# falls due at once, each look then finds more and finds nothing twice.
HOLD_S = 1.0

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
        numbering: Numbering | None = None,
    ) -> None:
        self._numbering = numbering
        self._store = store
        self._cases = cases
        self._producer = producer
        self._clock = clock
        self._next_ms: dict[int, int] = {}
        self._retry_s: dict[int, float] = {}
        self._proposals: dict[int, dict[str, _Proposal]] = {}
        self._full: set[int] = set()
        # Lanes left alone, and until when.
        self._held_s: dict[int, float] = {}
        self._written: set[int] = set()
        self._lanes: tuple[int, ...] = ()

    def committed(self, lane: int, outcome: LaneOutcome) -> None:
        """The runtime stored a change of a lane: a sooner deadline counts at once."""
        self._written.add(lane)
        proposed = self._proposals.get(lane, {})
        for member, due_ms in outcome.deadlines.items():
            proposed.pop(member, None)
            if due_ms is not None:
                self._sooner(lane, due_ms)
        if not proposed:
            self._held_s.pop(lane, None)

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
        self._held_s = {lane: at for lane, at in self._held_s.items() if lane in found}
        self._lanes = lanes
        LANES.set(len(lanes))

    async def poll(self, now_ms: int, now_s: float) -> int:
        """Propose what is due now; gives back how many commands were written."""
        limits = {
            lane: len(self._proposals.get(lane, ()))
            + (READ_MANY if lane in self._full else READ_FEW)
            for lane in self._lanes
            if self._held_s.get(lane, 0.0) <= now_s and self._calls(lane, now_ms, now_s)
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
            if due and lane not in self._full:
                self._held_s[lane] = now_s + HOLD_S
        return count

    def _calls(self, lane: int, now_ms: int, now_s: float) -> bool:
        """Whether a deadline of the lane is due, or a proposal is to be made again."""
        due = self._next_ms.get(lane, _NEVER) <= now_ms
        return due or self._retry_s.get(lane, _NEVER) <= now_s

    def _sooner(self, lane: int, due_ms: int) -> None:
        self._next_ms[lane] = min(due_ms, self._next_ms.get(lane, _NEVER))

    def _fresh(
        self, lane: int, rows: Sequence[tuple[str, int]], now_ms: int, now_s: float
    ) -> dict[str, int]:
        """Due and not proposed lately."""
        known = self._proposals.get(lane, {})
        fresh: dict[str, int] = {}
        for member, due_ms in rows:
            proposal = known.get(member)
            waits = proposal is not None and proposal.due_ms == due_ms and now_s < proposal.again_s
            if due_ms <= now_ms and not waits:
                fresh[member] = due_ms
        return fresh

    def _remember(self, lane: int, due: Mapping[str, int], now_s: float) -> None:
        known = self._proposals.setdefault(lane, {})
        for member, due_ms in due.items():
            before = known.get(member)
            again = before is not None and before.due_ms == due_ms
            pause = (
                min(before.pause_s * 2, PROPOSE_AGAIN_MOST_S)
                if before and again
                else PROPOSE_AGAIN_S
            )
            known[member] = _Proposal(due_ms, now_s + pause, pause)
            if again and is_number(member):
                # Nobody is told of that notice meanwhile: whoever watches must see it.
                NUMBER_WAITS.inc()
                _log.warning("number.waits", case_id=case_of_member(member))

    def _schedule(
        self, lane: int, rows: Sequence[tuple[str, int]], limit: int, now_ms: int
    ) -> None:
        """When to look at the lane again: at its first deadline to come, or when a proposal stayed without effect."""
        later = next((due_ms for _, due_ms in rows if due_ms > now_ms), None)
        full = later is None and len(rows) == limit
        if full:
            later = now_ms
            self._full.add(lane)
        else:
            self._full.discard(lane)
        if later is not None:
            self._sooner(lane, later)
        again = [proposal.again_s for proposal in self._proposals.get(lane, {}).values()]
        self._retry_s[lane] = min(again, default=float(_NEVER))

    async def _propose(self, due: Mapping[int, Mapping[str, int]], now_ms: int) -> int:
        cases = await self._cases.cases(
            {lane: list({case_of_member(one): None for one in due[lane]}) for lane in due}
        )
        by_lane: dict[int, list[pb.Command]] = {}
        for lane, found in cases.items():
            for case in found:
                for to_lane, command in proposals(case, due[lane], now_ms, self._numbering):
                    by_lane.setdefault(to_lane, []).append(command)
        count = sum(map(len, by_lane.values()))
        DEADLINES.inc(count)
        await self._producer.send(
            (lane, Outgoing(Topic.COMMANDS, _batch(lane, commands)))
            for lane, commands in by_lane.items()
        )
        return count


def _batch(lane: int, commands: Sequence[pb.Command]) -> bytes:
    return pb.CommandBatch(lane=lane, commands=commands).SerializeToString()
