"""Acts on delivery receipts: a phone's answer ends a notice, or sends it on to the next channel."""

from __future__ import annotations

import asyncio
from enum import Enum

from services.common import log
from services.common.clock import Clock
from services.common.lane_store import LaneStore
from services.notifier.adapters import codec
from services.notifier.adapters.codec import Delivery
from services.notifier.adapters.receipt_index import ReceiptIndex
from services.notifier.adapters.sms_callbacks import ReceiptNews
from services.notifier.domain.notices import Progress
from services.notifier.domain.planner import on_receipt, supersedes
from services.notifier.service.attempts import Attempts
from services.notifier.service.handler import notice_key, state_key
from services.notifier.service.recorder import Recorder

# A receipt can overtake the record of its own message by moments.
_LOOKS = 5
_LOOK_AGAIN_S = 0.2
_log = log.get("receipts")


class ReceiptOutcome(Enum):
    """What became of a receipt."""

    RECORDED = "recorded"
    # Something newer is known; an older receipt never overwrites it.
    STALE = "stale"
    UNKNOWN_MESSAGE = "unknown_message"


class Receipts:
    """Any worker can take a receipt: it is recorded on the log, and the lane's owner reads it there."""

    def __init__(
        self,
        index: ReceiptIndex,
        store: LaneStore,
        attempts: Attempts,
        recorder: Recorder,
        wall: Clock,
    ) -> None:
        self._index = index
        self._store = store
        self._attempts = attempts
        self._recorder = recorder
        self._wall = wall

    async def take(self, channel: str, news: ReceiptNews) -> ReceiptOutcome:
        """Record what a receipt means."""
        found = await self._find(channel, news.provider_message_id)
        outcome = ReceiptOutcome.UNKNOWN_MESSAGE
        if found is not None:
            outcome = await self._record(*found, news)
        _log.info("receipt.taken", channel=channel, reason=outcome.value, provider_code=news.code)
        return outcome

    async def _find(self, channel: str, provider_message_id: str) -> tuple[int, Delivery] | None:
        for look in range(_LOOKS):
            if look:
                await asyncio.sleep(_LOOK_AGAIN_S)
            found = await self._index.find(channel, provider_message_id)
            if found is not None:
                return found
        return None

    async def _record(self, lane: int, sent: Delivery, news: ReceiptNews) -> ReceiptOutcome:
        keys = [notice_key(sent.notice_id), state_key(sent.notice_id)]
        state = (await self._store.load({lane: keys}))[lane].state
        if keys[0] not in state:
            return ReceiptOutcome.UNKNOWN_MESSAGE
        known = codec.read_progress(state[keys[1]]) if keys[1] in state else sent.after
        notice = codec.read_notice(state[keys[0]])
        start = sent.after.channel_index + 1
        next_index = None if known.status.final else self._attempts.next_index(notice, start)
        after = on_receipt(sent.after, news.arrived, next_index, self._wall.now_ms())
        if not supersedes(_seen(known, sent.after), after):
            return ReceiptOutcome.STALE
        await self._recorder.record(lane, notice, after, news.code)
        return ReceiptOutcome.RECORDED


def _seen(known: Progress, sent: Progress) -> Progress:
    """The lane may not have read the record of the sent message yet: then the message itself is newest."""
    return sent if known.attempts < sent.attempts else known
