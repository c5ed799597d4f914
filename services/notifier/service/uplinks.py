"""Receipts and replies that come over a channel's own connection take the path of the SMS platforms' callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.common import log
from services.common.gather import Gather
from services.notifier.adapters.once import Once
from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews
from services.notifier.adapters.uplink import Uplink
from services.notifier.domain.message import Channel
from services.notifier.service.receipts import ReceiptOutcome, Receipts
from services.notifier.service.replies import Replies

_log = log.get("uplinks")


class Uplinks:
    """Takes what uplink channels bring; receipts that come together are looked up together."""

    def __init__(self, receipts: Receipts, replies: Replies, once: Once) -> None:
        self._receipts = receipts
        self._replies = replies
        self._once = once
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
        """Act once. A second time the same "1" would acknowledge the case before, so a reply is marked first.

        A worker that dies in the middle loses the reply: the case stays open, and its ladder asks again.
        """
        key = f"{channel}:{reply_id}"
        if not await self._once.mark(key):
            _log.info("reply.repeated", channel=channel)
            return
        try:
            await self._replies.take(news)
        except Exception:
            await self._once.forget(key)
            raise

    async def _take_all(self, batch: Sequence[tuple[str, ReceiptNews]]) -> list[bool]:
        taken: dict[tuple[str, ReceiptNews], bool] = {}
        for name in {channel for channel, _ in batch}:
            news = [item for channel, item in batch if channel == name]
            outcomes = await self._receipts.take(name, news)
            for item, outcome in zip(news, outcomes, strict=True):
                taken[(name, item)] = outcome is not ReceiptOutcome.UNKNOWN_MESSAGE
        return [taken[asked] for asked in batch]
