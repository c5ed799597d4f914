"""SMPP 3.4 as an SMSC sees it, packed and unpacked by struct alone: nothing here is shared with the product."""

import struct
from datetime import UTC, datetime
from typing import Final

from tests.simulators.vendors.cmpp_wire import Submitted, Unreadable, unwrap

SUBMIT: Final = 0x4
DELIVER: Final = 0x5
UNBIND: Final = 0x6
BIND_TRANSCEIVER: Final = 0x9
ENQUIRE_LINK: Final = 0x15
RESP: Final = 0x80000000
HEADER: Final = struct.Struct(">IIII")
LONGEST: Final = 4096
UCS2: Final = 8
HAS_HEADER: Final = 0x40
IS_RECEIPT: Final = 0x04
STATES: Final = {"DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "REJECTD": 8}


def read_bind(body: bytes) -> tuple[str, str]:
    """Who signs in, and the password."""
    system_id, password, _ = _words(body, 3)
    return system_id, password


def read_submit(body: bytes) -> Submitted:
    """The one part a submit_sm carries."""
    try:
        (service,), at = _words(body, 1), body.index(b"\0") + 1
        (source,), at = _words(body[at + 2 :], 1), at + 2
        at = body.index(b"\0", at) + 1
        (number,), at = _words(body[at + 2 :], 1), at + 2
        at = body.index(b"\0", at) + 1
        esm_class = body[at]
        at = body.index(b"\0", body.index(b"\0", at + 3) + 1) + 1
        report, _, coding, _, length = body[at : at + 5]
    except (IndexError, ValueError) as wrong:
        raise Unreadable(str(wrong)) from wrong
    # Parameters may follow: Kannel says of each part but the last that there are more.
    content = body[at + 5 : at + 5 + length]
    if len(content) != length:
        raise Unreadable("sm_length does not fit")
    has_header = bool(esm_class & HAS_HEADER)
    reference, total, index, text = unwrap(content) if has_header else (0, 1, 1, content)
    return Submitted(
        msg_src="",
        src_id=source,
        service_id=service,
        number=number,
        total=total,
        index=index,
        reference=reference,
        wants_report=report == 1,
        fmt=coding,
        body=text,
        length=length,
    )


def deliver(
    sender: str, receiver: str, content: bytes, message_id: str = "", stat: str = ""
) -> bytes:
    """The body of a deliver_sm: a receipt when it has a message's id, else what a person wrote (UCS-2)."""
    addresses = b"".join(b"\x01\x01" + number.encode() + b"\0" for number in (sender, receiver))
    esm_class, coding = (IS_RECEIPT, 0) if message_id else (0, UCS2)
    fixed = bytes([esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(content)])
    optional = b""
    if message_id:
        known = message_id.encode() + b"\0"
        optional = struct.pack(">HH", 0x001E, len(known)) + known
        optional += struct.pack(">HHB", 0x0427, 1, STATES.get(stat, 7))
        # A parameter of the vendor's own, as most have.
        optional += struct.pack(">HH", 0x1403, 2) + b"zz"
    return b"\0" + addresses + fixed + content + optional


def receipt_text(message_id: str, stat: str, times: tuple[float, float]) -> bytes:
    """The text of a receipt, as the specification's appendix writes it."""
    submitted, done = (f"{datetime.fromtimestamp(at, UTC):%y%m%d%H%M}" for at in times)
    delivered = int(stat == "DELIVRD")
    return (
        f"id:{message_id} sub:001 dlvrd:{delivered:03d} submit date:{submitted} "
        f"done date:{done} stat:{stat} err:000 text:"
    ).encode()


def _words(body: bytes, number: int) -> list[str]:
    words = body.split(b"\0", number)[:number]
    if len(words) < number:
        raise Unreadable("a text without its end")
    return [word.decode("latin-1") for word in words]
