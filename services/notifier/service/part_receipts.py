"""Long messages: each part gets a receipt of its own, and the phone has the message when all have come.

Every part's arrival is a record on the log before its receipt is acknowledged. Redis counts them, so that of
two workers with the last two parts at least one sees them all; after a lost Redis the lane's own deliveries tell.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.common.lane_store import LaneStore
from services.notifier.adapters.codec import Delivery
from services.notifier.adapters.receipt_index import ReceiptIndex
from services.notifier.adapters.sms_callbacks import ReceiptNews
from services.notifier.domain.notices import Notice
from services.notifier.domain.parts import part_ids
from services.notifier.service.handler import delivery_key
from services.notifier.service.recorder import Recorder, delivery_id


class PartReceipts:
    """Knows which parts of a sent message have arrived."""

    def __init__(self, index: ReceiptIndex, store: LaneStore, recorder: Recorder) -> None:
        self._index = index
        self._store = store
        self._recorder = recorder

    async def complete(self, lane: int, notice: Notice, sent: Delivery, news: ReceiptNews) -> bool:
        """Note one part's arrival; whether it was the last one missing. A single part needs no note."""
        parts = part_ids(sent.after.provider_message_id)
        if len(parts) == 1:
            return True
        part_id = news.provider_message_id
        code = f"{news.code} part {parts.index(part_id) + 1}/{len(parts)}"
        await self._recorder.record(lane, notice, sent.after, code, part_id)
        missing = set(parts) - await self._index.arrived(sent, part_id)
        return not missing or missing <= await self._on_the_log(lane, sent, missing)

    async def _on_the_log(self, lane: int, sent: Delivery, parts: Iterable[str]) -> set[str]:
        """Those of these parts whose arrival the lane has read."""
        keys = {
            delivery_key(delivery_id(sent.notice_id, sent.after, part_id)): part_id
            for part_id in parts
        }
        loaded = await self._store.load({lane: list(keys)})
        return {keys[key] for key in loaded[lane].state}
