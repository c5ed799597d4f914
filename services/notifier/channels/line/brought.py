"""What a gateway brings over its line: receipts and replies are answered only when they are safe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import Generic

from services.common import log
from services.notifier.adapters.sms_callbacks import ReceiptNews
from services.notifier.adapters.uplink import Inbox
from services.notifier.channels.line.wire import Pdu

TAKEN = 0
# A receipt of a message nobody here knows is asked for so many times, then let go, loudly.
ASKS = 3
_REMEMBERED = 10_000
_log = log.get("line")


class Brought(ABC, Generic[Pdu]):
    """Without an inbox everything is asked for again. later: the result that asks for it."""

    def __init__(self, channel: str, later: int) -> None:
        self.inbox: Inbox | None = None
        self._channel = channel
        self._later = later
        self._asked: OrderedDict[str, int] = OrderedDict()

    async def take(self, pdu: Pdu) -> int:
        """The result that answers it."""
        if self.inbox is None:
            return self._later
        return await self._take(self.inbox, pdu)

    @abstractmethod
    async def _take(self, inbox: Inbox, pdu: Pdu) -> int:
        """Read it, hand it over, and say what became of it."""

    async def _receipt(self, inbox: Inbox, news: ReceiptNews) -> int:
        if await inbox.receipt(self._channel, news):
            self._asked.pop(news.provider_message_id, None)
            return TAKEN
        return self._ask_again(news)

    def _ask_again(self, news: ReceiptNews) -> int:
        """Its record may be on the way; but a gateway must not be kept busy for ever."""
        asked = self._asked.pop(news.provider_message_id, 0) + 1
        if asked > ASKS:
            _log.error(
                "line.receipt_of_unknown_message", channel=self._channel, provider_code=news.code
            )
            return TAKEN
        self._asked[news.provider_message_id] = asked
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        return self._later


def mobile_in(number: str) -> str:
    """The last eleven digits: a mainland mobile without its country code."""
    return "".join(letter for letter in number if letter.isdigit())[-11:]
