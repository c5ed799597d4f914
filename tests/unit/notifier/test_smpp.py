"""SMPP read and written: octets another implementation reads, receipts as SMSCs write them, unnumbered replies."""

from __future__ import annotations

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews
from services.notifier.channels.line.wire import BrokenStream, FieldWrong, MalformedPdu
from services.notifier.channels.smpp import codec, pdus
from services.notifier.channels.smpp.inbound import Inbound, read_receipt
from services.notifier.channels.smpp.verdicts import LATER, NEVER, TAKEN, read_bind, read_status
from services.notifier.channels.smpp.wire import SmppWire
from services.notifier.domain.results import Reason, SendStatus

TEXT = "请签收".encode("utf-16-be")
SUBMIT = pdus.Submit(("1069", 0, 0), ("8613800138000", 1, 1), TEXT, 8)
RECEIPT = b"id:7f3a sub:001 dlvrd:000 submit date:2611270301 done date:2611270302 stat:UNDELIV err:034 text:"
HEADERS = ((0x80000004, b"id-1\0"), (0x80000015, b""), (0x80000000, b""), (0x80000009, b"SMSC\0"))


def frame(command: int, body: bytes = b"", status: int = 0, sequence: int = 3) -> bytes:
    """A message of the other side."""
    return codec.HEADER.pack(codec.HEADER.size + len(body), command, status, sequence) + body


def deliver(content: bytes = RECEIPT, esm_class: int = 4, **fields: object) -> pdus.Deliver:
    """A deliver_sm as another implementation writes it, read by us."""
    written = smpp34.DeliverSm("8613800138000", "1069", content, esm_class=esm_class, **fields)
    _, read = codec.decode(written.encode())
    assert isinstance(read, pdus.Deliver)
    return read


def test_another_implementation_reads_what_we_write() -> None:
    """Addresses with their types, the text, its alphabet and the wish for a receipt."""
    read = smpp34.decode(codec.encode(9, SUBMIT))
    assert (read.sequence_number, read.source_addr, read.source_addr_ton) == (9, "1069", 0)
    assert (read.destination_addr, read.dest_addr_ton, read.dest_addr_npi) == (
        "8613800138000",
        1,
        1,
    )
    assert (read.short_message, read.data_coding, read.registered_delivery) == (TEXT, 8, 1)
    part = pdus.Submit(("1069", 0, 0), ("86138", 1, 1), b"\5\0\3\7\2\1" + TEXT, 8, has_header=True)
    assert smpp34.decode(codec.encode(1, part)).esm_class == 0x40


def test_what_has_no_body_is_a_header() -> None:
    """Heartbeats, goodbyes and our answers, octet for octet."""
    wire = SmppWire()
    assert wire.encode(1, wire.are_you_there()) == frame(0x15, sequence=1)
    assert wire.encode(2, wire.goodbye()) == frame(0x06, sequence=2)
    assert wire.encode(3, pdus.DeliverResp(LATER)) == frame(0x80000005, b"\0", LATER)
    assert wire.encode(4, wire.answer_to(pdus.EnquireLink())) == frame(0x80000015, sequence=4)


def test_answers_are_read() -> None:
    """With a body, without one as refusals may come, and a nack for what could not be read."""
    read = [codec.decode(frame(command, body))[1] for command, body in HEADERS]
    assert read == [
        pdus.SubmitResp(0, "id-1"),
        pdus.EnquireLinkResp(),
        pdus.Nack(0),
        pdus.BindResp(0),
    ]
    assert codec.decode(frame(0x80000004, status=0x58))[1] == pdus.SubmitResp(0x58)
    assert codec.decode(frame(0x80000009, status=0x0E))[1] == pdus.BindResp(0x0E)


@given(st.sampled_from([0x4, 0x5, 0x80000004, 0x80000009, 0x15, 0x102]), st.binary(max_size=80))
def test_no_octets_do_harm(command: int, body: bytes) -> None:
    """Whatever comes is read, called malformed, or called a deliver_sm that cannot be read."""
    try:
        sequence, _ = codec.decode(frame(command, body))
    except MalformedPdu:
        return
    assert sequence == 3


@pytest.mark.parametrize("length", [0, 15, codec.MAX_PDU + 1, 0xFFFFFFFF])
def test_no_length_is_believed_that_cannot_be(length: int) -> None:
    """A stream that has lost its frame is not read on."""
    with pytest.raises(BrokenStream):
        codec.frame_length(codec.HEADER.pack(length, 4, 0, 1))


def test_a_letter_no_field_holds_is_told() -> None:
    """An account's name in other letters than Latin ones cannot be sent."""
    with pytest.raises(FieldWrong):
        codec.encode(1, pdus.Bind("三色", "secret"))


@pytest.mark.parametrize(
    ("content", "fields", "news"),
    [
        (RECEIPT, {}, ReceiptNews("7f3a", False, "UNDELIV")),
        (b"ID:9 STAT:delivrd", {}, ReceiptNews("9", True, "DELIVRD")),
        (
            b"",
            {
                "tlvs": [
                    smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, b"abc\0"),
                    smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, b"\2"),
                    smpp34.Tlv(0x1403, b"zz"),
                ]
            },
            ReceiptNews("abc", True, "DELIVRD"),
        ),
        (b"stat:DELIVRD", {}, None),
    ],
    ids=["text", "capitals", "parameters", "nameless"],
)
def test_receipts_are_read_as_smscs_write_them(
    content: bytes, fields: dict[str, object], news: ReceiptNews | None
) -> None:
    """From the text, from the parameters beside it; one that names no message is none."""
    assert read_receipt(deliver(content, **fields)) == news


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (0x58, (SendStatus.RETRY, Reason.THROTTLED)),
        (0x0B, (SendStatus.GIVE_UP, Reason.BAD_ADDRESS)),
        (0x401, (SendStatus.MISCONFIGURED, Reason.UNKNOWN_CODE)),
    ],
)
def test_statuses_have_a_meaning(status: int, result: tuple[SendStatus, Reason]) -> None:
    """What is mapped is acted on; a status of the vendor's own asks for a person, and is kept."""
    read = read_status(status)
    assert (read.status, read.reason) == result
    assert read.provider_code == hex(status)
    assert read_bind(0) is None
    refused = read_bind(0x0E)
    assert refused is not None
    assert refused.reason is Reason.BAD_CREDENTIALS


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.ms = 1_700_000_399_000

    def now_ms(self) -> int:
        """The time it was set to."""
        return self.ms


class Desk:
    """An inbox that knows no message, and keeps replies."""

    def __init__(self) -> None:
        self.replies: list[tuple[str, str]] = []

    async def receipt(self, channel: str, news: ReceiptNews) -> bool:
        """Nobody here sent it."""
        return False

    async def reply(self, channel: str, reply_id: str, news: ReplyNews) -> None:
        """Keep it."""
        self.replies.append((reply_id, news.text))


async def test_the_same_words_within_ten_minutes_are_one_reply() -> None:
    """Brought again to the same or another worker it has the same id; later, or in other words, another."""
    clock, desk = Clock(), Desk()
    first, other = Inbound(clock), Inbound(clock)
    first.inbox = other.inbox = desk
    one, two = deliver(b"1", 0), deliver(b"2", 0)
    for worker, pdu in ((first, one), (other, one), (first, two)):
        assert await worker.take(pdu) == TAKEN
    clock.ms += 2_000
    assert await first.take(one) == TAKEN
    clock.ms += 600_000
    assert await first.take(one) == TAKEN
    ids = [reply_id for reply_id, _ in desk.replies]
    assert ids[0] == ids[1] == ids[3]
    assert len({ids[0], ids[2], ids[4]}) == 3


async def test_what_cannot_be_read_is_not_asked_for_again() -> None:
    """Refused for good, while a receipt of an unknown message is asked for three times."""
    inbound = Inbound(Clock())
    assert await inbound.take(deliver()) == LATER
    inbound.inbox = Desk()
    assert await inbound.take(pdus.Unreadable()) == NEVER
    assert [await inbound.take(deliver()) for _ in range(4)] == [LATER, LATER, LATER, TAKEN]
