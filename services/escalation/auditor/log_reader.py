"""Follows topics from their start with a position of its own, which no other process sees."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic

# Looks, each a second long, that bring nothing though something waits: then the broker is away.
_LOOKS_IN_VAIN = 30


class LogReader:
    """Consumers without a group: reading leaves no trace and takes nothing from the engine."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
        )
        # Asks only: behind a connection that waits for new records each question would wait half a second.
        self._asks = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
        self._ends: dict[TopicPartition, int] = {}

    async def start(
        self, topics: tuple[Topic, ...], recent: Mapping[Topic, int], parts: AsyncExitStack
    ) -> None:
        """Connect; raises KafkaConnectionError when no broker answers.

        `topics` are read from their start, those of `recent` from a moment in real time on.
        """
        for consumer in (self._consumer, self._asks):
            await consumer.start()
            parts.push_async_callback(consumer.stop)
        whole = [part for topic in topics for part in self._parts(topic)]
        since = {part: at for topic, at in recent.items() for part in self._parts(topic)}
        self._consumer.assign([*whole, *since])
        await self._consumer.seek_to_beginning(*whole)
        found = await self._asks.offsets_for_times(since)
        ends = await self._asks.end_offsets(list(since))
        for part, first in found.items():
            self._consumer.seek(part, first.offset if first else ends[part])

    async def mark(self, topics: Iterable[Topic]) -> None:
        """Up to where `news` reads from now on: the ends of these topics, taken in this order.

        A topic whose records tell of another's goes before it: what is read then never lacks what it tells of.
        """
        for topic in topics:
            self._ends.update(await self._asks.end_offsets(self._parts(topic)))

    async def news(self, topic: Topic) -> AsyncIterator[tuple[str, bytes]]:
        """What was written since the last call up to the mark: where each record lies, and its value.

        TimeoutError when what is there cannot be had.
        """
        waiting = await self._waiting(self._parts(topic))
        in_vain = 0
        while waiting:
            found = await self._consumer.getmany(*waiting, timeout_ms=1000)
            in_vain = 0 if found else in_vain + 1
            if in_vain == _LOOKS_IN_VAIN:
                raise TimeoutError(f"{topic.value[0]}: records wait and none comes")
            for part, records in found.items():
                for record in records:
                    if record.offset >= self._ends[part]:
                        self._consumer.seek(part, record.offset)
                        break
                    if record.value is not None:
                        yield f"{part.topic}/{part.partition}@{record.offset}", record.value
            waiting = await self._waiting(waiting)

    async def _waiting(self, parts: list[TopicPartition]) -> list[TopicPartition]:
        return [part for part in parts if await self._consumer.position(part) < self._ends[part]]

    async def spans(
        self, parts: Collection[tuple[str, int]]
    ) -> dict[tuple[str, int], tuple[int, int]]:
        """First offset still kept, and the end, of partitions given by topic name and number."""
        asked = [TopicPartition(topic, number) for topic, number in parts]
        begins = await self._asks.beginning_offsets(asked)
        ends = await self._asks.end_offsets(asked)
        return {(part.topic, part.partition): (begins[part], ends[part]) for part in asked}

    def _parts(self, topic: Topic) -> list[TopicPartition]:
        name = self._settings.topics(topic)
        return [TopicPartition(name, number) for number in range(self._settings.partitions)]
