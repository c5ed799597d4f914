"""Receipts and replies that come over a channel's own connection take the path of the SMS platforms' callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.common.gather import Gather
from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews
from services.notifier.adapters.uplink import Uplink
from services.notifier.domain.message import Channel
from services.notifier.service.receipts import ReceiptOutcome, Receipts
from services.notifier.service.replies import Replies


class Uplinks:
    """Takes what uplink channels bring; receipts that come together are looked up together."""

    def __init__(self, receipts: Receipts, replies: Replies) -> None:
        self._receipts = receipts
        self._replies = replies
        self._connected: list[Uplink] = []
        self._take: Gather[tuple[str, ReceiptNews], bool] = Gather(self._take_all, "uplinks")

    def connect(self, channels: Iterable[Channel]) -> None:
        """Let every channel that has an uplink bring what it gets to us."""
        for channel in channels:
            if isinstance(channel, Uplink):
                self._connected.append(channel)
                channel.listen(self)

    def disconnect(self) -> None:
        """Before Kafka and Redis go: what comes from here on stays with the gateways, or goes to another worker."""
        for channel in self._connected:
            channel.listen(None)

    async def receipt(self, channel: str, news: ReceiptNews) -> bool:
        """True once the receipt is on the log, or changes nothing; False when no such message is known."""
        return await self._take((channel, news))

    async def reply(self, channel: str, reply_id: str, news: ReplyNews) -> None:
        """Act once, however often the gateway brings it."""
        await self._replies.take(channel, replace(news, reply_id=reply_id))

    async def _take_all(self, batch: Sequence[tuple[str, ReceiptNews]]) -> list[bool]:
        taken: dict[tuple[str, ReceiptNews], bool] = {}
        for name in {channel for channel, _ in batch}:
            news = [item for channel, item in batch if channel == name]
            outcomes = await self._receipts.take(name, news)
            for item, outcome in zip(news, outcomes, strict=True):
                taken[(name, item)] = outcome is not ReceiptOutcome.UNKNOWN_MESSAGE
        return [taken[asked] for asked in batch]
