"""Scoring from Kafka to decisions on Kafka, with state in Redis: in batches, and one record per event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from redis.asyncio import Redis

from sanse.risk.v1 import risk_pb2
from services.cli.bench.assessments import EVENTS_PER_BATCH, assessments, batches
from services.cli.bench.results import Figure
from services.cli.stack import Parts, Stack
from services.cli.topic_reader import read_topic
from services.common.lane_store import LaneStore
from services.common.lanes import LANES, lane_key, partition_of
from services.common.pack_catalogue import load_outlines
from services.common.redis_client import connect
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic

BULK_EVENTS = 100_000
NAIVE_EVENTS = 4_000
PACK = "household_dispute"
_GIVE_UP_S = 300.0
_LOOK_AGAIN_S = 0.02

Records = Sequence[tuple[int, bytes]]


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
    """Events per second from the first record sent to the last decision on Kafka and profile in Redis."""
    prefix = f"{name}{time.time_ns() // 1_000_000}"
    env = {"SANSE_STEP_RECORDS": str(step_records), "SANSE_MASTER_KEY": "00" * 32}
    stack = Stack(parts, folder / prefix, env, prefix)
    stack.prepare()
    pack = load_outlines(stack.settings().packs_dir)[PACK]
    records = list(batches(assessments(pack, events, seed=1), per_record))
    stack.start("risk_scoring")
    try:
        stack.wait_ready("risk_scoring")
        took_s = asyncio.run(_timed(stack.settings(), records, events))
        _check(stack.settings(), events)
        return events / took_s
    finally:
        stack.stop()


async def _timed(settings: CommonSettings, records: Records, events: int) -> float:
    """Seconds until as many records of decisions exist as there were of events, and all state is stored.

    The clients here are light, and nothing is decoded: on two cores the measuring must not take a core.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, max_request_size=MAX_RECORD_BYTES, linger_ms=2
    )
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    redis = connect(settings.redis)
    await producer.start()
    await consumer.start()
    try:
        began = time.monotonic()
        topic = settings.topics(Topic.EVENTS)
        for lane, value in records:
            partition = partition_of(lane, settings.partitions)
            await producer.send(topic, value, lane_key(lane), partition)
        await producer.flush()
        await _until(lambda: _decided(settings, consumer), len(records), "records of decisions")
        await _until(lambda: _stored(settings, redis), events, "profiles in Redis")
        return time.monotonic() - began
    finally:
        await producer.stop()
        await consumer.stop()
        await redis.aclose()


async def _until(count: Callable[[], Awaitable[int]], expected: int, what: str) -> None:
    """Wait until `count` reaches what is expected; TimeoutError says how many came."""
    deadline = time.monotonic() + _GIVE_UP_S
    while (counted := await count()) < expected:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{counted} of {expected} {what} in time")
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _decided(settings: CommonSettings, consumer: AIOKafkaConsumer) -> int:
    name = settings.topics(Topic.RISK)
    parts = [TopicPartition(name, number) for number in range(settings.partitions)]
    return sum((await consumer.end_offsets(parts)).values())


async def _stored(settings: CommonSettings, redis: Redis) -> int:
    store = LaneStore(redis, settings.prefix, "risk_scoring")
    pipe = redis.pipeline(transaction=False)
    for lane in range(LANES):
        pipe.hlen(store.key(lane, "state"))
    return sum(await pipe.execute())


def _check(settings: CommonSettings, events: int) -> None:
    """A rate counts only if every event was decided, and once."""
    decided = [
        decision.event_id
        for record in read_topic(settings, Topic.RISK)
        for decision in risk_pb2.RiskBatch.FromString(record.value).decisions
    ]
    if len(decided) != events or len(set(decided)) != events:
        raise ValueError(
            f"{events} events, {len(decided)} decisions on {len(set(decided))} of them"
        )
