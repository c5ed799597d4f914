"""The auditor process: passes for ever, past the engine, told to those outside."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx

from sanse.escalation.v1 import audit_service_pb2_grpc as rpc
from services.common import grpc_server, log, metrics
from services.common.clock import SystemClock
from services.common.kafka_out import LaneProducer
from services.common.redis_client import connect
from services.common.spans import HOUR_MS
from services.common.tls import refuse_wrong_tls
from services.escalation.adapters.audit_file import load_audit
from services.escalation.auditor.audit_api import AuditApi
from services.escalation.auditor.groups_view import GroupsView
from services.escalation.auditor.log_reader import LogReader
from services.escalation.auditor.measures import CLEAN_AT, COMPLETE_AT, PASSES, STANDING
from services.escalation.auditor.passes import RECENT, TOPICS, Auditor
from services.escalation.auditor.settings import AuditSettings
from services.escalation.auditor.store_view import StoreView
from services.escalation.auditor.watchers import Watchers, reasons
from services.escalation.domain.audit import AuditPolicy, Fault, Finding
from services.escalation.domain.audit_course import Course

# The store is compared with the ledger in so many parts, one a pass; the first pass compares all.
TURNS = 8
# Redis is away when it does not answer for so long.
REDIS_TIMEOUT_S = 20.0
_log = log.get("audit")


@asynccontextmanager
async def connected(settings: AuditSettings, policy: AuditPolicy) -> AsyncIterator[Auditor]:
    """An auditor on the parts of the settings, which knows nothing yet."""
    async with AsyncExitStack() as parts:
        redis = connect(
            settings.redis, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
        )
        parts.push_async_callback(redis.aclose)
        producer = LaneProducer(settings)
        await producer.start()
        parts.push_async_callback(producer.stop)
        reader = LogReader(settings)
        await reader.start(TOPICS, {RECENT: SystemClock().now_ms() - HOUR_MS}, parts)
        groups = GroupsView(settings, reader)
        parts.push_async_callback(groups.close)
        yield Auditor(
            reader=reader,
            groups=groups,
            store=StoreView(redis, settings.prefix),
            producer=producer,
            clock=settings.clock(),
            policy=policy,
        )


async def audit_once(settings: AuditSettings) -> list[Finding]:
    """One whole pass from the log's start."""
    async with connected(settings, load_audit(settings.audit_file)) as auditor:
        return await auditor.one_pass(settle_s=settings.audit_settle_s)


async def watch(settings: AuditSettings, stop: asyncio.Event, course: Course) -> None:
    """Passes until told to stop. A pass that cannot be completed feeds no heartbeat; after some time it is told."""
    policy, wall = load_audit(settings.audit_file), SystemClock()
    async with AsyncExitStack() as parts, httpx.AsyncClient() as http:
        watchers = Watchers(
            http, settings.audit_heartbeat_url, settings.audit_alarm_url, policy.alarm_again_ms
        )
        auditor: Auditor | None = None
        turn, turns = 0, 1
        while not stop.is_set():
            try:
                if auditor is None:
                    auditor = await parts.enter_async_context(connected(settings, policy))
                    _log.info("service.ready", instance=settings.instance)
                found = await auditor.one_pass(turn, turns, settings.audit_settle_s)
                turn, turns = (turn + 1) % TURNS, TURNS
                course.completed(found, wall.now_ms())
            except Exception as error:  # noqa: BLE001 — nothing may end the watch: it is told below
                course.broke_off(type(error).__name__)
                _log.error("audit.incomplete", error=course.error, failed=course.failed)
                found = list(course.faults(wall.now_ms(), policy.incomplete_after_ms))
            _count(course, found)
            if found or not course.failed:
                await watchers.tell(found, wall.now_ms())
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), settings.audit_every_s)


def _count(course: Course, found: Sequence[Finding]) -> None:
    counts = reasons(found)
    if course.failed:
        PASSES.labels("incomplete").inc()
        # What stood at the last complete pass stands until somebody looked again.
        STANDING.labels(Fault.AUDIT_INCOMPLETE.value).set(len(found))
    else:
        PASSES.labels("findings" if found else "clean").inc()
        COMPLETE_AT.set(course.complete_ms)
        CLEAN_AT.set(course.clean_ms)
        for fault in Fault:
            STANDING.labels(fault.value).set(counts.get(fault.value, 0))
    if found:
        _log.error("audit.found", **counts)


async def _serve(settings: AuditSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    course = Course(SystemClock().now_ms())
    tells = bool(settings.audit_heartbeat_url or settings.audit_alarm_url)
    api = AuditApi(course, tells_outside=tells)
    server = await grpc_server.start(
        settings, lambda server: rpc.add_AuditServiceServicer_to_server(api, server)
    )
    await watch(settings, stop, course)
    if server:
        await server.stop(1.0)


def main() -> None:
    """Run until SIGTERM."""
    settings = AuditSettings()
    log.configure("auditor", settings.log_level, as_json=settings.log_json)
    refuse_wrong_tls(settings)
    metrics.serve(settings.metrics_port)
    asyncio.run(_serve(settings))
