"""Asks the log itself whether an attempt is recorded: for a successor whose lane has not read it yet."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.common.lane_store import LaneStore
from services.common.lanes import lane_key, partition_of
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic
from services.notifier.adapters import codec


class DeliveryLog:
    """Reads the deliveries of a lane from where its state ends; rare: only after a worker died in flight."""

    def __init__(self, settings: CommonSettings, store: LaneStore) -> None:
        self._settings = settings
        self._store = store
        self._topic = settings.topics(Topic.DELIVERIES)

    async def has(self, lane: int, notice_id: str, attempt: int, state_key: str) -> bool:
        """Whether this attempt, or a later one, of the notice stands on the log; state_key: where its progress is.

        The state is read after the position it belongs to: what the lane reads in between is seen in one of them.
        """
        meta = (await self._store.metas([lane]))[0]
        raw = await self._store.get(lane, state_key)
        if raw is not None and codec.read_progress(raw).attempts >= attempt:
            return True
        partition = TopicPartition(self._topic, partition_of(lane, self._settings.partitions))
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka,
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
        )
        await consumer.start()
        try:
            consumer.assign([partition])
            first = (await consumer.beginning_offsets([partition]))[partition]
            end = (await consumer.end_offsets([partition]))[partition]
            consumer.seek(partition, max(first, meta.positions.get(self._topic, -1) + 1))
            while await consumer.position(partition) < end:
                for record in (await consumer.getmany(partition, timeout_ms=1000)).get(
                    partition, ()
                ):
                    if record.key == lane_key(lane) and _names(record.value, notice_id, attempt):
                        return True
            return False
        finally:
            await consumer.stop()


def _names(value: bytes, notice_id: str, attempt: int) -> bool:
    return any(
        delivery.notice_id == notice_id and delivery.after.attempts >= attempt
        for delivery in codec.read_deliveries(value)
    )
