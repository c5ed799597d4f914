"""Acts on delivery receipts: a phone's answer ends a notice, or sends it on to the next channel."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum

from services.common import log
from services.common.clock import Clock
from services.common.failpoint import passing
from services.common.lane_store import LaneStore, LoadedLane
from services.notifier.adapters import codec
from services.notifier.adapters.codec import Delivery
from services.notifier.adapters.metrics import RECEIPTS
from services.notifier.adapters.receipt_index import Found, ReceiptIndex
from services.notifier.adapters.sms_callbacks import ReceiptNews
from services.notifier.domain.notices import Notice, Progress
from services.notifier.domain.planner import on_receipt, supersedes
from services.notifier.domain.receipt_words import ReceiptWords
from services.notifier.domain.recipients import NOWHERE
from services.notifier.domain.results import Reason
from services.notifier.service.choices import Choices
from services.notifier.service.handler import notice_key, state_key
from services.notifier.service.part_receipts import PartReceipts
from services.notifier.service.providers import Providers
from services.notifier.service.recorder import Recorder

# A receipt can overtake the record of its own message by moments.
_LOOKS = 4
_LOOK_AGAIN_S = 0.25
_log = log.get("receipts")


class ReceiptOutcome(Enum):
    """What became of a receipt."""

    RECORDED = "recorded"
    # One part of a long message arrived; its other parts are awaited.
    PART_RECORDED = "part_recorded"
    # Something newer is known; an older receipt never overwrites it.
    STALE = "stale"
    # It says neither yes nor no: the message waits on.
    UNSETTLED = "unsettled"
    UNKNOWN_MESSAGE = "unknown_message"


class Receipts:
    """Any worker can take a receipt: it is recorded on the log, and the lane's owner reads it there."""

    def __init__(
        self,
        *,
        index: ReceiptIndex,
        store: LaneStore,
        choices: Choices,
        providers: Providers,
        recorder: Recorder,
        words: ReceiptWords,
        wall: Clock,
    ) -> None:
        self._index = index
        self._words = words
        self._store = store
        self._choices = choices
        self._providers = providers
        self._recorder = recorder
        self._parts = PartReceipts(index, store, recorder)
        self._wall = wall

    async def take(self, channel: str, news: Sequence[ReceiptNews]) -> list[ReceiptOutcome]:
        """Record what the receipts of one push mean; all together, for a push may hold hundreds."""
        found = await self._find(channel, [item.provider_message_id for item in news])
        states = await self._states(found)
        outcomes = await asyncio.gather(
            *(
                self._one(channel, item, found.get(item.provider_message_id), states)
                for item in news
            )
        )
        counted = Counter(outcome.value for outcome in outcomes)
        _log.info("receipts.taken", channel=channel, **counted)
        return list(outcomes)

    async def _find(self, channel: str, ids: Sequence[str]) -> Found:
        """Quick keys, several times; what is still missing, once in the lanes."""
        found = await self._index.find(channel, ids)
        for _ in range(_LOOKS):
            missing = [one for one in ids if one not in found]
            if not missing:
                return found
            await asyncio.sleep(_LOOK_AGAIN_S)
            found |= await self._index.find(channel, missing)
        return found | await self._index.search(channel, [one for one in ids if one not in found])

    async def _states(self, found: Found) -> Mapping[int, LoadedLane]:
        wanted: dict[int, list[str]] = {}
        for lane, sent in found.values():
            keys = [notice_key(sent.notice_id), state_key(sent.notice_id)]
            wanted.setdefault(lane, []).extend(keys)
        return await self._store.load(wanted)

    async def _one(
        self,
        channel: str,
        news: ReceiptNews,
        found: tuple[int, Delivery] | None,
        states: Mapping[int, LoadedLane],
    ) -> ReceiptOutcome:
        said = Reason.OK if news.arrived else self._words.of(channel, news.code)
        if said is Reason.UNSETTLED:
            return ReceiptOutcome.UNSETTLED
        if found is None:
            return ReceiptOutcome.UNKNOWN_MESSAGE
        lane, sent = found
        state = states[lane].state
        raw = state.get(notice_key(sent.notice_id))
        if raw is None:
            return ReceiptOutcome.UNKNOWN_MESSAGE
        known = state.get(state_key(sent.notice_id))
        newest = _newest(codec.read_progress(known) if known else sent.after, sent.after)
        notice = codec.read_notice(raw)
        after = self._plan(notice, newest, sent, said)
        if not supersedes(newest, after):
            return ReceiptOutcome.STALE
        if news.arrived and not await self._parts.complete(lane, notice, sent, news):
            return ReceiptOutcome.PART_RECORDED
        passing("before_receipt")
        await self._recorder.record(lane, notice, after, news.code)
        passing("after_receipt")
        if news.arrived and sent.after.sent_ms:
            self._providers.note_arrival(channel, self._wall.now_ms() - sent.after.sent_ms)
        RECEIPTS.labels(channel, said.value).inc()
        return ReceiptOutcome.RECORDED

    def _plan(self, notice: Notice, newest: Progress, sent: Delivery, said: Reason) -> Progress:
        ways = NOWHERE if newest.status.final else self._choices.ways_on(notice, sent.after)
        return on_receipt(sent.after, said, ways, self._wall.now_ms())


def _newest(known: Progress, sent: Progress) -> Progress:
    """The lane may not have read the record of the sent message yet: then the message itself is newest."""
    return sent if known.attempts < sent.attempts else known
