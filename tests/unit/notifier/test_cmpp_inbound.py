"""What the gateway brings is answered with yes only when it is safe."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews
from services.notifier.channels.cmpp import codec
from services.notifier.channels.cmpp.inbound import BAD_STRUCTURE, Inbound
from services.notifier.channels.cmpp.pdus import Deliver, MsgFmt, Report, Version
from services.notifier.channels.cmpp.verdicts import FLOW_CONTROL as AGAIN
from services.notifier.channels.line.brought import ASKS, TAKEN


@dataclass
class Desk:
    """An inbox that keeps what it gets; `known`: whether the message of a receipt is known."""

    known: bool = True
    receipts: list[ReceiptNews] = field(default_factory=list)
    replies: list[ReplyNews] = field(default_factory=list)

    async def receipt(self, channel: str, news: ReceiptNews) -> bool:
        """Keep it."""
        self.receipts.append(news)
        return self.known

    async def reply(self, channel: str, reply_id: str, news: ReplyNews) -> None:
        """Keep it."""
        self.replies.append(news)


def _report(stat: str, msg_id: int = 7, version: Version = Version.V20) -> Deliver:
    report = Report(msg_id, stat, "2611261200", "2611261201", "13800138000")
    content = codec.encode_report(report, version)
    return Deliver(1, "1069", "13800138000", content, registered_delivery=1)


def _inbound(desk: Desk | None) -> Inbound:
    inbound = Inbound()
    inbound.inbox = desk
    return inbound


@pytest.mark.parametrize("version", [Version.V20, Version.V30])
async def test_a_report_becomes_a_receipt_named_as_the_message_was(version: Version) -> None:
    """The id is the one the SUBMIT_RESP gave, in the words of our own records."""
    desk = Desk()
    assert await _inbound(desk).take(_report("DELIVRD", 0xBD56580004D20001, version)) == TAKEN
    assert desk.receipts == [ReceiptNews("bd56580004d20001", True, "DELIVRD")]


async def test_a_failure_keeps_the_carriers_word() -> None:
    """MK:0010 fails the message and is kept."""
    desk = Desk()
    await _inbound(desk).take(_report("MK:0010"))
    assert desk.receipts == [ReceiptNews("0000000000000007", False, "MK:0010")]


async def test_a_report_of_an_unknown_message_is_asked_for_again_but_not_for_ever() -> None:
    """Its record may be on the way; after some times the gateway is let go."""
    inbound = _inbound(Desk(known=False))
    answers = [await inbound.take(_report("DELIVRD")) for _ in range(ASKS + 1)]
    assert answers == [AGAIN] * ASKS + [TAKEN]


async def test_nothing_is_taken_before_somebody_listens() -> None:
    """Without an inbox the gateway keeps what it brings."""
    assert await _inbound(None).take(_report("DELIVRD")) == AGAIN


async def test_a_report_that_is_none_is_not_taken_for_one() -> None:
    """A report of another length is refused as malformed."""
    desk = Desk()
    broken = Deliver(1, "1069", "13800138000", b"DELIVRD", registered_delivery=1)
    assert await _inbound(desk).take(broken) == BAD_STRUCTURE
    assert desk.receipts == []


@pytest.mark.parametrize("number", ["13800138000", "8613800138000", "+8613800138000"])
async def test_a_reply_comes_from_a_number_as_rosters_write_it(number: str) -> None:
    """The country code falls away, whatever form the gateway uses."""
    desk = Desk()
    await _inbound(desk).take(Deliver(1, "1069", number, b"1", msg_fmt=MsgFmt.ASCII))
    assert desk.replies == [ReplyNews("13800138000", "1")]


async def test_a_part_of_a_long_reply_is_let_go() -> None:
    """It cannot be understood, and asking again would not help."""
    desk = Desk()
    end = bytes([5, 0, 3, 1, 2, 2]) + b"1"
    part = Deliver(1, "1069", "13800138000", end, msg_fmt=MsgFmt.ASCII, tp_udhi=1)
    assert await _inbound(desk).take(part) == TAKEN
    assert desk.replies == []
