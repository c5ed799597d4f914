"""The scoring worker: where the real Kafka, Redis, rule packs and clock meet."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack

import faust
import grpc.aio

from sanse.risk.v1 import risk_service_pb2_grpc as rpc
from sanse.risk.v1 import rounds_service_pb2_grpc as rounds_rpc
from sanse.risk.v1 import triage_service_pb2_grpc as triage_rpc
from services.common import faust_worker, grpc_server
from services.common.calls import Callers
from services.common.kafka_out import LaneProducer
from services.common.lane_queue import StepPlan
from services.common.lane_rebuild import LaneRebuilder
from services.common.lane_runtime import LaneRuntime
from services.common.lane_store import LaneStore
from services.common.redis_client import connect
from services.common.roster import Roster
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.risk_scoring.adapters.monitor_pages import load_serious_kinds
from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.adapters.rounds_process import RoundsProcess
from services.risk_scoring.adapters.triage_loader import load_triage
from services.risk_scoring.service.handler import ScoringHandler
from services.risk_scoring.service.risk_api import RiskApi
from services.risk_scoring.service.rounds_api import RoundsApi
from services.risk_scoring.service.shadow import (
    ShadowHandler,
    ShadowProducer,
    Trial,
    forget_other_trials,
    load_trial,
)
from services.risk_scoring.service.triage_api import TriageApi

SERVICE = "risk_scoring"


async def _setup(settings: CommonSettings, app: faust.App, parts: AsyncExitStack) -> None:
    packs = load_packs(settings.packs_dir)
    triage = load_triage(settings.triage_dir)
    clock = settings.clock()
    redis = connect(settings.redis)
    parts.push_async_callback(redis.aclose)
    producer = LaneProducer(settings)
    await producer.start()
    parts.push_async_callback(producer.stop)
    store = LaneStore(redis, settings.prefix, SERVICE)
    serious = load_serious_kinds(settings.monitors_dir)
    handler = ScoringHandler(packs, triage, settings.topics, serious)
    runtime = LaneRuntime(
        service=SERVICE,
        handler=handler,
        store=store,
        producer=producer,
        rebuilder=LaneRebuilder(settings, store, handler, [Topic.PROFILES]),
        clock=clock,
        plan=StepPlan(
            settings.step_records,
            # The ledger is read for the few entries in which persons changed a level; warnings go first.
            patient_topics=[settings.topics(Topic.CASES)],
        ),
    )
    await runtime.start()
    parts.push_async_callback(runtime.stop)
    faust_worker.consume(app, settings, [Topic.EVENTS, Topic.CASES], runtime)
    faust_worker.OwnedLanes(app, runtime, settings.partitions)
    callers = Callers(Roster.load(settings.roster_file), clock)
    api, triage_api = RiskApi(packs, store, clock, callers), TriageApi(triage, clock)
    counting = RoundsProcess(settings)
    parts.push_async_callback(counting.stop)
    rounds = RoundsApi(settings, counting, callers)

    def register(server: grpc.aio.Server) -> None:
        rpc.add_RiskServiceServicer_to_server(api, server)
        triage_rpc.add_TriageServiceServicer_to_server(triage_api, server)
        rounds_rpc.add_RoundsServiceServicer_to_server(rounds, server)

    server = await grpc_server.start(settings, register)
    if server:
        parts.push_async_callback(server.stop, 1.0)


async def _setup_shadow(
    settings: CommonSettings, trial: Trial, app: faust.App, parts: AsyncExitStack
) -> None:
    redis = connect(settings.redis)
    parts.push_async_callback(redis.aclose)
    await forget_other_trials(redis, settings.prefix, trial)
    producer = ShadowProducer(settings)
    await producer.start()
    parts.push_async_callback(producer.stop)
    store = LaneStore(redis, settings.prefix, trial.service)
    handler = ShadowHandler(trial, load_triage(settings.triage_dir))
    runtime = LaneRuntime(
        service=trial.service,
        handler=handler,
        store=store,
        producer=producer,
        rebuilder=LaneRebuilder(settings, store, handler, [Topic.SHADOW]),
        clock=settings.clock(),
        plan=StepPlan(settings.step_records),
    )
    await runtime.start()
    parts.push_async_callback(runtime.stop)
    faust_worker.consume(app, settings, [Topic.EVENTS], runtime)
    faust_worker.OwnedLanes(app, runtime, settings.partitions)
    # Nobody asks a shadow; only its health is answered.
    server = await grpc_server.start(settings, lambda _: None)
    if server:
        parts.push_async_callback(server.stop, 1.0)


def main() -> None:
    """Run until SIGTERM: the live worker, or with --shadow the candidates beside it."""
    settings = CommonSettings()
    if sys.argv[1:] == ["--shadow"]:
        trial = load_trial(settings.packs_dir)
        faust_worker.run(
            trial.service, settings, lambda app, parts: _setup_shadow(settings, trial, app, parts)
        )
        return
    if sys.argv[1:]:
        sys.exit(f"{sys.argv[1:]}: allowed is nothing, or --shadow")
    faust_worker.run(SERVICE, settings, lambda app, parts: _setup(settings, app, parts))
