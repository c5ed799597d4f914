"""The escalation worker: where the real Kafka, Redis, roster, policies and clock meet."""

from __future__ import annotations

from contextlib import AsyncExitStack

import faust

from sanse.escalation.v1 import case_service_pb2_grpc as rpc
from services.common import faust_worker, grpc_server, log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_rebuild import LaneRebuilder
from services.common.lane_runtime import LaneRuntime
from services.common.lane_store import LaneStore
from services.common.redis_client import connect
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.escalation.adapters.case_reader import CaseReader
from services.escalation.adapters.numbering_file import load_numbering
from services.escalation.adapters.obligation_file import load_all_policies
from services.escalation.adapters.owed_codec import holds_owed
from services.escalation.adapters.posts import load_posts
from services.escalation.adapters.storm_file import load_storm
from services.escalation.adapters.workdays import Workdays, check_calendar
from services.escalation.domain.draft import Rules
from services.escalation.domain.worktime import local_date
from services.escalation.service.case_api import CaseApi
from services.escalation.service.deadlines import DeadlineTimer
from services.escalation.service.handler import EscalationHandler
from services.escalation.service.measures import CALENDAR

SERVICE = "escalation"
_log = log.get("main")


def load_rules(settings: CommonSettings, clock: Clock) -> Rules:
    """Policies, obligations, roster and calendar; warns when working time is counted and the calendar runs out."""
    policies = load_all_policies(settings.policies_dir, settings.obligations_dir)
    workdays = Workdays.load(settings.policies_dir)
    CALENDAR.set_function(lambda: workdays.days_left(local_date(clock.now_ms())))
    state = check_calendar(policies, workdays, local_date(clock.now_ms()))
    if state.runs_out:
        _log.warning("calendar.runs_out", days_left=state.days_left, zh=state.zh, en=state.en)
    posts = load_posts(settings.roster_file)
    numbering = load_numbering(settings.numbering_file)
    if numbering is None:
        _log.warning("numbering.none", file=str(settings.numbering_file))
    storm = load_storm(settings.storm_file)
    return Rules(policies, posts, workdays.is_workday, workdays.knows, numbering, storm)


async def _setup(settings: CommonSettings, app: faust.App, parts: AsyncExitStack) -> None:
    clock = settings.clock()
    rules = load_rules(settings, clock)
    redis = connect(settings.redis)
    parts.push_async_callback(redis.aclose)
    producer = LaneProducer(settings)
    await producer.start()
    parts.push_async_callback(producer.stop)
    store = LaneStore(redis, settings.prefix, SERVICE)
    handler = EscalationHandler(rules, settings.topics)
    cases = CaseReader(settings, store)
    timer = DeadlineTimer(
        store=store, cases=cases, producer=producer, clock=clock, numbering=rules.numbering
    )
    runtime = LaneRuntime(
        service=SERVICE,
        handler=handler,
        store=store,
        producer=producer,
        rebuilder=LaneRebuilder(settings, store, handler, [Topic.CASES]),
        clock=clock,
        on_committed=timer.committed,
    )
    await runtime.start()
    parts.push_async_callback(runtime.stop)
    whole = [Topic.RISK, Topic.TRIAGE, Topic.REVIEWS, Topic.COMMANDS]
    faust_worker.consume(app, settings, whole, runtime)
    faust_worker.consume(app, settings, [Topic.EVENTS], runtime, holds_owed)
    lanes = faust_worker.OwnedLanes(app, runtime, settings.partitions)
    # A timer that fails must end the worker: without it no deadline would ever be noticed.
    app.add_future(timer.run(runtime, lambda: lanes.lanes))
    api = CaseApi(cases, rules.posts, producer, clock, rules.policies)
    server = await grpc_server.start(
        settings, lambda server: rpc.add_CaseServiceServicer_to_server(api, server)
    )
    if server:
        parts.push_async_callback(server.stop, 1.0)


def main() -> None:
    """Run until SIGTERM."""
    settings = CommonSettings()
    faust_worker.run(SERVICE, settings, lambda app, parts: _setup(settings, app, parts))
