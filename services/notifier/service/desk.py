"""The desk where acts from phones are handed in: each becomes a command on Kafka, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.common import log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_store import LaneStore
from services.common.lane_types import Outgoing
from services.common.lanes import LANES, lane_of
from services.common.topics import Topic
from services.notifier.adapters import codec, view_codec
from services.notifier.adapters.acknowledged import Acknowledged
from services.notifier.adapters.case_views import view_key
from services.notifier.adapters.command_codec import command_batch
from services.notifier.adapters.once import Once
from services.notifier.domain.acts import (
    NO_EVIDENCE,
    Act,
    ActKind,
    CaseRef,
    EvidenceGiven,
    act_on,
)
from services.notifier.domain.notices import Notice
from services.notifier.domain.replies import Told
from services.notifier.domain.standing import CaseView, Standing, standing_of
from services.notifier.service.handler import notice_key, recent_key

_log = log.get("desk")


class Desk:
    """Answers only after Kafka has the command on all replicas."""

    def __init__(
        self,
        producer: LaneProducer,
        store: LaneStore,
        acknowledged: Acknowledged,
        once: Once,
        clock: Clock,
    ) -> None:
        self._producer = producer
        self._store = store
        self._acknowledged = acknowledged
        self._once = once
        self._clock = clock

    async def hand_in(
        self,
        notice: Notice,
        kind: ActKind,
        via: str,
        how: str = "",
        duty_id: str = "",
        at_ms: int = 0,
        given: EvidenceGiven = NO_EVIDENCE,
    ) -> bool:
        """Write the act of the notice's recipient; False when it was handed in before, and nothing is written.

        Who acknowledges a message about several cases of a household acknowledges each; so does a visit.
        """
        now_ms = at_ms or self._clock.now_ms()
        shared = notice.other_case_ids if kind in (ActKind.ACKNOWLEDGE, ActKind.VISIT) else ()
        # Each case's act has an id of its own; the first keeps the one it has always had.
        # One that follows another is the same message on another way.
        first = notice.follows or notice.notice_id
        abouts = {notice.case_id: first} | {case_id: f"{first}/{case_id}" for case_id in shared}
        fresh = False
        for case_id, about in abouts.items():
            ref = CaseRef(about, case_id, notice.subject_id, notice.created_at_ms)
            act = act_on(ref, kind, notice.recipient_id, now_ms, via, duty_id, given)
            fresh |= await self._write(replace(act, how=how), kind, ref.created_at_ms)
        return fresh

    async def _write(self, act: Act, kind: ActKind, notice_at_ms: int) -> bool:
        if await self._once.is_done(act.command_id):
            _log.info("act.repeated", command_id=act.command_id, act=kind.value, via=act.via)
            return False
        lane = lane_of(act.subject_id)
        command = Outgoing(Topic.COMMANDS, command_batch(lane, act))
        await self._producer.send([(lane, command)])
        if kind is not ActKind.READ:
            await self._acknowledged.note(act.case_id, act.official_id, notice_at_ms)
        await self._once.done(act.command_id)
        _log.info(
            "act.handed_in",
            case_id=act.case_id,
            command_id=act.command_id,
            act=kind.value,
            via=act.via,
            recipient_id=act.official_id,
        )
        return True

    async def notice(self, lane: int, notice_id: str) -> Notice | None:
        """The notice a link stands for."""
        raw = await self._store.get(lane, notice_key(notice_id))
        return codec.read_notice(raw) if raw is not None else None

    async def several(self, places: Iterable[tuple[int, str]]) -> list[tuple[int, Told]]:
        """Notices by lane and id as a bundle names them, each with its lane and where its case stands."""
        wanted: dict[int, list[str]] = {}
        for lane, notice_id in places:
            wanted.setdefault(lane, []).append(notice_key(notice_id))
        loaded = await self._store.load(wanted)
        found = [
            (lane, codec.read_notice(raw))
            for lane, known in loaded.items()
            for raw in known.state.values()
        ]
        told = await self._told([notice for _, notice in found])
        return [(lane, one) for (lane, _), one in zip(found, told, strict=True)]

    async def find(self, notice_id: str) -> Notice | None:
        """A notice whose lane is not known."""
        key = notice_key(notice_id)
        found = await self._store.load({lane: [key] for lane in range(LANES)})
        raws = [loaded.state[key] for loaded in found.values() if key in loaded.state]
        return codec.read_notice(raws[0]) if raws else None

    async def standing(self, notice: Notice) -> Standing:
        """Where the notice's case stands for its recipient."""
        return (await self.seen(notice))[0]

    async def seen(self, notice: Notice) -> tuple[Standing, CaseView | None]:
        """The same, and the case as its ledger's newest entry known here leaves it."""
        views = await self._views([notice])
        view = views.get(notice.case_id)
        return await self._standing(notice, view), view

    async def told(self, official_id: str) -> list[Told]:
        """The newest notice to an official about each case, newest first, and where the case stands."""
        key = recent_key(official_id)
        found = await self._store.load({lane: [key] for lane in range(LANES)})
        raws = [loaded.state[key] for loaded in found.values() if key in loaded.state]
        notices = [notice for raw in raws for notice in codec.read_recent(raw)]
        notices.sort(key=lambda notice: notice.created_at_ms, reverse=True)
        return await self._told(notices)

    async def _told(self, notices: Sequence[Notice]) -> list[Told]:
        views = await self._views(notices)
        standings = [self._standing(notice, views.get(notice.case_id)) for notice in notices]
        pairs = zip(notices, await asyncio.gather(*standings), strict=True)
        return [Told(notice, standing) for notice, standing in pairs]

    async def _standing(self, notice: Notice, view: CaseView | None) -> Standing:
        until = await self._acknowledged.until(notice.case_id, notice.recipient_id)
        return standing_of(notice, view, until)

    async def _views(self, notices: Iterable[Notice]) -> dict[str, CaseView]:
        wanted: dict[int, list[str]] = {}
        for notice in notices:
            wanted.setdefault(lane_of(notice.subject_id), []).append(view_key(notice.case_id))
        loaded = await self._store.load(wanted)
        raws = [raw for lane in loaded.values() for raw in lane.state.values()]
        views = [view_codec.read_view(raw) for raw in raws]
        return {view.case_id: view for view in views}
