"""What the gateway brings: status reports become receipts, what people write becomes replies."""

from __future__ import annotations

from collections import OrderedDict

from services.common import log
from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews
from services.notifier.adapters.uplink import Inbox
from services.notifier.channels.cmpp import codec
from services.notifier.channels.cmpp.fields import MalformedPdu
from services.notifier.channels.cmpp.pdus import Deliver, Report
from services.notifier.channels.cmpp.text import read_text
from services.notifier.channels.cmpp.verdicts import FLOW_CONTROL, arrived

CHANNEL = "cmpp"
TAKEN = 0
BAD_STRUCTURE = 1
AGAIN = FLOW_CONTROL
# A report of a message nobody here knows is asked for so many times, then let go, loudly.
ASKS = 3
_REMEMBERED = 10_000
_log = log.get("cmpp")


def id_text(msg_id: int) -> str:
    """A Msg_Id as it stands in our records: sixteen hexadecimal digits."""
    return f"{msg_id:016x}"


class Inbound:
    """Answers a DELIVER only when what it says is safe. Without an inbox everything is asked for again."""

    def __init__(self) -> None:
        self.inbox: Inbox | None = None
        self._asked: OrderedDict[int, int] = OrderedDict()

    async def take(self, deliver: Deliver) -> int:
        """The result for DELIVER_RESP: 0 taken, 1 unreadable, 8 later."""
        if self.inbox is None:
            return AGAIN
        if deliver.registered_delivery:
            return await self._report(self.inbox, deliver)
        return await self._reply(self.inbox, deliver)

    async def _report(self, inbox: Inbox, deliver: Deliver) -> int:
        try:
            report = codec.decode_report(deliver.content)
        except MalformedPdu as malformed:
            _log.error("cmpp.report_malformed", error=str(malformed))
            return BAD_STRUCTURE
        news = ReceiptNews(id_text(report.msg_id), arrived(report.stat), report.stat)
        if await inbox.receipt(CHANNEL, news):
            self._asked.pop(report.msg_id, None)
            return TAKEN
        return self._ask_again(report)

    def _ask_again(self, report: Report) -> int:
        """Its record may be on the way; but a gateway must not be kept busy for ever."""
        asked = self._asked.pop(report.msg_id, 0) + 1
        if asked > ASKS:
            _log.error("cmpp.report_of_unknown_message", provider_code=report.stat)
            return TAKEN
        self._asked[report.msg_id] = asked
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        return AGAIN

    async def _reply(self, inbox: Inbox, deliver: Deliver) -> int:
        try:
            text = read_text(deliver.content, deliver.msg_fmt, bool(deliver.tp_udhi))
        except MalformedPdu as malformed:
            # Asked for again it would be no more readable.
            _log.warning("cmpp.reply_unreadable", error=str(malformed))
            return TAKEN
        news = ReplyNews(_mobile(deliver.src_terminal_id), text)
        await inbox.reply(CHANNEL, id_text(deliver.msg_id), news)
        return TAKEN


def _mobile(number: str) -> str:
    """The last eleven digits: a mainland mobile without its country code."""
    return "".join(letter for letter in number if letter.isdigit())[-11:]
