"""What was told about a case: its notices, how far each has got, every step, and the replies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.common.lane_store import LaneStore
from services.common.lanes import LANES
from services.common.roster import Roster
from services.notifier.adapters import codec
from services.notifier.adapters.codec import Delivery
from services.notifier.domain.notices import Notice, Progress
from services.notifier.service.handler import (
    case_set,
    delivery_key,
    notice_key,
    notices_set,
    replies_set,
    reply_key,
    state_key,
)


@dataclass(frozen=True, slots=True)
class Told:
    """A case as the notifier knows it, each part oldest first. replies: as they are stored.

    posts: of recipients and repliers who are on the roster, by official id.
    """

    notices: Sequence[Notice]
    progress: Mapping[str, Progress]
    deliveries: Sequence[Delivery]
    replies: Sequence[bytes]
    posts: Mapping[str, str]


class CaseFile:
    """Reads any lane: a case's notices may lie in several."""

    def __init__(self, store: LaneStore, roster: Roster) -> None:
        self._store = store
        self._roster = roster

    async def of(self, case_id: str) -> Told:
        """Everything about one case, also what was told together with other cases of the household."""
        ids = await self._store.members(range(LANES), notices_set(case_id))
        keys = [(lane, key(one)) for lane, one in ids for key in (notice_key, state_key)]
        found = await self._load(keys)
        notices = sorted(
            (codec.read_notice(raw) for key, raw in found.items() if key.startswith("n:")),
            key=lambda notice: (notice.created_at_ms, notice.notice_id),
        )
        progress = {
            one: codec.read_progress(found[state_key(one)])
            for _, one in ids
            if state_key(one) in found
        }
        replies = await self._replies(case_id)
        return Told(
            notices,
            progress,
            await self._deliveries(notices),
            [raw for raw, _ in replies],
            self._posts([*(one.recipient_id for one in notices), *(who for _, who in replies)]),
        )

    async def _deliveries(self, notices: Sequence[Notice]) -> list[Delivery]:
        """A step is filed under its notice's first case."""
        wanted = {notice.notice_id for notice in notices}
        found: list[Delivery] = []
        for case_id in {notice.case_id for notice in notices}:
            ids = await self._store.members(range(LANES), case_set(case_id))
            raws = await self._load([(lane, delivery_key(one)) for lane, one in ids])
            found += [codec.read_delivery(raw) for raw in raws.values()]
        kept = (delivery for delivery in found if delivery.notice_id in wanted)
        return sorted(kept, key=lambda one: (one.at_ms, one.after.attempts))

    async def _replies(self, case_id: str) -> list[tuple[bytes, str]]:
        """Each reply as it is stored, and who replied."""
        ids = await self._store.members(range(LANES), replies_set(case_id))
        raws = await self._load([(lane, reply_key(one)) for lane, one in ids])
        read = [(codec.read_reply(raw), raw) for raw in raws.values()]
        read.sort(key=lambda item: (item[0].at_ms, item[0].reply_id))
        return [(raw, reply.official_id) for reply, raw in read]

    async def _load(self, keys: Iterable[tuple[int, str]]) -> dict[str, bytes]:
        wanted: dict[int, list[str]] = {}
        for lane, key in keys:
            wanted.setdefault(lane, []).append(key)
        loaded = await self._store.load(wanted)
        return {key: raw for lane in loaded.values() for key, raw in lane.state.items()}

    def _posts(self, ids: Iterable[str]) -> dict[str, str]:
        found = {one: self._roster.get(one) for one in ids}
        return {one: official.post for one, official in found.items() if official is not None}
