"""The engine's mornings on real Kafka and Redis: digests and gaps of rosters, once each, over restarts and losses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.common.duty.change_log import Change, append, digest_of
from services.common.duty.facts import Leave
from services.common.duty.folder import load_folder
from services.common.lanes import lane_of
from services.common.spans import DAY_MS
from services.common.topics import Topic
from services.escalation.adapters.posts import load_posts
from services.escalation.domain.mornings import Digests, Mornings
from services.escalation.domain.worktime import CHINA
from services.escalation.service.mornings import MorningTimer
from tests.contract.escalation.records import command, command_value, decision, risk_value
from tests.contract.escalation.test_roster_of_posts import ROSTER
from tests.contract.escalation.worker import Worker, running_worker
from tests.unit.escalation.desk import rules

HOUSEHOLDS = [f"HMORNING{n:07d}" for n in range(5)]
LEVELS = [3, 2, 2, 3, 2]
SHOWN = Mornings(Digests.ALL, 8 * 60 + 30, 11 * 60, 7, per_minute=60)
# A Wednesday; the cases are of the afternoon before.
MORNING = datetime(2026, 1, 7, 8, 30, tzinfo=CHINA)


@dataclass
class Desk:
    """A worker with its mornings."""

    worker: Worker
    timer: MorningTimer

    def restarts(self, mornings: Mornings = SHOWN) -> None:
        """A new process knows nothing but what is stored."""
        worker = self.worker
        self.timer = MorningTimer(
            mornings,
            worker.law,
            store=worker.store,
            cases=worker.cases,
            producer=worker.producer,
            clock=worker.clock,
        )

    async def at(self, moment: datetime, now_s: float = 0.0) -> int:
        """It is then; what is proposed is worked. Gives how many messages were proposed."""
        self.worker.clock.now = int(moment.timestamp() * 1000)
        count = await self.timer.poll(self.worker.clock.now, now_s)
        await self.worker.work()
        return count

    async def bulletins(self) -> list[notify_pb2.Notice]:
        """All messages about no case."""
        return [one for one in await self.worker.notices() if not one.case_id]


@pytest.fixture
async def desk(
    kafka: str, redis_url: str, sanse_prefix: str, tmp_path: Path
) -> AsyncIterator[Desk]:
    """Two red cases of the county and three yellow ones of the township's turn; TS-1 is on leave two days later."""
    (tmp_path / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    read = load_folder(tmp_path)
    begins = int(MORNING.timestamp() * 1000) + DAY_MS
    away = Leave(person="TS-1", from_ms=begins, until_ms=begins + 2 * DAY_MS)
    early = begins - 5 * DAY_MS
    append(
        tmp_path,
        Change("test", 1, early, "CT-1", "ill", (away,), (), digest_of(read.base)),
        read.head,
    )
    law = rules(load_posts(tmp_path))  # type: ignore[arg-type]
    async with running_worker(kafka, redis_url, sanse_prefix, law) as worker:
        for number, (household, level) in enumerate(zip(HOUSEHOLDS, LEVELS, strict=True)):
            await worker.write(
                Topic.RISK, household, risk_value(decision(number, household, level))
            )
        await worker.work()
        await worker.refresh()
        made = Desk(worker, None)  # type: ignore[arg-type]
        made.restarts()
        yield made


def counted(notice: notify_pb2.Notice) -> tuple[str, int, int, int]:
    """Who is told of how many cases, red ones, and overdue ones."""
    counts = notice.counts
    return notice.recipient_id, counts.open, counts.red, counts.overdue


async def test_each_is_told_once_a_morning_at_the_pace_allowed(desk: Desk) -> None:
    """One message a second at 60 a minute: the keeper of a gap ahead, then who has duties; each once a day."""
    assert await desk.at(MORNING.replace(minute=29)) == 0
    for second in range(5):
        assert await desk.at(MORNING, float(second)) == int(second < 3)
    told = await desk.bulletins()
    digests = [one for one in told if one.kind == notify_pb2.NOTICE_KIND_DIGEST]
    (outlook,) = [one for one in told if one not in digests]
    assert (outlook.kind, outlook.recipient_id) == (
        notify_pb2.NOTICE_KIND_ROSTER_OUTLOOK,
        "KP-1",
    )
    assert outlook.first_gap.post == "township/532301001/owner"
    assert sorted(map(counted, digests)) == [("CT-1", 2, 2, 2), ("TS-2", 3, 0, 0)]
    assert {one.colour for one in told} == {0}
    # The red cases are late: their own messages have gone their own way, at their own time.
    (county,) = [one for one in digests if one.recipient_id == "CT-1"]
    assert len({county.case_no, *county.other_case_nos}) == 2

    # Thursday: the digest again, the gap no more.
    assert await desk.at(MORNING + (THURSDAY - WEDNESDAY), 100.0) == 1
    await desk.at(MORNING + (THURSDAY - WEDNESDAY), 200.0)
    kinds = sorted(one.kind for one in await desk.bulletins())
    digest, gaps = notify_pb2.NOTICE_KIND_DIGEST, notify_pb2.NOTICE_KIND_ROSTER_OUTLOOK
    assert kinds == [digest] * 4 + [gaps]
    # Saturday and the afternoon: nothing.
    assert await desk.at(datetime(2026, 1, 10, 9, 0, tzinfo=CHINA), 300.0) == 0
    assert await desk.at(datetime(2026, 1, 9, 14, 0, tzinfo=CHINA), 400.0) == 0


WEDNESDAY, THURSDAY = datetime(2026, 1, 7, tzinfo=CHINA), datetime(2026, 1, 8, tzinfo=CHINA)


async def test_neither_a_restart_nor_a_lost_redis_tells_anything_twice(desk: Desk) -> None:
    """Killed after the first message, it goes on with the others; with Redis lost, what was told comes from the log."""
    assert await desk.at(MORNING) == 1
    desk.restarts()
    assert await desk.at(MORNING, 0.0) == 1
    assert await desk.at(MORNING, 60.0) == 1
    before = sorted(one.notice_id for one in await desk.bulletins())
    assert len(set(before)) == len(before) == 3

    await desk.worker.refresh()
    state = await desk.worker.state()
    await desk.worker.lose_state()
    await desk.worker.refresh()
    assert await desk.worker.state() == state
    desk.restarts()
    assert await desk.at(MORNING, 120.0) == 0
    # Two owners for a moment: the other one, who counted before, proposes the same; the log tells it once.
    value = next(one for one in await desk.worker.proposals() if one.HasField("send_bulletin"))
    batch = pb.CommandBatch(commands=[value]).SerializeToString()
    await desk.worker.write(Topic.COMMANDS, value.subject_id, batch)
    await desk.worker.work()
    assert sorted(one.notice_id for one in await desk.bulletins()) == before


async def test_who_is_not_pressed_may_be_left_alone(desk: Desk) -> None:
    """With digests for the pressed only, nobody is told of duties that have days to go, or of gaps when off."""
    worker = desk.worker
    for household in HOUSEHOLDS:
        value = await worker.store.get(lane_of(household), f"s:{household}")
        (case,) = pb.SubjectCases.FromString(value or b"").cases
        taken = command(1, case, case.owner_id, acknowledge=pb.Acknowledge())
        if case.level == common_pb2.LEVEL_YELLOW:
            await worker.write(Topic.COMMANDS, household, command_value(taken))
    await worker.work()
    desk.restarts(Mornings(Digests.PRESSED, 8 * 60 + 30, 11 * 60, 0, 6_000))
    assert [await desk.at(MORNING, second) for second in (0.0, 1.0)] == [1, 0]
    assert [one.recipient_id for one in await desk.bulletins()] == ["CT-1"]
