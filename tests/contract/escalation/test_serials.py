"""Official numbers on real Kafka and Redis: a worker that dies at every step, two workers, and a flushed Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.cli.serials import Fault, SerialReport, check_serials
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_store import LaneCommit, LaneStore
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.spans import HOUR_MS
from services.common.topics import Topic
from services.escalation.adapters.numbering_file import read_numbering
from tests.contract.escalation.records import decision, risk_value
from tests.contract.escalation.worker import PARTITIONS, Worker
from tests.unit.escalation.desk import START_MS, rules

NUMBERING = read_numbering(Path("deploy/numbering/serials.yaml"))
NUMBERED = replace(rules(), numbering=NUMBERING)
# A deadline, its step, the request, the register's step, the answer's step: with the points between, all of them.
LIVES = 24
TURNS = 5


@dataclass
class Fate:
    """How many points a worker passes before it stands still for ever, as a killed process does."""

    points: int
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def passes(self) -> None:
        if self.points <= 0:
            self.dead.set()
            await asyncio.Event().wait()
        self.points -= 1


class MortalProducer(LaneProducer):
    """Dies before the outputs, between them and the ledger, or before the state is stored."""

    def __init__(self, settings: CommonSettings, fate: Fate) -> None:
        super().__init__(settings)
        self.fate = fate

    async def send(self, records: Iterable[tuple[int, Outgoing]]) -> None:
        kept = list(records)
        for phase in (False, True):
            await self.fate.passes()
            await super().send(r for r in kept if (r[1].topic is Topic.CASES) is phase)
        await self.fate.passes()


class MortalStore(LaneStore):
    """Dies after the state was stored, before anybody knows."""

    def __init__(self, redis: Redis, prefix: str, fate: Fate) -> None:
        super().__init__(redis, prefix, "escalation")
        self.fate = fate

    async def commit(self, commits: Any) -> list[bool]:
        wanted: list[LaneCommit] = list(commits)
        answers = await super().commit(wanted)
        await self.fate.passes()
        return answers


@asynccontextmanager
async def life(settings: CommonSettings, points: int) -> AsyncIterator[tuple[Worker, Fate]]:
    """One process from its start to its death or end."""
    fate = Fate(points)
    async with AsyncExitStack() as parts:
        redis = Redis.from_url(settings.redis)
        parts.push_async_callback(redis.aclose)
        producer = MortalProducer(settings, fate)
        await producer.start()
        parts.push_async_callback(producer.stop)
        store = MortalStore(redis, settings.prefix, fate)
        worker = Worker(settings, redis, producer, NUMBERED, store)
        await worker.start(parts)
        yield worker, fate


async def turns(worker: Worker, hours: float) -> None:
    """What a worker does all day: read, propose what is due, read what was proposed."""
    worker.clock.now = START_MS + int(hours * HOUR_MS)
    for turn in range(TURNS):
        await worker.work()
        await worker.refresh()
        await worker.timer.poll(worker.clock.now_ms(), 1000.0 * turn)
    await worker.work()


async def until_dead_or_done(worker: Worker, fate: Fate, hours: float) -> bool:
    """Whether the worker lived to the end of the day's work."""
    day = asyncio.create_task(turns(worker, hours))
    death = asyncio.create_task(fate.dead.wait())
    await asyncio.wait({day, death}, return_when=asyncio.FIRST_COMPLETED)
    done = day.done()
    for task in (day, death):
        task.cancel()
    await asyncio.gather(day, death, return_exceptions=True)
    return done


async def report_of(worker: Worker) -> SerialReport:
    """What sanse serials check says."""
    values = await worker.written(Topic.CASES)
    return check_serials(pb.CaseEventBatch.FromString(value) for value in values)


def supervision(notices: Iterable[notify_pb2.Notice]) -> dict[str, set[str]]:
    """The numbers under which each supervision notice was sent."""
    sent: dict[str, set[str]] = {}
    for one in notices:
        if one.kind == notify_pb2.NOTICE_KIND_SUPERVISION:
            sent.setdefault(one.notice_id, set()).add(one.official_no)
    return sent


@pytest.fixture
def settings(kafka: str, redis_url: str, sanse_prefix: str) -> CommonSettings:
    """A log and keys of their own."""
    found = CommonSettings(kafka=kafka, redis=redis_url, prefix=sanse_prefix, partitions=PARTITIONS)
    ensure_topics(found)
    return found


async def test_no_gap_and_no_repeat_over_deaths_at_every_step(settings: CommonSettings) -> None:
    """Each life dies a step later than the one before, Redis is flushed after every second: 1 … n all the same."""
    opened, died = 0, 0
    scoring = LaneProducer(settings)
    await scoring.start()
    for points in range(LIVES):
        async with life(settings, points) as (worker, fate):
            household = f"HTESTHOUSEHOLD{points:07d}"
            await scoring.send(
                [
                    (
                        lane_of(household),
                        Outgoing(Topic.RISK, risk_value(decision(points, household, 3))),
                    )
                ]
            )
            opened += 1
            died += not await until_dead_or_done(worker, fate, 3)
            if points % 2:
                await worker.lose_state()
    await scoring.stop()
    async with life(settings, 1 << 30) as (worker, fate):
        assert await until_dead_or_done(worker, fate, 3)
        report = await report_of(worker)
        sent = supervision(await worker.notices())

    assert died >= LIVES // 2
    assert report.findings == () and report.waiting == 0
    assert [(one.register_id, one.allotted, one.void) for one in report.registers] == [
        ("532301/2026/white", opened, 0)
    ]
    assert len(sent) == opened and all(len(numbers) == 1 for numbers in sent.values())
    wanted = {f"楚市白督字〔2026〕第{n:03}号" for n in range(1, opened + 1)}
    assert {number for numbers in sent.values() for number in numbers} == wanted


async def test_two_workers_on_the_same_lanes_give_the_same_numbers(
    settings: CommonSettings,
) -> None:
    """Both read and propose everything, as at the edge of a rebalance; each notice has one number, none is lost."""
    households = [f"HTESTHOUSEHOLD{n:07d}" for n in range(9)]
    async with life(settings, 1 << 30) as (one, _), life(settings, 1 << 30) as (other, _):
        for n, household in enumerate(households):
            await one.write(Topic.RISK, household, risk_value(decision(n, household, 3)))
        await asyncio.gather(turns(one, 3), turns(other, 3))
        await one.lose_state()
        for n in range(9, 12):
            household = f"HTESTHOUSEHOLD{n:07d}"
            await other.write(Topic.RISK, household, risk_value(decision(n, household, 3)))
        await asyncio.gather(turns(one, 7), turns(other, 7))
        report = await report_of(one)
        sent = supervision(await one.notices())

    assert report.findings == () and report.waiting == 0
    assert [(r.register_id, r.allotted, r.void) for r in report.registers] == [
        ("532301/2026/white", 12, 0),
        ("532301/2026/yellow", 9, 0),
    ]
    assert len(sent) == 21 and all(len(numbers) == 1 for numbers in sent.values())


async def test_the_check_finds_what_is_wrong(settings: CommonSettings) -> None:
    """A number allotted twice, a gap, and a case that carries another number are all told."""
    async with life(settings, 1 << 30) as (worker, _):
        for n in range(3):
            household = f"HTESTHOUSEHOLD{n:07d}"
            await worker.write(Topic.RISK, household, risk_value(decision(n, household, 3)))
        await turns(worker, 3)
        values = await worker.written(Topic.CASES)
    batches = [pb.CaseEventBatch.FromString(value) for value in values]
    assert check_serials(batches).findings == ()
    entries = [entry for batch in batches for entry in batch.serials]

    for entry, change, faults in (
        (entries[1], {"number": 7}, {Fault.STRANGE_ENTRY, Fault.NOT_IN_REGISTER}),
        (entries[2], {"official_no": entries[0].official_no}, {Fault.NUMBER_TWICE}),
        (entries[2], {"notice_id": entries[0].notice_id}, {Fault.NOTICE_TWICE}),
        (entries[2], {"official_no": "X"}, {Fault.OTHER_NUMBER, Fault.BROKEN_REGISTER}),
    ):
        kept = pb.SerialEntry()
        kept.CopyFrom(entry)
        for name, value in change.items():
            setattr(entry, name, value)
        found = {finding.fault for finding in check_serials(batches).findings}
        entry.CopyFrom(kept)
        assert faults <= found
