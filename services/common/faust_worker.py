"""The shell all stream workers share: Faust brings raw records, the lane runtime acknowledges them once stored."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import faust
import uvloop
from faust.types import StreamT

from services.common import faust_transport, log, metrics
from services.common.lane_runtime import LaneRuntime, as_record
from services.common.lane_types import PoisonRecord
from services.common.lanes import LANES, partition_of
from services.common.memory import settle_memory
from services.common.settings import CommonSettings
from services.common.tls import refuse_wrong_tls
from services.common.topics import MAX_RECORD_BYTES, Topic

# Messages Faust may hold in memory per topic; each can be a batch of hundreds of events.
_BUFFERED_RECORDS = 128
_log = log.get("faust")


class OwnedLanes:
    """The lanes this worker owns now, kept up to date by Faust's rebalance signals."""

    def __init__(self, app: faust.App, runtime: LaneRuntime[Any], partitions: int) -> None:
        self.lanes: tuple[int, ...] = ()
        self._runtime = runtime
        self._partitions = partitions
        # weak=False: Faust would otherwise drop the receivers of an object only referenced here.
        app.on_partitions_assigned.connect(self._assigned, weak=False)
        app.on_partitions_revoked.connect(self._revoked, weak=False)

    async def _assigned(self, _: Any, assigned: Any, **__: Any) -> None:
        mine = {tp.partition for tp in assigned}
        self._runtime.forget()
        self.lanes = tuple(n for n in range(LANES) if partition_of(n, self._partitions) in mine)
        _log.info("lanes.assigned", lanes=len(self.lanes), partitions=sorted(mine))

    async def _revoked(self, _: Any, revoked: Any, **__: Any) -> None:
        gone = {tp.partition for tp in revoked}
        self._runtime.forget()
        self.lanes = tuple(n for n in self.lanes if partition_of(n, self._partitions) not in gone)


def build_app(service: str, settings: CommonSettings) -> faust.App:
    """A Faust app without tables or its own producer traffic: the lane store owns state and offsets."""
    app = faust.App(
        f"{settings.prefix}-{service}",
        broker=f"kafka://{settings.kafka}",
        value_serializer="raw",
        key_serializer="raw",
        topic_partitions=settings.partitions,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        datadir=str(
            Path(tempfile.gettempdir()) / f"{settings.prefix}-{service}-{settings.instance}"
        ),
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{settings.prefix}-{service}-{settings.instance}",
        consumer_max_fetch_size=MAX_RECORD_BYTES,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 5,
        broker_commit_interval=1.0,
        stream_buffer_maxsize=_BUFFERED_RECORDS,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
    )
    faust_transport.install(app, settings.kafka)
    return app


def consume(
    app: faust.App,
    settings: CommonSettings,
    topics: Sequence[Topic],
    runtime: LaneRuntime[Any],
    wanted: Callable[[bytes], bool] | None = None,
) -> None:
    """One agent per input topic: read the envelope, hand over, acknowledge only when stored.

    `wanted` tells records that concern the service from those that are passed by, acknowledged at once.
    """
    for topic in topics:
        channel = app.topic(
            settings.topics(topic), key_type=bytes, value_type=bytes, partitions=settings.partitions
        )
        app.agent(channel, name=f"{settings.prefix}-{topic.value[0]}")(_feeder(runtime, wanted))


def _feeder(
    runtime: LaneRuntime[Any], wanted: Callable[[bytes], bool] | None
) -> Callable[[StreamT[bytes]], Awaitable[None]]:
    async def feed(stream: StreamT[bytes]) -> None:
        async for event in stream.noack().events():
            if wanted and not wanted(event.message.value):
                event.ack()
                continue
            try:
                await runtime.submit(as_record(event.message), event.ack)
            except PoisonRecord as poison:
                await runtime.bury(event.message, poison)
                event.ack()

    return feed


Setup = Callable[[faust.App, AsyncExitStack], Awaitable[None]]


def run(service: str, settings: CommonSettings, setup: Setup) -> None:
    """Run a worker until SIGTERM or SIGINT. `setup` builds the parts inside the running loop.

    Raises what crashed the worker, so that its supervisor sees a failed exit and restarts it.
    """
    log.configure(service, settings.log_level, as_json=settings.log_json)
    refuse_wrong_tls(settings)
    metrics.serve(settings.metrics_port)
    uvloop.install()
    asyncio.run(_serve(service, settings, setup))


async def _serve(service: str, settings: CommonSettings, setup: Setup) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as parts:
        app = build_app(service, settings)
        await setup(app, parts)
        app.finalize()
        await app.start()
        parts.push_async_callback(app.stop)
        settle_memory()
        _log.info("service.ready", instance=settings.instance)
        await app.wait(stop.wait())
        if app.crashed:
            raise RuntimeError(f"{service} crashed") from app.crash_reason
