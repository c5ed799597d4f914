"""Reads one partition of a topic from its start to where it ends now (kafka-python)."""

from __future__ import annotations

from collections.abc import Iterator

from kafka import KafkaConsumer, TopicPartition

from services.common.lane_types import LaneRecord, PoisonRecord
from services.common.lanes import lane_from_key
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic

_POLL_MS = 1000


class LogAway(OSError):
    """The broker or the topic does not answer."""


def partitions_of(settings: CommonSettings, topic: Topic) -> list[int]:
    """The partitions of a topic; LogAway when the broker has no such topic."""
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    try:
        found = consumer.partitions_for_topic(settings.topics(topic))
    finally:
        consumer.close()
    if not found:
        raise LogAway(f"{settings.kafka} has no topic {settings.topics(topic)}")
    return sorted(found)


def read_partition(settings: CommonSettings, topic: Topic, partition: int) -> Iterator[LaneRecord]:
    """The records of a partition in order; those that name no lane are in lane -1, to be counted as unreadable."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka,
        enable_auto_commit=False,
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
        fetch_max_bytes=MAX_RECORD_BYTES,
    )
    place = TopicPartition(settings.topics(topic), partition)
    try:
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        end = consumer.end_offsets([place])[place]
        while consumer.position(place) < end:
            for records in consumer.poll(timeout_ms=_POLL_MS).values():
                for one in records:
                    if one.offset < end:
                        yield LaneRecord(
                            one.topic, partition, one.offset, _lane(one.key), one.value
                        )
    finally:
        consumer.close()


def _lane(key: bytes | None) -> int:
    try:
        return lane_from_key(key or b"")
    except (ValueError, PoisonRecord):
        return -1
