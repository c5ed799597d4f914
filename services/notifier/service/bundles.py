"""Makes one message of those above a person's limit. Its id is derived from its members: made twice, it is one."""

from __future__ import annotations

import asyncio

from services.common import log
from services.common.clock import Clock
from services.common.failpoint import passing
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.topics import Topic
from services.notifier.adapters import codec
from services.notifier.adapters.bundle_book import BundleBook
from services.notifier.adapters.case_views import CaseViews
from services.notifier.domain.limits import (
    Gathered,
    PersonPolicy,
    bundle_moment,
    bundle_of,
    gathered,
    in_bundle,
)
from services.notifier.domain.notices import Notice, Progress
from services.notifier.domain.planner import no_longer_needed
from services.notifier.domain.standing import overtaken
from services.notifier.service.recorder import Recorder

# All who wait for one bundle are due at the same moment, in many lanes and workers: so long the first waits for them.
SETTLE_S = 1.0
_log = log.get("bundles")


class Bundles:
    """A member ends only when the log has its bundle. `wall` is real time, `clock` the case's."""

    def __init__(
        self,
        *,
        book: BundleBook,
        views: CaseViews,
        producer: LaneProducer,
        recorder: Recorder,
        policy: PersonPolicy,
        clock: Clock,
        wall: Clock,
    ) -> None:
        self._book = book
        self._views = views
        self._producer = producer
        self._recorder = recorder
        self._policy = policy
        self._clock = clock
        self._wall = wall
        self._making: dict[tuple[str, int], asyncio.Task[Notice]] = {}

    async def takes(self, lane: int, notice: Notice, before: Progress) -> bool:
        """Whether the notice needs no message of its own (any more); then that is on record."""
        if overtaken(notice, await self._views.of(lane, notice.case_id)):
            await self._recorder.record(lane, notice, no_longer_needed(before), "")
            return True
        await self._book.join(notice.recipient_id, before.due_ms, Gathered(lane, notice))
        bundle = await self._made(notice.recipient_id, before.due_ms)
        if [notice_id for _, notice_id in bundle.parts] == [notice.notice_id]:
            return False
        await self._recorder.record(lane, notice, self._after(notice, before, bundle), "")
        return True

    def _after(self, notice: Notice, before: Progress, bundle: Notice) -> Progress:
        """Who came too late for this bundle is in the next."""
        if notice.notice_id in {notice_id for _, notice_id in bundle.parts}:
            return in_bundle(before)
        now_ms = self._wall.now_ms()
        return gathered(before, bundle_moment(notice.recipient_id, now_ms, self._policy))

    async def _made(self, official_id: str, at_ms: int) -> Notice:
        """One making for all who wait for it here; its error is the error of all."""
        key = (official_id, at_ms)
        if key not in self._making:
            task = asyncio.create_task(self._make(official_id, at_ms), name="bundle")
            task.add_done_callback(lambda _: self._making.pop(key, None))
            self._making[key] = task
        return await asyncio.shield(self._making[key])

    async def _make(self, official_id: str, at_ms: int) -> Notice:
        await asyncio.sleep(SETTLE_S)
        members = await self._book.members(official_id, at_ms)
        made = bundle_of(members, self._clock.now_ms(), self._policy)
        bundle = await self._book.first(official_id, at_ms, made)
        if len(bundle.parts) > 1:
            lane = lane_of(bundle.subject_id)
            value = codec.notice_batch(lane, bundle)
            await self._producer.send([(lane, Outgoing(Topic.NOTICES, value))])
            passing("after_bundle")
            _log.info("bundle.made", recipient_id=official_id, count=len(bundle.parts))
        return bundle
