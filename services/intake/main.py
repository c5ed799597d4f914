"""Where intake's real parts meet: the doors of the service, and the parts that the import and replay commands use."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.common import grpc_server, log, metrics
from services.common.crypto import Keys
from services.common.divisions import Divisions
from services.common.memory import settle_memory
from services.common.obligation_catalogue import load_kinds
from services.common.pack_catalogue import load_outlines
from services.common.redis_client import connect
from services.common.support import CategoryWords, SupportPolicy
from services.common.support_file import ends_ms, load_support
from services.common.tls import refuse_wrong_tls
from services.intake.adapters.api_keys import ApiKeys, load_keys
from services.intake.adapters.codec import EventCodec, RejectCodec
from services.intake.adapters.dedup import DedupStore
from services.intake.adapters.http_server import HttpServer
from services.intake.adapters.kafka_sender import KafkaSender
from services.intake.adapters.rejects_reader import read_rejects
from services.intake.adapters.upstream import UpstreamReader
from services.intake.domain.rulebook import Rulebook, SupportTable, SupportTerms
from services.intake.service.accept import Accepter, Parts
from services.intake.service.file_import import Progress, Summary, import_file
from services.intake.service.grpc_door import GrpcDoor
from services.intake.service.http_door import HttpDoor
from services.intake.service.replay import Replayer, ReplaySummary
from services.intake.service.upstream_door import UpstreamDoor
from services.intake.settings import IntakeSettings

# kafka-python answers from a second thread: switch often, or each answer waits for a long time slice.
SWITCH_S = 0.0005
REDIS_TIMEOUT_S = 1.0
_log = log.get("intake")


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything behind the doors, connected."""

    settings: IntakeSettings
    keys: ApiKeys
    parts: Parts
    accepter: Accepter


class UnknownSource(ValueError):
    """No entry of the keys file has this source."""

    def __init__(self, source: str, keys: ApiKeys) -> None:
        known = ", ".join(sorted({grant.source for _, grant in keys.entries}))
        super().__init__(
            f"来源 {source} 未登记 / source {source} is not registered; allowed: {known}"
        )


@asynccontextmanager
async def connected(settings: IntakeSettings) -> AsyncIterator[Intake]:
    """Connect to Kafka and Redis; used by the service, by imports and by replays."""
    keys, master = load_keys(settings.api_keys_file), Keys(settings.master_key)
    rules = load_rulebook(settings)
    redis = connect(
        settings.redis,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        # Once more for a connection that went stale; beyond that the dedup store rests.
        retry=Retry(NoBackoff(), 1),
    )
    sender = KafkaSender(settings, settings.kafka_ack_timeout_s)
    await sender.start()
    parts = Parts(
        rules=rules,
        events=EventCodec(master, rules),
        rejects=RejectCodec(master, rules.support.words),
        dedup=DedupStore(redis, settings.prefix),
        sender=sender,
        clock=settings.clock(),
    )
    accepter = Accepter(parts)
    try:
        yield Intake(settings, keys, parts, accepter)
    finally:
        await accepter.close()
        await sender.stop()
        await redis.aclose()


def load_rulebook(settings: IntakeSettings) -> Rulebook:
    """The packs, divisions and support categories of the settings."""
    outlines = load_outlines(settings.packs_dir)
    packs = {pack_id: outline.indicators for pack_id, outline in outlines.items()}
    support = support_table(load_support(settings.support_file))
    kinds = load_kinds(settings.obligations_dir).values()
    lists = [kind.kind_id for kind in kinds if kind.by_task]
    return Rulebook.of(packs, Divisions.load(settings.divisions_file), support, lists)


def support_table(policy: SupportPolicy) -> SupportTable:
    """The categories as reports are checked against them."""
    terms = {one.id: SupportTerms(one.visit_every_days, ends_ms(one)) for one in policy.categories}
    return SupportTable(terms, CategoryWords(policy.categories))


async def run_import(
    settings: IntakeSettings,
    path: Path,
    source: str,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Import a file in the name of a source of the keys file; UnknownSource when it is not there."""
    async with connected(settings) as intake:
        grant = intake.keys.grant_for_source(source)
        if grant is None:
            raise UnknownSource(source, intake.keys)
        return await import_file(path, grant, intake.accepter.accept, intake.parts.rules, progress)


async def run_replay(settings: IntakeSettings, chosen: Collection[str] = ()) -> ReplaySummary:
    """Replay all rejects, or those chosen by id."""
    async with connected(settings) as intake:
        replayer = Replayer(intake.accepter, intake.parts.rejects, intake.keys, intake.parts.rules)
        return await replayer.replay(read_rejects(settings), chosen)


async def serve(settings: IntakeSettings) -> None:
    """Open all doors; close them on SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        intake = await stack.enter_async_context(connected(settings))
        await _open_doors(intake, stack)
        settle_memory()
        _log.info("service.ready", instance=settings.instance)
        await stop.wait()
        _log.info("service.stopping")


async def _open_doors(intake: Intake, stack: AsyncExitStack) -> None:
    settings, accepter, keys = intake.settings, intake.accepter, intake.keys
    server = await grpc_server.start(settings, GrpcDoor(accepter, keys).register)
    if server is not None:
        stack.push_async_callback(server.stop, 10.0)
    if settings.http_listen:
        door = HttpDoor(accepter, keys, intake.parts.sender)
        http = HttpServer(door.app(intake.parts.rules), settings, settings.http_listen)
        await http.start()
        stack.push_async_callback(http.stop)
    upstream = UpstreamDoor(accepter, keys, settings.upstream_sources)
    reader = UpstreamReader(settings, upstream.take)
    reader.start()
    stack.push_async_callback(reader.stop)


def main() -> None:
    """Run the service."""
    settings = IntakeSettings()
    log.configure("intake", settings.log_level, as_json=settings.log_json)
    refuse_wrong_tls(settings)
    metrics.serve(settings.metrics_port)
    sys.setswitchinterval(SWITCH_S)
    uvloop.install()
    asyncio.run(serve(settings))
