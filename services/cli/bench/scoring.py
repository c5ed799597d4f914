"""Scoring from Kafka to decisions on Kafka, with state in Redis: in batches, and one record per event."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from sanse.risk.v1 import risk_pb2
from services.cli.bench.assessments import EVENTS_PER_BATCH, assessments, batches
from services.cli.bench.results import Figure
from services.cli.stack import Parts, Stack
from services.common.lanes import lane_key, partition_of
from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic

BULK_EVENTS = 100_000
NAIVE_EVENTS = 4_000
PACK = "household_dispute"
_GIVE_UP_S = 300.0


def measure(parts: Parts, folder: Path) -> Iterator[Figure]:
    """Yield scoring.bulk.batched, .naive and .ratio, measured one after the other."""
    batched = _run(parts, folder, "bench-b", BULK_EVENTS, EVENTS_PER_BATCH, step_records=64)
    yield Figure(
        "scoring.bulk.batched",
        "1/s",
        batched,
        {"events": BULK_EVENTS, "per_record": EVENTS_PER_BATCH},
    )
    naive = _run(parts, folder, "bench-n", NAIVE_EVENTS, 1, step_records=1)
    yield Figure("scoring.bulk.naive", "1/s", naive, {"events": NAIVE_EVENTS, "per_record": 1})
    yield Figure("scoring.bulk.ratio", "x", batched / naive)


def _run(
    parts: Parts, folder: Path, name: str, events: int, per_record: int, step_records: int
) -> float:
    """Events per second from the first record sent to the last decision readable on Kafka."""
    prefix = f"{name}{time.time_ns() // 1_000_000}"
    env = {"SANSE_STEP_RECORDS": str(step_records), "SANSE_MASTER_KEY": "00" * 32}
    stack = Stack(parts, folder / prefix, env, prefix)
    stack.prepare()
    pack = load_outlines(stack.settings().packs_dir)[PACK]
    records = list(batches(assessments(pack, events, seed=1), per_record))
    stack.start("risk_scoring")
    try:
        stack.wait_ready("risk_scoring")
        return events / _timed(stack.settings(), records, events)
    finally:
        stack.stop()


def _timed(settings: CommonSettings, records: Sequence[tuple[int, bytes]], expected: int) -> float:
    decisions = _Decisions(settings)
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka, max_request_size=MAX_RECORD_BYTES, linger_ms=5
    )
    topic = settings.topics(Topic.EVENTS)
    began = time.monotonic()
    for lane, value in records:
        partition = partition_of(lane, settings.partitions)
        producer.send(topic, value=value, key=lane_key(lane), partition=partition)
    producer.flush()
    decisions.wait_for(expected, began + _GIVE_UP_S)
    ended = time.monotonic()
    producer.close()
    decisions.close()
    return ended - began


class _Decisions:
    """Counts distinct decisions as they become readable."""

    def __init__(self, settings: CommonSettings) -> None:
        name = settings.topics(Topic.RISK)
        parts = [TopicPartition(name, number) for number in range(settings.partitions)]
        self._consumer = KafkaConsumer(
            bootstrap_servers=settings.kafka,
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
        )
        self._consumer.assign(parts)
        self._consumer.seek_to_beginning(*parts)
        self._seen = 0

    def wait_for(self, expected: int, deadline: float) -> None:
        """Wait until `expected` decisions were read; TimeoutError says how many came."""
        while self._seen < expected:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._seen} of {expected} decisions came in time")
            for records in self._consumer.poll(timeout_ms=200).values():
                for record in records:
                    self._seen += len(risk_pb2.RiskBatch.FromString(record.value).decisions)

    def close(self) -> None:
        self._consumer.close()
