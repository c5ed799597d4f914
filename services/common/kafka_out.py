"""Writes records to Kafka and waits until all replicas have them (aiokafka, idempotent)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from services.common.lane_types import Outgoing
from services.common.lanes import lane_key, partition_of
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic, TopicNames

# Topics from which state is rebuilt.
SNAPSHOTS = frozenset({Topic.PROFILES, Topic.CASES})


class LaneProducer:
    """An idempotent producer that puts each record into the partition of its lane."""

    def __init__(self, settings: CommonSettings) -> None:
        self._names: TopicNames = settings.topics
        self._partitions = settings.partitions
        self._kafka = AIOKafkaProducer(
            bootstrap_servers=settings.kafka,
            enable_idempotence=True,
            acks="all",
            max_request_size=MAX_RECORD_BYTES,
            max_batch_size=512 * 1024,
        )

    async def start(self) -> None:
        """Connect; raises KafkaConnectionError when no broker answers."""
        await self._kafka.start()

    async def stop(self) -> None:
        """Flush and disconnect."""
        await self._kafka.stop()

    async def send(self, records: Iterable[tuple[int, Outgoing]]) -> None:
        """Write (lane, record) pairs and return when every one is acknowledged.

        Snapshots go last: a snapshot that can be read proves that what it stands for was written too.
        """
        first: list[tuple[int, Outgoing]] = []
        snapshots: list[tuple[int, Outgoing]] = []
        for lane, record in records:
            (snapshots if record.topic in SNAPSHOTS else first).append((lane, record))
        for phase in (first, snapshots):
            futures = [await self._enqueue(lane, record) for lane, record in phase]
            if futures:
                await asyncio.gather(*futures)

    async def _enqueue(self, lane: int, record: Outgoing) -> asyncio.Future[object]:
        future: asyncio.Future[object] = await self._kafka.send(
            self._names(record.topic),
            value=record.value,
            key=record.key or lane_key(lane),
            partition=partition_of(lane, self._partitions),
        )
        return future
