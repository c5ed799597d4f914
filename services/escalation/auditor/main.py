"""The auditor process: passes for ever, past the engine, told to those outside."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from services.common import grpc_server, log, metrics
from services.common.kafka_out import LaneProducer
from services.common.redis_client import connect
from services.common.tls import refuse_wrong_tls
from services.escalation.auditor.log_reader import LogReader
from services.escalation.auditor.measures import CLEAN_AT, PASSES, STANDING
from services.escalation.auditor.passes import TOPICS, Auditor
from services.escalation.auditor.settings import AuditSettings
from services.escalation.auditor.store_view import StoreView
from services.escalation.auditor.watchers import Watchers, reasons
from services.escalation.domain.audit import Fault, Finding

# The store is compared with the ledger in so many parts, one a pass; the first pass compares all.
TURNS = 8
_log = log.get("audit")


@asynccontextmanager
async def connected(settings: AuditSettings) -> AsyncIterator[Auditor]:
    """An auditor on the parts of the settings, which knows nothing yet."""
    async with AsyncExitStack() as parts:
        redis = connect(settings.redis)
        parts.push_async_callback(redis.aclose)
        producer = LaneProducer(settings)
        await producer.start()
        parts.push_async_callback(producer.stop)
        reader = LogReader(settings)
        await reader.start(TOPICS, parts)
        yield Auditor(reader, StoreView(redis, settings.prefix), producer, settings.clock())


async def audit_once(settings: AuditSettings) -> list[Finding]:
    """One whole pass from the log's start."""
    async with connected(settings) as auditor:
        return await auditor.one_pass(settle_s=settings.audit_settle_s)


async def watch(settings: AuditSettings, stop: asyncio.Event) -> None:
    """Passes until told to stop. A pass that cannot be completed feeds no heartbeat."""
    async with connected(settings) as auditor, httpx.AsyncClient() as http:
        watchers = Watchers(http, settings.audit_heartbeat_url, settings.audit_alarm_url)
        clock = settings.clock()
        _log.info("service.ready", instance=settings.instance)
        turn, turns = 0, 1
        while not stop.is_set():
            try:
                found = await auditor.one_pass(turn, turns, settings.audit_settle_s)
                _count(found, clock.now_ms())
                await watchers.tell(found, clock.now_ms())
                turn, turns = (turn + 1) % TURNS, TURNS
            except (TimeoutError, RedisError, KafkaError, OSError) as error:
                PASSES.labels("incomplete").inc()
                _log.error("audit.incomplete", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), settings.audit_every_s)


def _count(found: Sequence[Finding], now_ms: int) -> None:
    PASSES.labels("findings" if found else "clean").inc()
    counts = reasons(found)
    for fault in Fault:
        STANDING.labels(fault.value).set(counts.get(fault.value, 0))
    if found:
        _log.error("audit.found", **counts)
    else:
        CLEAN_AT.set(now_ms)


async def _serve(settings: AuditSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await grpc_server.start(settings, lambda _: None)
    await watch(settings, stop)
    if server:
        await server.stop(1.0)


def main() -> None:
    """Run until SIGTERM."""
    settings = AuditSettings()
    log.configure("auditor", settings.log_level, as_json=settings.log_json)
    refuse_wrong_tls(settings)
    metrics.serve(settings.metrics_port)
    asyncio.run(_serve(settings))
