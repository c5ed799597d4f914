"""What the gateway brings: status reports become receipts, what people write becomes replies."""

from __future__ import annotations

from collections.abc import Mapping

from services.common import log
from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews
from services.notifier.adapters.uplink import Inbox
from services.notifier.channels.cmpp import codec
from services.notifier.channels.cmpp.pdus import Deliver, MsgFmt, Pdu
from services.notifier.channels.cmpp.verdicts import FLOW_CONTROL, arrived
from services.notifier.channels.line.brought import TAKEN, Brought, mobile_in
from services.notifier.channels.line.text import read_text
from services.notifier.channels.line.wire import MalformedPdu

CHANNEL = "cmpp"
BAD_STRUCTURE = 1
CODECS: Mapping[int, str] = {
    MsgFmt.ASCII: "latin-1",
    MsgFmt.UCS2: "utf-16-be",
    MsgFmt.GBK: "gb18030",
}
_log = log.get("cmpp")


def id_text(msg_id: int) -> str:
    """A Msg_Id as it stands in our records: sixteen hexadecimal digits."""
    return f"{msg_id:016x}"


class Inbound(Brought[Pdu]):
    """Answers a DELIVER only when what it says is safe: 0 taken, 1 unreadable, 8 later."""

    def __init__(self) -> None:
        super().__init__(CHANNEL, FLOW_CONTROL)

    async def _take(self, inbox: Inbox, pdu: Pdu) -> int:
        assert isinstance(pdu, Deliver)
        if pdu.registered_delivery:
            return await self._report(inbox, pdu)
        return await self._reply(inbox, pdu)

    async def _report(self, inbox: Inbox, deliver: Deliver) -> int:
        try:
            report = codec.decode_report(deliver.content)
        except MalformedPdu as malformed:
            _log.error("cmpp.report_malformed", error=str(malformed))
            return BAD_STRUCTURE
        news = ReceiptNews(id_text(report.msg_id), arrived(report.stat), report.stat)
        return await self._receipt(inbox, news)

    async def _reply(self, inbox: Inbox, deliver: Deliver) -> int:
        try:
            text = read_text(deliver.content, deliver.msg_fmt, bool(deliver.tp_udhi), CODECS)
        except MalformedPdu as malformed:
            # Asked for again it would be no more readable.
            _log.warning("cmpp.reply_unreadable", error=str(malformed))
            return TAKEN
        news = ReplyNews(mobile_in(deliver.src_terminal_id), text)
        await inbox.reply(CHANNEL, id_text(deliver.msg_id), news)
        return TAKEN
