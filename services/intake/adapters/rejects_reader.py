"""Reads the rejects topic from its start to where it ends now."""

from __future__ import annotations

from collections.abc import Iterator

from kafka import KafkaConsumer, TopicPartition

from sanse.intake.v1 import events_pb2
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic


def read_rejects(settings: CommonSettings) -> Iterator[events_pb2.RejectedInput]:
    """Each refused input once, though the same input refused twice is there twice."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka,
        enable_auto_commit=False,
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
    )
    try:
        seen: set[str] = set()
        for value in _values(consumer, settings.topics(Topic.REJECTS)):
            reject = events_pb2.RejectedInput.FromString(value)
            if reject.reject_id not in seen:
                seen.add(reject.reject_id)
                yield reject
    finally:
        consumer.close()


def _values(consumer: KafkaConsumer, name: str) -> Iterator[bytes]:
    parts = [TopicPartition(name, p) for p in sorted(consumer.partitions_for_topic(name) or ())]
    consumer.assign(parts)
    consumer.seek_to_beginning(*parts)
    ends = consumer.end_offsets(parts)
    while any(consumer.position(part) < ends[part] for part in parts):
        for part, records in consumer.poll(timeout_ms=1000).items():
            yield from (record.value for record in records if record.offset < ends[part])
