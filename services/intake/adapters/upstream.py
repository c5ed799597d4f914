"""Reads sanse.upstream: a batch at a time, committed only when everything in it was accepted or rejected for good."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from services.common import log
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic
from services.intake.adapters.kafka_sender import KafkaAway

MAX_RECORDS = 500
RETRY_S = 1.0
_log = log.get("upstream")

Take = Callable[[Sequence[Any]], Awaitable[None]]


class UpstreamReader:
    """One consumer of the group "<prefix>-intake"; `take` gets the records of each batch in order."""

    def __init__(self, settings: CommonSettings, take: Take) -> None:
        self._settings = settings
        self._take = take
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Read in the background until stopped."""
        self._task = asyncio.create_task(self._run(), name="upstream")

    async def stop(self) -> None:
        """Leave the group; a batch in progress is not committed and will come again."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            consumer = self._consumer()
            try:
                await consumer.start()
                while True:
                    await self._step(consumer)
            except (KafkaError, KafkaAway) as away:
                # A new consumer starts from the last commit: nothing is skipped.
                _log.warning("upstream.interrupted", error=type(away).__name__)
                await asyncio.sleep(RETRY_S)
            finally:
                await consumer.stop()

    async def _step(self, consumer: AIOKafkaConsumer) -> None:
        batch = await consumer.getmany(timeout_ms=1000, max_records=MAX_RECORDS)
        records = [record for part in batch.values() for record in part]
        if records:
            await self._take(records)
            await consumer.commit()

    def _consumer(self) -> AIOKafkaConsumer:
        settings = self._settings
        return AIOKafkaConsumer(
            settings.topics(Topic.UPSTREAM),
            bootstrap_servers=settings.kafka,
            group_id=f"{settings.prefix}-intake",
            group_instance_id=f"{settings.prefix}-intake-{settings.instance}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(settings.session_timeout_s * 1000),
            heartbeat_interval_ms=int(settings.session_timeout_s * 200),
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
        )
