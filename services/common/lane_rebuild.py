"""Rebuilds lanes from Kafka: reads the snapshot topics of their partitions and writes the newest state back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Generic

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.common import log
from services.common.lane_store import LaneCommit, LaneMeta, LaneStore
from services.common.lane_types import (
    Decoded,
    FoldingHandler,
    LaneHandler,
    LaneOutcome,
    Restored,
)
from services.common.lanes import LANES, partition_of
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic

_log = log.get("rebuild")


class _Gathered:
    """What the snapshots read so far say about one lane."""

    __slots__ = ("deadlines", "members", "positions", "puts")

    def __init__(self) -> None:
        self.puts: dict[str, bytes | None] = {}
        self.deadlines: dict[str, int | None] = {}
        self.members: dict[tuple[str, str], bool] = {}
        self.positions: dict[str, int] = {}

    def add(self, restored: Restored) -> None:
        self.puts.update(restored.outcome.puts)
        self.deadlines.update(restored.outcome.deadlines)
        self.members.update(restored.outcome.members)
        for topic, offset in restored.positions.items():
            self.positions[topic] = max(offset, self.positions.get(topic, -1))


class LaneRebuilder(Generic[Decoded]):
    """Redis is a view: lost or rolled back, it is written again from Kafka."""

    def __init__(
        self,
        settings: CommonSettings,
        store: LaneStore,
        handler: LaneHandler[Decoded],
        snapshot_topics: Sequence[Topic],
    ) -> None:
        self._settings = settings
        self._store = store
        self._handler = handler
        self._topics = tuple(snapshot_topics)
        self._lock = asyncio.Lock()

    async def rebuild(self, lanes: Sequence[int], metas: Mapping[int, LaneMeta]) -> None:
        """Write the newest state of lanes; also stamps empty lanes with the present Redis run."""
        async with self._lock:
            gathered: dict[int, _Gathered] = {lane: _Gathered() for lane in lanes}
            async for restored in self._restored(lanes):
                if restored.lane in gathered:
                    gathered[restored.lane].add(restored)
            commits = [self._commit(lane, gathered[lane], metas[lane]) for lane in lanes]
            await self._store.commit(commits)
            entries = sum(len(g.puts) for g in gathered.values())
            _log.info("lanes.rebuilt", lanes=len(lanes), entries=entries)

    def lanes_beside(self, lanes: Sequence[int]) -> list[int]:
        """All lanes of the partitions that hold the given ones."""
        partitions = self._settings.partitions
        mine = {partition_of(lane, partitions) for lane in lanes}
        return [lane for lane in range(LANES) if partition_of(lane, partitions) in mine]

    def _commit(self, lane: int, found: _Gathered, meta: LaneMeta) -> LaneCommit:
        positions = {
            topic: max(offset, meta.positions.get(topic, -1))
            for topic, offset in found.positions.items()
        }
        change = LaneOutcome((), found.puts, found.deadlines, found.members)
        return LaneCommit(lane, meta.version, positions, change)

    async def _restored(self, lanes: Sequence[int]) -> AsyncIterator[Restored]:
        handler = self._handler
        fold = handler.fold() if isinstance(handler, FoldingHandler) else _EachAlone(handler)
        async for topic, value in self._snapshots(lanes):
            for restored in fold.add(topic, value):
                yield restored
        for restored in fold.finish():
            yield restored

    async def _snapshots(self, lanes: Sequence[int]) -> AsyncIterator[tuple[Topic, bytes]]:
        partitions = sorted({partition_of(lane, self._settings.partitions) for lane in lanes})
        for topic in self._topics:
            name = self._settings.topics(topic)
            assigned = [TopicPartition(name, partition) for partition in partitions]
            async for value in read_to_end(self._settings.kafka, assigned):
                yield topic, value


class _EachAlone:
    """The fold of a handler whose every snapshot record is whole in itself."""

    def __init__(self, handler: LaneHandler[Any]) -> None:
        self._handler = handler

    def add(self, topic: Topic, value: bytes) -> Iterable[Restored]:
        restored = self._handler.restore(topic, value)
        return () if restored is None else (restored,)

    def finish(self) -> Iterable[Restored]:
        return ()


async def read_to_end(
    kafka: str, assigned: Sequence[TopicPartition], key: bytes | None = None
) -> AsyncIterator[bytes]:
    """All records of the partitions from their start to where they end now; only those of a key, if given."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign(list(assigned))
        ends = await consumer.end_offsets(list(assigned))
        await consumer.seek_to_beginning(*assigned)
        waiting = {tp for tp in assigned if ends[tp] > await consumer.position(tp)}
        while waiting:
            for tp, records in (await consumer.getmany(*waiting, timeout_ms=1000)).items():
                for record in records:
                    if record.offset >= ends[tp] or record.value is None:
                        continue
                    if key is None or record.key == key:
                        yield record.value
            waiting = {tp for tp in waiting if await consumer.position(tp) < ends[tp]}
    finally:
        await consumer.stop()
