"""What the SMSC brings: delivery receipts become receipts, what people write becomes replies."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256

from services.common import log
from services.common.clock import Clock
from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews
from services.notifier.adapters.uplink import Inbox
from services.notifier.channels.line.brought import Brought, mobile_in
from services.notifier.channels.line.text import UCS2, read_text
from services.notifier.channels.line.wire import MalformedPdu
from services.notifier.channels.smpp.pdus import Deliver, Pdu
from services.notifier.channels.smpp.verdicts import LATER, NEVER, STATES, TAKEN, arrived

CHANNEL = "smpp"
# The SMSC's own alphabet, ASCII, Latin-1: what people reply is the same in all three.
CODECS: Mapping[int, str] = {0: "latin-1", 1: "latin-1", 3: "latin-1", UCS2: "utf-16-be"}
_HAS_HEADER = 0x40
_KIND = 0x3C
_RECEIPT = 0x04
# The text of a receipt is each SMSC's own; these two words are in all of them.
_ID = re.compile(r"\bid:(\S+)", re.IGNORECASE)
_STAT = re.compile(r"\bstat:(\w+)", re.IGNORECASE)
# SMPP gives what people write no number. The same words from the same phone within this time are one reply that
# was brought again: to take a repeat for a second reply would acknowledge a case that nobody has seen.
_SAME_MS = 600_000
_REMEMBERED = 10_000
_log = log.get("smpp")


class Inbound(Brought[Pdu]):
    """Answers a deliver_sm only when what it says is safe: 0 taken, 0x64 later, 0x65 never again."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(CHANNEL, LATER)
        self._clock = clock
        self._replies: OrderedDict[str, tuple[str, int]] = OrderedDict()

    async def _take(self, inbox: Inbox, pdu: Pdu) -> int:
        if not isinstance(pdu, Deliver):
            _log.error("smpp.deliver_unreadable")
            return NEVER
        if pdu.esm_class & _KIND == _RECEIPT:
            return await self._report(inbox, pdu)
        return await self._reply(inbox, pdu) if not pdu.esm_class & _KIND else TAKEN

    async def _report(self, inbox: Inbox, deliver: Deliver) -> int:
        news = read_receipt(deliver)
        if news is None:
            _log.error("smpp.receipt_malformed")
            return NEVER
        return await self._receipt(inbox, news)

    async def _reply(self, inbox: Inbox, deliver: Deliver) -> int:
        has_header = bool(deliver.esm_class & _HAS_HEADER)
        try:
            text = read_text(deliver.content, deliver.data_coding, has_header, CODECS)
        except MalformedPdu as malformed:
            # Asked for again it would be no more readable.
            _log.warning("smpp.reply_unreadable", error=str(malformed))
            return TAKEN
        reply_id = self._reply_id(deliver)
        await inbox.reply(CHANNEL, reply_id, ReplyNews(mobile_in(deliver.sender), text))
        return TAKEN

    def _reply_id(self, deliver: Deliver) -> str:
        """The same for what is brought again, also to another worker."""
        whole = f"{deliver.sender}\0{deliver.data_coding}\0".encode() + deliver.content
        same, now_ms = sha256(whole).hexdigest(), self._clock.now_ms()
        known, since_ms = self._replies.get(same, ("", 0))
        if known and now_ms - since_ms < _SAME_MS:
            return known
        reply_id = f"{same[:32]}-{now_ms // _SAME_MS}"
        self._replies[same] = (reply_id, now_ms)
        self._replies.move_to_end(same)
        while len(self._replies) > _REMEMBERED:
            self._replies.popitem(last=False)
        return reply_id


def read_receipt(deliver: Deliver) -> ReceiptNews | None:
    """Which message it is about and what became of it; None when it does not say which."""
    text = deliver.content.decode("latin-1")
    named, said = _ID.search(text), _STAT.search(text)
    message_id = deliver.receipted_id or (named.group(1) if named else "")
    if not message_id:
        return None
    stat = said.group(1).upper() if said else STATES.get(deliver.state or 0, "")
    return ReceiptNews(message_id, arrived(stat), stat)
