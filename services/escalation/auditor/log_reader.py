"""Follows topics from their start with a position of its own, which no other process sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic


class LogReader:
    """One consumer without a group: reading leaves no trace and takes nothing from the engine."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
        )

    async def start(self, topics: tuple[Topic, ...], parts: AsyncExitStack) -> None:
        """Connect; raises KafkaConnectionError when no broker answers."""
        await self._consumer.start()
        parts.push_async_callback(self._consumer.stop)
        assigned = [part for topic in topics for part in self._parts(topic)]
        self._consumer.assign(assigned)
        await self._consumer.seek_to_beginning(*assigned)

    async def news(self, topic: Topic) -> AsyncIterator[tuple[str, bytes]]:
        """What was written since the last call up to now: where each record lies, and its value."""
        parts = self._parts(topic)
        ends = await self._consumer.end_offsets(parts)
        waiting = [part for part in parts if await self._consumer.position(part) < ends[part]]
        while waiting:
            for part, records in (await self._consumer.getmany(*waiting, timeout_ms=1000)).items():
                for record in records:
                    if record.value is not None:
                        yield f"{part.topic}/{part.partition}@{record.offset}", record.value
            waiting = [part for part in waiting if await self._consumer.position(part) < ends[part]]

    def _parts(self, topic: Topic) -> list[TopicPartition]:
        name = self._settings.topics(topic)
        return [TopicPartition(name, number) for number in range(self._settings.partitions)]
