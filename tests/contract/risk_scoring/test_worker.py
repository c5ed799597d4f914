"""The worker as a process, on real Kafka and Redis: all decisions once, also over a kill and the loss of Redis."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import risk_pb2
from services.cli.stack import Parts, Stack
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from tests.contract.risk_scoring.batches import assessment, event, incident, value
from tests.unit.risk_scoring.makers import HOUSEHOLD

HOUSEHOLDS = [f"HWORKER{number:04d}" for number in range(40)]
ALL_NO = {one.id: "no" for one in HOUSEHOLD.indicators}
GIVE_UP_S = 60.0


@pytest.fixture
def stack(kafka: str, redis_url: str, sanse_prefix: str, folder: Path) -> Iterator[Stack]:
    """One scoring worker, ready."""
    parts = Parts(kafka, redis_url, "test", "test")
    env = {"SANSE_PARTITIONS": "2", "SANSE_MASTER_KEY": "00" * 32}
    stack = Stack(parts, folder, env, sanse_prefix)
    stack.prepare()
    stack.start("risk_scoring")
    stack.wait_ready("risk_scoring")
    yield stack
    stack.stop()


async def _write(settings: CommonSettings, name: str, hit: str, day: int) -> None:
    """One assessment and one incident for each household."""
    producer = LaneProducer(settings)
    await producer.start()
    records = []
    for subject in HOUSEHOLDS:
        events = (
            assessment(f"{name}-a-{subject}", ALL_NO | {hit: "yes"}, subject, day),
            incident(f"{name}-i-{subject}", "household_dispute", {}, subject, day + 1),
        )
        lane = lane_of(subject)
        records.append((lane, Outgoing(Topic.EVENTS, value(*events, lane=lane))))
    await producer.send(records)
    await producer.stop()


async def _decisions(settings: CommonSettings, expected: int) -> list[risk_pb2.RiskDecision]:
    """All decisions on the log once there are as many distinct ones as expected."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    await consumer.start()
    parts = [
        TopicPartition(settings.topics(Topic.RISK), number) for number in range(settings.partitions)
    ]
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    found: list[risk_pb2.RiskDecision] = []
    try:
        async with asyncio.timeout(GIVE_UP_S):
            while len({decision.decision_id for decision in found}) < expected:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for one in records:
                        found += risk_pb2.RiskBatch.FromString(one.value).decisions
    finally:
        await consumer.stop()
    return found


async def test_kill_and_lost_redis(stack: Stack) -> None:
    """A killed worker repeats at most equal decisions; after a flush of Redis the levels still stand."""
    settings = stack.settings()
    await _write(settings, "one", "physical_fight", 0)
    await _decisions(settings, 2 * len(HOUSEHOLDS))

    stack.processes["risk_scoring-1"].popen.kill()
    stack.processes["risk_scoring-1"].popen.wait()
    redis = Redis.from_url(settings.redis)
    async for key in redis.scan_iter(f"{settings.prefix}:risk_scoring:*"):
        await redis.delete(key)
    await redis.aclose()
    stack.start("risk_scoring")
    await _write(settings, "two", "debt_dispute", 32)
    found = await _decisions(settings, 4 * len(HOUSEHOLDS))

    by_id: dict[str, set[bytes]] = {}
    for decision in found:
        by_id.setdefault(decision.decision_id, set()).add(decision.SerializeToString())
    assert all(len(versions) == 1 for versions in by_id.values())
    reasons = Counter(
        risk_pb2.DecisionReason.Name(risk_pb2.RiskDecision.FromString(next(iter(one))).reason)
        for one in by_id.values()
    )
    # Yellow by the fight, kept by the first incident; milder answers a month later are a recorded
    # fall; with a second incident they give yellow again.
    assert reasons == {
        "DECISION_REASON_FIRST_RATING": 40,
        "DECISION_REASON_UNCHANGED": 80,
        "DECISION_REASON_FALL_RECORDED": 40,
    }


async def test_a_household_takes_its_risk_along(stack: Stack) -> None:
    """Moved to a home in another lane, a red household is red there; a killed worker changes nothing of it."""
    settings = stack.settings()
    old, new = "H-old", "H-new"
    assert lane_of(old) != lane_of(new)
    move = events_pb2.HouseholdMove(
        to_household_id=new,
        to_jurisdiction_code="532302001001",
        who=events_pb2.MOVE_WHO_HOUSEHOLD,
    )
    threat = assessment("threat", ALL_NO | {"threat_to_kill": "yes"}, old, 0)
    await _send(settings, threat, event("move", old, 5, household_move=move))
    await _decisions(settings, 2)
    stack.processes["risk_scoring-1"].popen.kill()
    stack.processes["risk_scoring-1"].popen.wait()
    stack.start("risk_scoring")
    # Told late, and made before the move: it concerns who moved.
    await _send(settings, incident("late", "child_harm", {"sexual_harm": "yes"}, old, 4))
    found = await _decisions(settings, 4)

    there = {one.pack_id: one for one in found if one.subject_id == new}
    assert {name: one.level for name, one in there.items()} == {
        "household_dispute": common_pb2.LEVEL_RED,
        "child_at_risk": common_pb2.LEVEL_RED,
    }
    assert {one.event_kind for one in there.values()} == {"carried"}
    assert {one.jurisdiction_code for one in there.values()} == {"532302001001"}


async def _send(settings: CommonSettings, *events: events_pb2.Event) -> None:
    lane = lane_of(events[0].subject_id)
    producer = LaneProducer(settings)
    await producer.start()
    await producer.send([(lane, Outgoing(Topic.EVENTS, value(*events, lane=lane)))])
    await producer.stop()
