"""Overdue re-assessments on real Kafka and Redis: from the profiles to duties, each once, and closed by the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.risk.v1 import risk_pb2
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.spans import DAY_MS
from services.common.topics import Topic
from services.escalation.adapters.obligation_file import read_obligation
from services.escalation.adapters.overdue_homes import OverdueHomes
from services.escalation.domain.mornings import Mornings
from services.escalation.domain.worktime import CHINA
from services.escalation.service.reassessments import ReassessmentTimer
from tests.contract.escalation.records import decision, risk_value
from tests.contract.escalation.worker import Worker, running_worker
from tests.unit.escalation.desk import GRID, POLICY, VILLAGE, rules
from tests.unit.escalation.test_reassessments import FILE

MORNING = datetime(2026, 1, 7, 8, 30, tzinfo=CHINA)
NOW_MS = int(MORNING.timestamp() * 1000)
SHOWN = Mornings(from_minute=8 * 60 + 30, until_minute=11 * 60, reassessments_per_minute=60)
LATE, ANEW, FRESH, MOVED, ERASED, PLAIN = (f"HWANT{n:015d}" for n in range(6))


@dataclass
class Desk:
    """A worker, and its timer of this morning."""

    worker: Worker
    timer: ReassessmentTimer
    homes: OverdueHomes

    async def knows(self, subject_id: str, due_ms: int, level: int = 2, moved_to: str = "") -> None:
        """Scoring writes the home's profile."""
        state = risk_pb2.PackState(pack_id="household_dispute", level=level, reassess_due_ms=due_ms)  # type: ignore[arg-type]
        profile = risk_pb2.HouseholdProfile(
            subject_id=subject_id, jurisdiction_code=GRID, packs=[state], moved_to=moved_to
        )
        await self._put(subject_id, profile.SerializeToString())

    async def erases(self, subject_id: str) -> None:
        """The home's profile is taken back."""
        await self._put(subject_id, b"")

    async def _put(self, subject_id: str, value: bytes) -> None:
        record = Outgoing(Topic.PROFILES, value, subject_id.encode())
        await self.worker.producer.send([(lane_of(subject_id), record)])

    async def at(self, now_ms: int, now_s: float) -> int:
        """It is then; what is proposed is worked."""
        self.worker.clock.now = now_ms
        count = await self.timer.poll(now_ms, now_s)
        await self.worker.work()
        return count

    async def restarts(self) -> None:
        """A new process."""
        await self.homes.close()
        worker = self.worker
        self.homes = OverdueHomes(worker.settings)
        self.timer = ReassessmentTimer(
            SHOWN,
            worker.law.is_workday,
            homes=self.homes,
            producer=worker.producer,
            clock=worker.clock,
        )

    async def cases(self, subject_id: str) -> list[pb.Case]:
        """The home's cases."""
        value = await self.worker.store.get(lane_of(subject_id), f"s:{subject_id}")
        return list(pb.SubjectCases.FromString(value or b"").cases)


@pytest.fixture
async def desk(kafka: str, redis_url: str, sanse_prefix: str) -> AsyncIterator[Desk]:
    """Six homes: two late, one not, one late and moved away, one late and erased, one late without a level."""
    law = rules(None, POLICY, read_obligation(FILE))
    async with running_worker(kafka, redis_url, sanse_prefix, law) as worker:
        made = Desk(worker, None, OverdueHomes(worker.settings))  # type: ignore[arg-type]
        await made.restarts()
        await made.knows(LATE, NOW_MS - 9 * DAY_MS)
        await made.knows(ANEW, NOW_MS - 5 * DAY_MS)
        await made.knows(FRESH, NOW_MS - DAY_MS)
        await made.knows(FRESH, NOW_MS + DAY_MS)
        await made.knows(MOVED, NOW_MS - DAY_MS, moved_to="HELSEWHERE")
        await made.knows(ERASED, NOW_MS - DAY_MS)
        await made.erases(ERASED)
        await made.knows(PLAIN, NOW_MS - DAY_MS, level=0)
        yield made
        await made.homes.close()


async def test_each_late_home_becomes_one_duty_and_the_next_assessment_ends_it(desk: Desk) -> None:
    """The longest late first, at the pace allowed; one assessed this minute is left out; a restart adds none."""
    assert await desk.at(NOW_MS - 60_000, 0.0) == 0
    assert await desk.at(NOW_MS, 1.0) == 1
    (case,) = await desk.cases(LATE)
    assert (case.owner_id, case.obligation) == (VILLAGE, "reassessment")
    # Scoring decides on a new assessment of the second one before its turn comes.
    await desk.knows(ANEW, NOW_MS + 60 * DAY_MS)
    assert await desk.at(NOW_MS, 60.0) == 1
    assert [await desk.cases(one) for one in (ANEW, FRESH, MOVED, ERASED, PLAIN)] == [[]] * 5

    await desk.restarts()
    assert await desk.at(NOW_MS, 0.0) == 1
    assert await desk.at(NOW_MS, 60.0) == 1
    assert [one.case_id for one in await desk.cases(LATE)] == [case.case_id]

    again = decision(
        7,
        LATE,
        0,
        decided_at_ms=NOW_MS + 1,
        occurred_at_ms=NOW_MS,
        reassess_due_ms=NOW_MS + 90 * DAY_MS,
        reason=risk_pb2.DECISION_REASON_UNCHANGED,
    )
    await desk.worker.write(Topic.RISK, LATE, risk_value(again))
    await desk.worker.work()
    (case,) = await desk.cases(LATE)
    assert case.status == pb.CASE_STATUS_RESOLVED
    assert [one.kind for one in case.evidence] == [pb.EVIDENCE_KIND_ASSESSMENT]

    await desk.worker.refresh()
    before = await desk.worker.state()
    await desk.worker.lose_state()
    await desk.worker.refresh()
    assert await desk.worker.state() == before
