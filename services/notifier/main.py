"""Where the notifier's real parts meet: Faust, Kafka, Redis, the channels, the phone page and gRPC."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import faust
from redis.asyncio import Redis
from starlette.routing import Route

from sanse.notify.v1 import notify_service_pb2_grpc
from services.common import faust_worker, grpc_server, log
from services.common.calls import Callers
from services.common.clock import SystemClock
from services.common.faust_worker import OwnedLanes
from services.common.kafka_out import LaneProducer
from services.common.lane_queue import StepPlan
from services.common.lane_rebuild import LaneRebuilder
from services.common.lane_runtime import LaneRuntime
from services.common.lane_store import LaneStore
from services.common.lane_types import LaneOutcome
from services.common.lanes import LANES, partition_of
from services.common.notice_progress import STORE
from services.common.pack_catalogue import load_duties
from services.common.redis_client import connect
from services.common.topics import Topic, TopicNames
from services.notifier.adapters import codec
from services.notifier.adapters.acknowledged import Acknowledged
from services.notifier.adapters.buckets import Buckets
from services.notifier.adapters.bundle_book import BundleBook
from services.notifier.adapters.case_views import CaseViews
from services.notifier.adapters.claims import Claims
from services.notifier.adapters.delivery_log import DeliveryLog
from services.notifier.adapters.guard_book import GuardBook
from services.notifier.adapters.health_book import HealthBook
from services.notifier.adapters.once import Once
from services.notifier.adapters.receipt_index import ReceiptIndex
from services.notifier.channels.catalogue import configured_channels
from services.notifier.channels.dingtalk_card.client import DingtalkCard
from services.notifier.channels.feishu_app.client import FeishuApp
from services.notifier.channels.wecom_app.client import WecomApp
from services.notifier.domain.message import Channel
from services.notifier.service.ack_page import AckPage
from services.notifier.service.api import NotifierApi
from services.notifier.service.asking import Asking
from services.notifier.service.attempts import Attempts
from services.notifier.service.bundles import Bundles
from services.notifier.service.buttons import Buttons
from services.notifier.service.callbacks import Callbacks
from services.notifier.service.case_file import CaseFile
from services.notifier.service.choices import Choices
from services.notifier.service.data import Data, load
from services.notifier.service.desk import Desk
from services.notifier.service.dingtalk_presses import DingtalkPresses
from services.notifier.service.feishu_callbacks import FeishuCallbacks
from services.notifier.service.guard import Guard
from services.notifier.service.handler import NoticeHandler
from services.notifier.service.im_callbacks import Presses
from services.notifier.service.own_rules import OwnRules
from services.notifier.service.providers import Providers
from services.notifier.service.receipts import Receipts
from services.notifier.service.recorder import Recorder
from services.notifier.service.replies import Replies
from services.notifier.service.sender import Sender
from services.notifier.service.spread import Spread
from services.notifier.service.sweep import Sweep
from services.notifier.service.turns import Minutes
from services.notifier.service.uplinks import Uplinks
from services.notifier.service.web import WebServer, build
from services.notifier.service.wecom_callbacks import WecomCallbacks
from services.notifier.settings import NotifierSettings

SERVICE = "notifier"
# Some 800 notices.
STEP_BYTES = 256 * 1024
INPUTS = (Topic.NOTICES, Topic.DELIVERIES, Topic.CASES)
_log = log.get("main")


@dataclass(frozen=True, slots=True)
class Base:
    """The connections and stores everything else is built on."""

    settings: NotifierSettings
    redis: Redis
    store: LaneStore
    producer: LaneProducer
    recorder: Recorder
    choices: Choices
    providers: Providers
    attempts: Attempts
    own_rules: OwnRules
    receipts: ReceiptIndex
    buckets: Buckets


def main() -> None:
    """Run the notifier until it is told to stop."""
    settings = NotifierSettings()
    faust_worker.run(SERVICE, settings, lambda app, parts: setup(settings, app, parts))


async def setup(settings: NotifierSettings, app: faust.App, parts: AsyncExitStack) -> None:
    """Build and start the parts, in the order in which they need one another."""
    data = load(settings)
    channels = configured_channels()
    for channel in channels.values():
        parts.push_async_callback(channel.close)
    base = await _base(settings, data, channels, parts)
    owned: list[OwnedLanes] = []
    _in_background("providers", base.providers.run(), parts)
    receipts = Receipts(
        index=base.receipts,
        store=base.store,
        choices=base.choices,
        providers=base.providers,
        recorder=base.recorder,
        words=data.words,
        wall=SystemClock(),
    )
    asking = _asking(base, data, channels, receipts)
    guard = _guard(base, data)
    sender = Sender(
        attempts=base.attempts,
        asking=asking,
        guard=guard,
        bundles=_bundles(base, data),
        spread=Spread(data.spread, SystemClock()),
        own_rules=base.own_rules,
        recorder=base.recorder,
        wall=SystemClock(),
        owns=lambda lane: lane in owned[0].lanes,
    )
    runtime = _runtime(base, sender.on_committed)
    await runtime.start()
    parts.push_async_callback(runtime.stop)
    faust_worker.consume(app, settings, INPUTS, runtime)
    owned.append(OwnedLanes(app, runtime, settings.partitions))
    _release_on_revoke(app, sender, settings.partitions)
    parts.push_async_callback(sender.stop)
    sweep = Sweep(base.store, runtime, sender, SystemClock(), lambda: owned[0].lanes)
    _in_background("sweep", sweep.run(), parts)
    await _doors(base, data, channels, (receipts, guard), parts)
    _log.info("channels.configured", channels=sorted(channels), officials=len(data.roster))


async def _base(
    settings: NotifierSettings,
    data: Data,
    channels: Mapping[str, Channel],
    parts: AsyncExitStack,
) -> Base:
    redis = connect(settings.redis)
    parts.push_async_callback(redis.aclose)
    store = LaneStore(redis, settings.prefix, STORE)
    producer = LaneProducer(settings)
    await producer.start()
    parts.push_async_callback(producer.stop)
    claims = Claims(redis, settings.prefix)
    receipts = ReceiptIndex(redis, store, settings.prefix)
    buckets = Buckets(redis, settings.prefix, data.per_minute)
    own_rules = OwnRules(
        roster=data.roster,
        store=store,
        acknowledged=Acknowledged(redis, settings.prefix),
        producer=producer,
        providers=data.providers,
        spread=data.spread,
        wall=SystemClock(),
    )
    recorder = Recorder(
        producer, settings.clock(), SystemClock(), claims, receipts, own_rules.hands_on
    )
    book = HealthBook(redis, settings.prefix, data.providers)
    providers = Providers(data.providers, book, channels)
    choices = Choices(channels, data.roster, providers)
    attempts = Attempts(
        channels=channels,
        choices=choices,
        providers=providers,
        composer=data.composer,
        policy=data.policy,
        minutes=Minutes(buckets),
        views=CaseViews(store),
        own_rules=own_rules,
        written=DeliveryLog(settings, store),
        claims=claims,
        recorder=recorder,
        wall=SystemClock(),
        concurrency=settings.concurrency,
    )
    return Base(
        settings=settings,
        redis=redis,
        store=store,
        producer=producer,
        recorder=recorder,
        choices=choices,
        providers=providers,
        attempts=attempts,
        own_rules=own_rules,
        receipts=receipts,
        buckets=buckets,
    )


def _runtime(base: Base, on_committed: Callable[[int, LaneOutcome], None]) -> LaneRuntime[Any]:
    handler = NoticeHandler(base.settings.topics)
    return LaneRuntime(
        service=SERVICE,
        handler=handler,
        store=base.store,
        producer=base.producer,
        rebuilder=LaneRebuilder(base.settings, base.store, handler, INPUTS),
        clock=SystemClock(),
        plan=_step_plan(base.settings.topics),
        on_committed=on_committed,
    )


def _step_plan(names: TopicNames) -> StepPlan:
    """A message to a phone goes before the record of another, and before how its case stands; red before all.

    A step is small: red that comes in the middle of a mass waits for the one under way.
    """
    notices = names(Topic.NOTICES)
    return StepPlan(
        size=STEP_BYTES,
        patient_topics={names(Topic.DELIVERIES), names(Topic.CASES)},
        first=lambda record: record.topic == notices and codec.has_red(record.value),
    )


def _release_on_revoke(app: faust.App, sender: Sender, partitions: int) -> None:
    async def revoked(_: Any, revoked: Any, **__: Any) -> None:
        gone = {tp.partition for tp in revoked}
        await sender.release(n for n in range(LANES) if partition_of(n, partitions) in gone)

    app.on_partitions_revoked.connect(revoked, weak=False)


def _in_background(name: str, work: Coroutine[Any, Any, None], parts: AsyncExitStack) -> None:
    task = asyncio.create_task(work, name=name)

    async def stop() -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    parts.push_async_callback(stop)


def _asking(base: Base, data: Data, channels: Mapping[str, Channel], receipts: Receipts) -> Asking:
    return Asking(
        channels=channels,
        choices=base.choices,
        buckets=base.buckets,
        receipts=receipts,
        recorder=base.recorder,
        providers=base.providers,
        policy=data.policy,
        wall=SystemClock(),
    )


def _guard(base: Base, data: Data) -> Guard:
    return Guard(
        book=GuardBook(base.redis, base.settings.prefix),
        buckets=base.buckets,
        recorder=base.recorder,
        producer=base.producer,
        policy=data.guard,
        person=data.person,
        clock=base.settings.clock(),
        wall=SystemClock(),
    )


def _bundles(base: Base, data: Data) -> Bundles:
    return Bundles(
        book=BundleBook(base.redis, base.settings.prefix),
        views=CaseViews(base.store),
        producer=base.producer,
        recorder=base.recorder,
        policy=data.person,
        clock=base.settings.clock(),
        wall=SystemClock(),
    )


async def _doors(
    base: Base,
    data: Data,
    channels: Mapping[str, Channel],
    shared: tuple[Receipts, Guard],
    parts: AsyncExitStack,
) -> None:
    """Uplinks and streams of channels, the phone page with the callbacks, and gRPC."""
    settings, clock = base.settings, base.settings.clock()
    receipts, guard = shared
    acknowledged = Acknowledged(base.redis, settings.prefix)
    once = Once(base.redis, settings.prefix)
    desk = Desk(base.producer, base.store, acknowledged, once, clock)
    replies = Replies(
        roster=data.roster,
        desk=desk,
        producer=base.producer,
        once=once,
        buckets=base.buckets,
        keys=data.composer.keys,
        clock=clock,
        wall=SystemClock(),
    )
    uplinks = Uplinks(receipts, replies)
    uplinks.connect(channels.values())
    parts.callback(uplinks.disconnect)
    buttons = Buttons(data.composer.keys, data.roster, desk, clock)
    presses = Presses(buttons, once, SystemClock())
    card = channels.get("dingtalk_card")
    if isinstance(card, DingtalkCard):
        card.hear(DingtalkPresses(presses).take)
        parts.push_async_callback(card.deafen)
    if settings.page_listen:
        callbacks = Callbacks(receipts, replies, settings.callback_token)
        duties = load_duties(settings.packs_dir)
        page = AckPage(data.composer.keys, desk, clock, duties, data.composer.kinds)
        app = build(page, callbacks, _im_routes(channels, presses))
        web = WebServer(app, settings)
        await web.start()
        parts.push_async_callback(web.stop)
    await _api(base, data, guard, parts)


def _im_routes(channels: Mapping[str, Channel], presses: Presses) -> list[Route]:
    """The doors of the IM applications whose callbacks come to an address."""
    wecom, feishu = channels.get("wecom_app"), channels.get("feishu_app")
    routes: list[Route] = []
    if isinstance(wecom, WecomApp) and wecom.box is not None:
        routes += WecomCallbacks(wecom.box, wecom.corp_id, presses).routes()
    if isinstance(feishu, FeishuApp) and feishu.box is not None:
        routes += FeishuCallbacks(feishu.box, feishu.id_type, presses).routes()
    return routes


async def _api(base: Base, data: Data, guard: Guard, parts: AsyncExitStack) -> None:
    settings, clock = base.settings, base.settings.clock()
    api = NotifierApi(
        CaseFile(base.store, data.roster),
        Callers(data.roster, clock),
        base.attempts,
        base.recorder,
        data.policy,
        guard,
        clock,
    )
    server = await grpc_server.start(
        settings,
        lambda grpc: notify_service_pb2_grpc.add_NotifierServiceServicer_to_server(api, grpc),
    )
    if server is not None:
        parts.push_async_callback(server.stop, 2)
