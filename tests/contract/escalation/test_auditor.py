"""The auditor beside a worker on real Kafka and Redis: what it finds, what it drives again, whom it tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.clock import Clock, SystemClock
from services.common.lane_store import LaneStore
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.notice_progress import STORE, state_key
from services.common.settings import CommonSettings
from services.common.spans import HOUR_MS, MINUTE_MS
from services.common.topics import Topic
from services.escalation.adapters.audit_file import load_audit
from services.escalation.auditor.groups_view import GroupsView
from services.escalation.auditor.log_reader import LogReader
from services.escalation.auditor.passes import RECENT, TOPICS, Auditor
from services.escalation.auditor.store_view import StoreView
from services.escalation.auditor.watchers import Watchers
from services.escalation.domain.audit import AuditPolicy, Fault, Finding
from tests.contract.escalation.outside import listening
from tests.contract.escalation.records import decision, risk_value
from tests.contract.escalation.worker import HandClock, Worker, running_worker
from tests.unit.escalation.desk import START_MS

HOUSEHOLDS = [f"HTESTHOUSEHOLD{n:07d}" for n in range(3)]
RED = HOUSEHOLDS[2]
POLICY = load_audit(CommonSettings().audit_file)


@asynccontextmanager
async def opened(kafka: str, redis_url: str, prefix: str) -> AsyncIterator[Worker]:
    """A worker that has opened a green, a yellow and a red case."""
    async with running_worker(kafka, redis_url, prefix) as worker:
        for number, household in enumerate(HOUSEHOLDS):
            value = risk_value(decision(number, household, 1 + number))
            await worker.write(Topic.RISK, household, value)
        await worker.work()
        await worker.refresh()
        yield worker


@pytest.fixture
async def worker(kafka: str, redis_url: str, sanse_prefix: str) -> AsyncIterator[Worker]:
    """The worker with its three cases."""
    async with opened(kafka, redis_url, sanse_prefix) as worker:
        yield worker


@asynccontextmanager
async def auditing(
    worker: Worker, policy: AuditPolicy = POLICY, wall: Clock | None = None
) -> AsyncIterator[Auditor]:
    """An auditor with connections of its own, on the worker's hand clock."""
    async with AsyncExitStack() as parts:
        redis = Redis.from_url(worker.settings.redis)
        parts.push_async_callback(redis.aclose)
        reader = LogReader(worker.settings)
        await reader.start(TOPICS, {RECENT: SystemClock().now_ms() - HOUR_MS}, parts)
        groups = GroupsView(worker.settings, reader)
        parts.push_async_callback(groups.close)
        yield Auditor(
            reader=reader,
            groups=groups,
            store=StoreView(redis, worker.settings.prefix),
            producer=worker.producer,
            clock=worker.clock,
            policy=policy,
            wall=wall,
        )


async def the_case(worker: Worker, household: str) -> pb.Case:
    """The newest case of a household."""
    value = await worker.store.get(lane_of(household), f"s:{household}")
    assert value is not None
    return pb.SubjectCases.FromString(value).cases[-1]


def faults(found: list[Finding], about: str) -> set[Fault]:
    """What was found of a case."""
    return {one.fault for one in found if one.about == about}


async def test_a_healthy_engine_is_clean_and_silence_is_told_within_five_minutes(
    worker: Worker,
) -> None:
    """Clean passes feed the heartbeat; five minutes after a due act the engine's silence is told outside."""
    case = await the_case(worker, RED)
    async with (
        auditing(worker) as auditor,
        listening() as outside,
        httpx.AsyncClient() as http,
    ):
        watchers = Watchers(
            http, f"{outside.url}/beat", f"{outside.url}/alarm", POLICY.alarm_again_ms
        )

        clean = await auditor.one_pass()
        await watchers.tell(clean, worker.clock.now)
        worker.clock.now = case.ladder_due_ms + 5 * MINUTE_MS
        # The engine is stopped: nobody polls its deadlines and nobody works its records.
        found = await auditor.one_pass()
        await watchers.tell(found, worker.clock.now)

    assert clean == []
    assert Fault.ENGINE_SILENT in faults(found, "engine")
    assert Fault.DEADLINE_MISSED in faults(found, case.case_id)
    # No notifier runs here: that nobody took the notices up is found as well.
    assert Fault.DELIVERY_MISSING in {one.fault for one in found}
    assert outside.paths() == ["/beat", "/beat/fail", "/alarm"]


async def test_a_deadline_taken_from_redis_is_found_driven_again_and_fires_once(
    worker: Worker,
) -> None:
    """Found before it is due; once due, written again within a bound, with effect exactly once."""
    case = await the_case(worker, RED)
    await worker.redis.zrem(worker.store.key(case.lane, "due"), case.case_id)
    async with auditing(worker) as auditor:
        early = await auditor.one_pass()
        written_early = len(await worker.proposals())
        worker.clock.now = case.ladder_due_ms + POLICY.fire_within_ms + 1
        late = [await auditor.one_pass() for _ in range(POLICY.redrives_an_hour + 1)]
        proposals = await worker.proposals()
        await worker.work()
        after = await auditor.one_pass()

    fired = await the_case(worker, RED)
    assert faults(early, case.case_id) == {Fault.DEADLINE_NOT_STORED}
    assert written_early == 0
    assert len(proposals) == POLICY.redrives_an_hour and len({c.command_id for c in proposals}) == 1
    spent = [Fault.REDRIVES_SPENT in faults(found, case.case_id) for found in late]
    assert spent == [False] * POLICY.redrives_an_hour + [True]
    assert (fired.ladder_step, len(fired.notices)) == (1, 1)
    assert faults(after, case.case_id) == set()


async def test_a_state_changed_by_hand_is_found(worker: Worker) -> None:
    """Redis that says another level than the ledger is found, and only that case."""
    case = await the_case(worker, RED)
    subject = pb.SubjectCases(subject_id=RED, cases=[case])
    subject.cases[0].visits += 1
    key = worker.store.key(case.lane, "state")
    await worker.redis.hset(key, f"s:{RED}", subject.SerializeToString())
    async with auditing(worker) as auditor:
        found = await auditor.one_pass()
    assert [(one.fault, one.about) for one in found] == [(Fault.STATE_DIFFERS, case.case_id)]


async def test_one_flipped_byte_in_the_ledger_is_found(worker: Worker) -> None:
    """An entry whose bytes are not those it was sealed with breaks its chain, also in an auditor that ran before."""
    case = await the_case(worker, RED)
    [value] = [
        value
        for value in await worker.written(Topic.CASES)
        if pb.CaseEventBatch.FromString(value).events[0].case_id == case.case_id
    ]
    at = value.index(b"first_rating") if b"first_rating" in value else value.index(b"d2")
    flipped = value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
    async with auditing(worker) as auditor:
        before = await auditor.one_pass()
        await worker.producer.send([(case.lane, Outgoing(Topic.CASES, flipped))])
        after = await auditor.one_pass()
    assert before == []
    assert Fault.LEDGER_BROKEN in faults(after, case.case_id)


async def test_notices_of_a_fired_deadline_are_on_their_topic(worker: Worker) -> None:
    """A deadline that fired on time leaves nothing about its case, however long nobody delivers."""
    case = await the_case(worker, RED)
    async with auditing(worker) as auditor:
        worker.clock.now = START_MS + 3 * HOUR_MS
        await worker.timer.poll(worker.clock.now, 0.0)
        await worker.work()
        found = await auditor.one_pass()
    assert (await the_case(worker, RED)).ladder_step == 1
    assert faults(found, case.case_id) == set()


async def test_a_notice_the_notifier_holds_is_not_missing_its_delivery(worker: Worker) -> None:
    """It may try for long: what nobody took up is found, and nothing else."""
    held, *others = [
        (lane_of(notice.subject_id), notice.notice_id) for notice in await worker.notices()
    ]
    store = LaneStore(worker.redis, worker.settings.prefix, STORE)
    await worker.redis.hset(store.key(held[0], "state"), state_key(held[1]), b"pending")
    worker.clock.now += POLICY.taken_up_within_ms + 1
    async with auditing(worker) as auditor:
        found = await auditor.one_pass()
    missing = {one.about for one in found if one.fault is Fault.DELIVERY_MISSING}
    assert missing == {notice_id for _, notice_id in others} and held[1] not in missing


async def test_a_delivery_is_never_read_before_its_notice(worker: Worker) -> None:
    """What is written while the auditor reads waits for its next look, on every topic alike."""
    async with AsyncExitStack() as parts:
        reader = LogReader(worker.settings)
        await reader.start(TOPICS, {}, parts)
        lane, late = lane_of(RED), b"\x08\x01"
        await reader.mark(TOPICS)
        await worker.producer.send([(lane, Outgoing(Topic.NOTICES, late))])
        await worker.producer.send([(lane, Outgoing(Topic.DELIVERIES, late))])
        before = [value async for _, value in reader.news(Topic.NOTICES)]
        meanwhile = [value async for _, value in reader.news(Topic.DELIVERIES)]
        await reader.mark(TOPICS)
        after = [
            [value async for _, value in reader.news(topic)]
            for topic in (Topic.NOTICES, Topic.DELIVERIES)
        ]
    assert late not in before and len(before) > 0
    assert (meanwhile, after) == ([], [[late], [late]])


async def test_a_service_that_works_nothing_of_what_waits_is_found_until_it_moves(
    worker: Worker,
) -> None:
    """It takes part and stands still: found after its time, with what waits as a figure; one step and it is not."""
    names, wall = worker.settings.topics, HandClock()
    notifier = AIOKafkaConsumer(
        names(Topic.NOTICES),
        bootstrap_servers=worker.settings.kafka,
        group_id=f"{worker.settings.prefix}-notifier",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await notifier.start()
    try:
        async with auditing(worker, wall=wall) as auditor:
            passes = [await auditor.one_pass()]
            wall.now += POLICY.still_after_ms
            passes.append(await auditor.one_pass())
            waiting = REGISTRY.get_sample_value(
                "sanse_audit_waiting_records",
                {"service": "notifier", "topic": names(Topic.NOTICES)},
            )
            await notifier.getone()
            await notifier.commit()
            passes.append(await auditor.one_pass())
    finally:
        await notifier.stop()
    still = Finding(Fault.GROUP_STANDS_STILL, "notifier", names(Topic.NOTICES))
    assert [still in found for found in passes] == [False, True, False]
    records = len(await worker.written(Topic.NOTICES))
    assert waiting == records > 0
