"""The desk where acts from phones are handed in: each becomes a command on Kafka, once."""

from __future__ import annotations

from dataclasses import replace

from services.common import log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_store import LaneStore
from services.common.lane_types import Outgoing
from services.common.lanes import LANES, lane_of
from services.common.topics import Topic
from services.notifier.adapters import codec
from services.notifier.adapters.acknowledged import Acknowledged
from services.notifier.domain.acts import ActKind, CaseRef, act_on
from services.notifier.domain.notices import Notice
from services.notifier.service.handler import notice_key, recent_key

_log = log.get("desk")


class Desk:
    """Answers only after Kafka has the command on all replicas."""

    def __init__(
        self, producer: LaneProducer, store: LaneStore, acknowledged: Acknowledged, clock: Clock
    ) -> None:
        self._producer = producer
        self._store = store
        self._acknowledged = acknowledged
        self._clock = clock

    async def hand_in(
        self, notice: Notice, kind: ActKind, via: str, how: str = "", duty_id: str = ""
    ) -> None:
        """Write the act of the notice's recipient; the same act twice has the same id.

        Who acknowledges a message about several cases of a household acknowledges each; so does a visit.
        """
        shared = notice.other_case_ids if kind in (ActKind.ACKNOWLEDGE, ActKind.VISIT) else ()
        for case_id in (notice.case_id, *shared):
            await self._hand_in(notice, case_id, kind, via, how, duty_id)

    async def _hand_in(
        self, notice: Notice, case_id: str, kind: ActKind, via: str, how: str, duty_id: str
    ) -> None:
        # Each case's act has an id of its own; the first keeps the one it has always had.
        about = notice.notice_id if case_id == notice.case_id else f"{notice.notice_id}/{case_id}"
        ref = CaseRef(about, case_id, notice.subject_id, notice.created_at_ms)
        act = act_on(ref, kind, notice.recipient_id, self._clock.now_ms(), via, duty_id)
        act = replace(act, how=how)
        lane = lane_of(act.subject_id)
        command = Outgoing(Topic.COMMANDS, codec.command_batch(lane, act))
        await self._producer.send([(lane, command)])
        if kind is not ActKind.READ:
            await self._acknowledged.note(act.case_id, act.official_id, ref.created_at_ms)
        _log.info(
            "act.handed_in",
            case_id=act.case_id,
            command_id=act.command_id,
            act=kind.value,
            via=via,
            recipient_id=act.official_id,
        )

    async def notice(self, lane: int, notice_id: str) -> Notice | None:
        """The notice a link stands for."""
        raw = await self._store.get(lane, notice_key(notice_id))
        return codec.read_notice(raw) if raw is not None else None

    async def is_acknowledged(self, notice: Notice) -> bool:
        """Whether the recipient acknowledged the case at this notice or a later one."""
        until = await self._acknowledged.until(notice.case_id, notice.recipient_id)
        return until >= notice.created_at_ms

    async def recent(self, official_id: str) -> list[Notice]:
        """The newest notice to an official in each lane, newest first."""
        key = recent_key(official_id)
        found = await self._store.load({lane: [key] for lane in range(LANES)})
        raws = [loaded.state[key] for loaded in found.values() if key in loaded.state]
        notices = [codec.read_notice(raw) for raw in raws]
        return sorted(notices, key=lambda notice: notice.created_at_ms, reverse=True)
