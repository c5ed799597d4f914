"""Channels whose gateway brings receipts and replies over the channel's own connection, and who takes them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews


class Inbox(Protocol):
    """Takes what a gateway brings. An exception means: not taken, bring it again."""

    async def receipt(self, channel: str, news: ReceiptNews) -> bool:
        """True once the receipt is on the log, or changes nothing; False when no such message is known."""

    async def reply(self, channel: str, reply_id: str, news: ReplyNews) -> None:
        """Act on a reply, once however often the gateway brings it."""


@runtime_checkable
class Uplink(Protocol):
    """A channel that must be connected even when there is nothing to send."""

    def listen(self, inbox: Inbox | None) -> None:
        """Connect, and give what comes to the inbox; None: take nothing more, the gateway keeps it."""
