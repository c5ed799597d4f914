"""Holds a storm of messages for a second person's release, gathers what is above a person's limit, limits tests."""

from __future__ import annotations

from services.common import log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.spans import HOUR_MS
from services.common.topics import Topic
from services.notifier.adapters import codec
from services.notifier.adapters.buckets import Buckets
from services.notifier.adapters.guard_book import GuardBook
from services.notifier.adapters.metrics import HELD
from services.notifier.domain.guard import GuardPolicy, held, hour_of, is_held, may_be_held
from services.notifier.domain.limits import (
    PersonPolicy,
    bundle_moment,
    gathered,
    may_be_gathered,
)
from services.notifier.domain.notices import Notice, Progress
from services.notifier.service.recorder import Recorder

_log = log.get("guard")


class Guard:
    """Counts, holds and releases; each release is on the log, with who gave it. `wall` is real time."""

    def __init__(
        self,
        *,
        book: GuardBook,
        buckets: Buckets,
        recorder: Recorder,
        producer: LaneProducer,
        policy: GuardPolicy,
        person: PersonPolicy,
        clock: Clock,
        wall: Clock,
    ) -> None:
        self._book = book
        self._buckets = buckets
        self._recorder = recorder
        self._producer = producer
        self._policy = policy
        self._person = person
        self._clock = clock
        self._wall = wall

    async def holds(self, lane: int, notice: Notice, before: Progress) -> bool:
        """Whether the message must wait, for a release or for the recipient's bundle; then that is on record."""
        hold = may_be_held(notice, before, self._policy)
        gather = may_be_gathered(notice, before, self._person)
        if not hold and not gather:
            return False
        unit, hour = hour_of(notice)
        person = notice.recipient_id if gather else ""
        now_ms = self._wall.now_ms()
        place = await self._book.place(unit, hour, notice.notice_id, person, now_ms // HOUR_MS)
        if hold and is_held(place, self._policy):
            await self._hold(lane, notice, before)
            return True
        if not gather or place.of_person <= self._person.per_hour:
            return False
        at_ms = bundle_moment(notice.recipient_id, now_ms, self._person)
        await self._recorder.record(lane, notice, gathered(before, at_ms), "")
        return True

    async def _hold(self, lane: int, notice: Notice, before: Progress) -> None:
        unit, hour = hour_of(notice)
        if await self._book.note_held(unit, hour):
            _log.error("guard.storm", unit=unit, limit=self._policy.storm_per_hour)
        if before.looks == 0:
            HELD.labels(unit).inc()
        await self._recorder.record(
            lane, notice, held(before, self._policy, self._wall.now_ms()), ""
        )

    async def admits_test(self, official_id: str) -> bool:
        """Whether the official may send one more test in this hour."""
        if await self._buckets.admits(f"tests:{official_id}", self._policy.tests_per_hour):
            return True
        return await self._book.take_test(official_id)

    async def release(self, unit: str, messages: int, by: str) -> int:
        """Let messages of a county go; how many hours had some waiting. On the log before it counts."""
        await self._write(codec.Release(by, self._clock.now_ms(), messages, unit))
        return await self._book.release(unit, messages)

    async def release_tests(self, official_id: str, messages: int, by: str) -> None:
        """Let an official send more tests."""
        now_ms = self._clock.now_ms()
        await self._write(codec.Release(by, now_ms, messages, tests_of=official_id))
        await self._book.release_tests(official_id, messages)

    async def _write(self, release: codec.Release) -> None:
        lane = lane_of(release.unit or release.tests_of)
        value = codec.release_batch(lane, release)
        await self._producer.send([(lane, Outgoing(Topic.DELIVERIES, value))])
        _log.info(
            "guard.released",
            official_id=release.by,
            unit=release.unit,
            tests_of=release.tests_of,
            count=release.messages,
        )
