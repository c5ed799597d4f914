"""The smallest service on lanes: counts the events of each subject and writes each count out once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

import faust
from redis.asyncio import Redis

from services.common import faust_worker
from services.common.kafka_out import LaneProducer
from services.common.lane_rebuild import LaneRebuilder
from services.common.lane_runtime import LaneRuntime
from services.common.lane_store import LaneStore
from services.common.lane_types import LaneOutcome, LaneRecord, Outgoing, Restored
from services.common.settings import CommonSettings
from services.common.topics import Topic

SETTINGS = CommonSettings()


class CountingHandler:
    """A record is "event subject"; its output is "event subject count"."""

    def decode(self, record: LaneRecord) -> tuple[str, str]:
        """Event id and subject."""
        event, subject = record.value.decode().split()
        return event, subject

    def wanted(self, decoded: tuple[str, str]) -> Sequence[str]:
        """The subject's count."""
        return [decoded[1]]

    def decide(
        self, record: LaneRecord, decoded: tuple[str, str], state: Mapping[str, bytes], now_ms: int
    ) -> LaneOutcome:
        """One more."""
        event, subject = decoded
        count = int(state.get(subject, b"0")) + 1
        snapshot = f"{record.lane} {record.offset} {subject} {count}"
        outputs = [
            Outgoing(Topic.RISK, f"{event} {subject} {count}".encode()),
            Outgoing(Topic.PROFILES, snapshot.encode(), key=subject.encode()),
        ]
        return LaneOutcome(outputs, {subject: b"%d" % count})

    def restore(self, topic: Topic, value: bytes) -> Restored:
        """The count a snapshot carries."""
        lane, offset, subject, count = value.decode().split()
        position = {SETTINGS.topics(Topic.EVENTS): int(offset)}
        return Restored(int(lane), LaneOutcome((), {subject: count.encode()}), position)


async def setup(app: faust.App, parts: AsyncExitStack) -> None:
    """Build the parts as a service does."""
    store = LaneStore(Redis.from_url(SETTINGS.redis), SETTINGS.prefix, "count")
    handler = CountingHandler()
    producer = LaneProducer(SETTINGS)
    await producer.start()
    parts.push_async_callback(producer.stop)
    runtime = LaneRuntime(
        service="count",
        handler=handler,
        store=store,
        producer=producer,
        rebuilder=LaneRebuilder(SETTINGS, store, handler, [Topic.PROFILES]),
        clock=SETTINGS.clock(),
    )
    await runtime.start()
    parts.push_async_callback(runtime.stop)
    faust_worker.consume(app, SETTINGS, [Topic.EVENTS], runtime)
    faust_worker.OwnedLanes(app, runtime, SETTINGS.partitions)


if __name__ == "__main__":
    faust_worker.run("count", SETTINGS, setup)
