"""Reads whole topics, for reconciling and for questions of operators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from services.common.lanes import lane_key, partition_of
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic


def read_topic(
    settings: CommonSettings, topic: Topic, lane: int | None = None, since_ms: int = 0
) -> Iterator[Any]:
    """All records of a topic, or of one lane of it, from its start to where it ends now, per partition in order.

    since_ms: only those that came then or later, by the broker's time.
    """
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka,
        enable_auto_commit=False,
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
        fetch_max_bytes=4 * MAX_RECORD_BYTES,
    )
    try:
        name = settings.topics(topic)
        parts = [TopicPartition(name, p) for p in sorted(consumer.partitions_for_topic(name) or ())]
        if lane is not None:
            home = partition_of(lane, settings.partitions)
            parts = [part for part in parts if part.partition == home]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends = consumer.end_offsets(parts)
        if since_ms:
            for part, first in consumer.offsets_for_times(dict.fromkeys(parts, since_ms)).items():
                consumer.seek(part, first.offset if first else ends[part])
        while any(consumer.position(part) < ends[part] for part in parts):
            for part, records in consumer.poll(timeout_ms=1000).items():
                yield from (
                    record
                    for record in records
                    if record.offset < ends[part] and (lane is None or record.key == lane_key(lane))
                )
    finally:
        consumer.close()
