"""Finds what is due in the lanes this worker owns: after a start, a take-over, a wait or a lost Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from services.common import log
from services.common.clock import Clock
from services.common.lane_runtime import LaneRuntime
from services.common.lane_store import LaneStore
from services.notifier.service.handler import notice_key, state_key
from services.notifier.service.sender import Sender, due_jobs

EVERY_S = 0.2
# Everything is looked at anew this often, whatever was noted.
FULL_EVERY = 75
# Notices of one lane looked at in one go.
AT_ONCE = 1000
# Later than any deadline.
FAR_MS = 1 << 52
_log = log.get("sweep")


class Sweep:
    """Looks five times a second at lanes with something noted, now and then at all. Deadlines are real time."""

    def __init__(
        self,
        store: LaneStore,
        runtime: LaneRuntime[Any],
        sender: Sender,
        wall: Clock,
        lanes: Callable[[], Sequence[int]],
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._sender = sender
        self._wall = wall
        self._lanes = lanes
        self._known: Sequence[int] = ()
        self._rounds = 0

    async def run(self) -> None:
        """Sweep until cancelled; Redis or Kafka may be away for a while."""
        while True:
            try:
                await self.once()
            except (TimeoutError, RedisError, KafkaError, OSError) as error:
                _log.warning("sweep.failed", error=type(error).__name__)
                self._known = ()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Check that Redis still has the lanes, then hand over everything due in them."""
        lanes = self._lanes()
        if not lanes:
            return
        self._rounds += 1
        whole = lanes != self._known or self._rounds % FULL_EVERY == 0 or await self._redis_lost()
        if whole:
            await self._restore_lost(lanes)
            self._sender.noted.update(await self._store.next_due(lanes))
            self._known = lanes
        now_ms = self._wall.now_ms()
        for lane in [lane for lane, due_ms in self._sender.noted.items() if due_ms <= now_ms]:
            # No use in reading what finds no room, but now and then: red does.
            if whole or not self._sender.is_full:
                await self._look(lane, now_ms)

    async def _redis_lost(self) -> bool:
        """Whether Redis was emptied or replaced; it loses all lanes or none, so one tells."""
        run = await self._store.redis_run()
        probe = self._known[self._rounds % len(self._known)]
        return (await self._store.metas([probe]))[0].redis_run != run

    async def _restore_lost(self, lanes: Sequence[int]) -> None:
        """Only lanes that Redis lost: asking for all would disturb the steps under way."""
        run = await self._store.redis_run()
        metas = await self._store.metas(lanes)
        lost = [n for n, meta in zip(lanes, metas, strict=True) if meta.redis_run != run]
        if lost:
            await self._runtime.ensure(lost)

    async def _look(self, lane: int, now_ms: int) -> None:
        """Hand over what is due in a lane, and note what comes next there."""
        self._sender.noted.pop(lane, None)
        if lane not in self._known:
            return
        deadlines = await self._store.due(lane, FAR_MS, AT_ONCE)
        coming = [at for _, at in deadlines if at > now_ms]
        if coming:
            self._sender.note_due(lane, coming[0])
        elif len(deadlines) == AT_ONCE:
            self._sender.note_due(lane, 0)
        await self._hand_over(lane, [member for member, at in deadlines if at <= now_ms], now_ms)

    async def _hand_over(self, lane: int, ids: Sequence[str], now_ms: int) -> None:
        """What is in the sender's hands already, it passes over; it comes back noted if it has to."""
        keys = [key(notice_id) for notice_id in ids for key in (notice_key, state_key)]
        state = (await self._store.load({lane: keys}))[lane].state
        for job in due_jobs(lane, ids, state, now_ms):
            self._sender.submit(job)
