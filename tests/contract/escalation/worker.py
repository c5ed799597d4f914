"""An escalation worker on real Kafka and Redis, driven step by step: no Faust, and a clock moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc.aio
from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis

from sanse.escalation.v1 import case_service_pb2_grpc as rpc
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.cli.local.process import free_port
from services.common import grpc_server
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_rebuild import LaneRebuilder, read_to_end
from services.common.lane_runtime import LaneRuntime, as_record
from services.common.lane_store import LaneStore
from services.common.lane_types import Outgoing
from services.common.lanes import LANES, lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.escalation.adapters.case_reader import CaseReader
from services.escalation.domain.draft import Rules
from services.escalation.service.case_api import CaseApi
from services.escalation.service.deadlines import DeadlineTimer
from services.escalation.service.handler import EscalationHandler
from tests.unit.escalation.desk import START_MS, rules

PARTITIONS = 2
INPUTS = (Topic.RISK, Topic.TRIAGE, Topic.REVIEWS, Topic.EVENTS, Topic.COMMANDS)


@dataclass
class HandClock:
    """A clock that moves only when told."""

    now: int = START_MS

    def now_ms(self) -> int:
        return self.now


class Worker:
    """The parts of main.py, on the settings and rules given."""

    def __init__(
        self,
        settings: CommonSettings,
        redis: Redis,
        producer: LaneProducer,
        law: Rules | None = None,
        store: LaneStore | None = None,
    ) -> None:
        self.settings = settings
        self.redis = redis
        self.clock = HandClock()
        self.store = store or LaneStore(redis, settings.prefix, "escalation")
        self.producer = producer
        self.cases = CaseReader(settings, self.store)
        law = self.law = law or rules()
        self.timer = DeadlineTimer(
            store=self.store,
            cases=self.cases,
            producer=producer,
            clock=self.clock,
            numbering=law.numbering,
        )
        handler = EscalationHandler(law, settings.topics)
        self.runtime = LaneRuntime(
            service="escalation",
            handler=handler,
            store=self.store,
            producer=producer,
            rebuilder=LaneRebuilder(settings, self.store, handler, [Topic.CASES]),
            clock=self.clock,
            on_committed=self.timer.committed,
        )
        self.consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
        )

    async def start(self, parts: AsyncExitStack) -> None:
        await self.consumer.start()
        parts.push_async_callback(self.consumer.stop)
        self.consumer.assign(
            [
                TopicPartition(self.settings.topics(topic), number)
                for topic in INPUTS
                for number in range(PARTITIONS)
            ]
        )
        await self.runtime.start()
        parts.push_async_callback(self.runtime.stop)

    async def write(self, topic: Topic, subject_id: str, value: bytes) -> None:
        """What scoring or a person writes to the log."""
        await self.producer.send([(lane_of(subject_id), Outgoing(topic, value))])

    async def work(self) -> None:
        """Work all records that are in the log now, and return when their effects are stored."""
        parts = self.consumer.assignment()
        ends = await self.consumer.end_offsets(list(parts))
        pending = []
        for part in parts:
            while await self.consumer.position(part) < ends[part]:
                stored = asyncio.Event()
                pending.append(stored.wait())
                record = as_record(await self.consumer.getone(part))
                await self.runtime.submit(record, stored.set)
        await asyncio.gather(*pending)

    async def refresh(self) -> None:
        """What the timer does every two seconds."""
        await self.timer.refresh(self.runtime, range(LANES))

    async def state(self) -> dict[str, Any]:
        """All that Redis holds of the lanes' states, sets and deadlines."""
        found: dict[str, Any] = {}
        async for key in self.redis.scan_iter(f"{self.settings.prefix}:escalation:*"):
            name = key.decode()
            if name.endswith(":state"):
                found[name] = await self.redis.hgetall(key)
            elif name.endswith(":due"):
                found[name] = await self.redis.zrange(key, 0, -1, withscores=True)
            elif ":set:" in name:
                found[name] = await self.redis.smembers(key)
        return found

    async def lose_state(self) -> None:
        """What a flush of Redis does to this worker's keys."""
        async for key in self.redis.scan_iter(f"{self.settings.prefix}:escalation:*"):
            await self.redis.delete(key)

    async def written(self, topic: Topic) -> list[bytes]:
        """All record values of a topic."""
        parts = [TopicPartition(self.settings.topics(topic), n) for n in range(PARTITIONS)]
        return [value async for value in read_to_end(self.settings.kafka, parts)]

    async def notices(self) -> list[notify_pb2.Notice]:
        """All notices written."""
        values = await self.written(Topic.NOTICES)
        return [n for value in values for n in notify_pb2.NoticeBatch.FromString(value).notices]

    async def proposals(self) -> list[pb.Command]:
        """All commands written."""
        values = await self.written(Topic.COMMANDS)
        return [c for value in values for c in pb.CommandBatch.FromString(value).commands]


@asynccontextmanager
async def running_worker(
    kafka: str, redis_url: str, prefix: str, law: Rules | None = None
) -> AsyncIterator[Worker]:
    """A worker on its own topics and keys."""
    settings = CommonSettings(
        kafka=kafka,
        redis=redis_url,
        prefix=prefix,
        partitions=PARTITIONS,
        grpc_listen=f"127.0.0.1:{free_port()}",
    )
    await asyncio.to_thread(ensure_topics, settings)
    async with AsyncExitStack() as parts:
        redis = Redis.from_url(redis_url)
        parts.push_async_callback(redis.aclose)
        producer = LaneProducer(settings)
        await producer.start()
        parts.push_async_callback(producer.stop)
        worker = Worker(settings, redis, producer, law)
        await worker.start(parts)
        yield worker


@asynccontextmanager
async def served(worker: Worker) -> AsyncIterator[rpc.CaseServiceAsyncStub]:
    """The worker's gRPC door, and a client before it."""
    law = worker.law
    api = CaseApi(worker.cases, law.posts, worker.producer, worker.clock, law.policies)
    server = await grpc_server.start(
        worker.settings, lambda grpc_: rpc.add_CaseServiceServicer_to_server(api, grpc_)
    )
    assert server is not None
    async with grpc.aio.insecure_channel(worker.settings.grpc_listen) as channel:
        yield rpc.CaseServiceStub(channel)
    await server.stop(0)
