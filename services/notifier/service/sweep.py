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

EVERY_S = 1.0
_log = log.get("sweep")


class Sweep:
    """Looks every second, and at once when the sender asks. Deadlines are real time."""

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

    async def run(self) -> None:
        """Sweep until cancelled; Redis or Kafka may be away for a while."""
        while True:
            try:
                await self.once()
            except (TimeoutError, RedisError, KafkaError, OSError) as error:
                _log.warning("sweep.failed", error=type(error).__name__)
            await self._pause()

    async def once(self) -> None:
        """Check that Redis still has the lanes, then hand over everything due in them."""
        lanes = self._lanes()
        if not lanes:
            return
        await self._restore_lost(lanes)
        now_ms = self._wall.now_ms()
        for lane, due_ms in (await self._store.next_due(lanes)).items():
            if due_ms <= now_ms:
                await self._hand_over(lane, now_ms)

    async def _restore_lost(self, lanes: Sequence[int]) -> None:
        """Only lanes that Redis lost: asking for all would disturb the steps under way."""
        run = await self._store.redis_run()
        metas = await self._store.metas(lanes)
        lost = [n for n, meta in zip(lanes, metas, strict=True) if meta.redis_run != run]
        if lost:
            await self._runtime.ensure(lost)

    async def _hand_over(self, lane: int, now_ms: int) -> None:
        ids = [member for member, _ in await self._store.due(lane, now_ms)]
        keys = [key(notice_id) for notice_id in ids for key in (notice_key, state_key)]
        state = (await self._store.load({lane: keys}))[lane].state
        for job in due_jobs(lane, ids, state, now_ms):
            self._sender.submit(job)

    async def _pause(self) -> None:
        self._sender.wake.clear()
        try:
            await asyncio.wait_for(self._sender.wake.wait(), EVERY_S)
        except TimeoutError:
            return
