"""CMPP as a gateway sees it, packed and unpacked by struct alone: nothing here is shared with the product."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Final

CONNECT: Final = 0x1
TERMINATE: Final = 0x2
SUBMIT: Final = 0x4
DELIVER: Final = 0x5
ACTIVE_TEST: Final = 0x8
RESP: Final = 0x80000000
HEADER: Final = struct.Struct(">III")
LONGEST: Final = 4096
CODECS: Final[Mapping[int, str]] = {0: "ascii", 8: "utf-16-be", 15: "gbk"}
# Up to and with DestUsr_tl.
_SUBMIT_HEAD: Final = {
    0x20: struct.Struct(">QBBBB10sB21sBBB6s2s6s17s17s21sB"),
    0x30: struct.Struct(">QBBBB10sB32sBBBB6s2s6s17s17s21sB"),
}
_NUMBER: Final = {0x20: 21, 0x30: 32}
# Dest_terminal_type stands between the numbers and Msg_Length in 3.0 only.
_BETWEEN: Final = {0x20: 0, 0x30: 1}
_TAIL: Final = {0x20: 8, 0x30: 20}


class Unreadable(ValueError):
    """Octets that are not what their header says."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """One part of one SMS for one number."""

    msg_src: str
    src_id: str
    service_id: str
    number: str
    total: int
    index: int
    reference: int
    wants_report: bool
    fmt: int
    body: bytes
    length: int

    @property
    def text(self) -> str:
        """The words of this part."""
        return self.body.decode(CODECS.get(self.fmt, "latin-1"), "replace")


def proof(source: str, secret: str, stamp: int) -> bytes:
    """AuthenticatorSource."""
    return md5(source.encode() + b"\0" * 9 + secret.encode() + b"%010d" % stamp).digest()


def connect_resp(version: int, status: int, source_proof: bytes, secret: str) -> bytes:
    """The body of CONNECT_RESP."""
    said = struct.pack(">I", status) if version == 0x30 else struct.pack(">B", status)
    return said + md5(said + source_proof + secret.encode()).digest() + bytes([version])


def answer(version: int, msg_id: int, result: int) -> bytes:
    """The body of SUBMIT_RESP."""
    return struct.pack(">QI" if version == 0x30 else ">QB", msg_id, result)


def result_in(version: int, body: bytes) -> int:
    """The result in a DELIVER_RESP."""
    try:
        return int(struct.unpack(">QI" if version == 0x30 else ">QB", body)[1])
    except struct.error as wrong:
        raise Unreadable(str(wrong)) from wrong


def read_submit(version: int, body: bytes) -> Submitted:
    """The one part a SUBMIT carries; several numbers at once are not simulated."""
    try:
        head = _SUBMIT_HEAD[version].unpack_from(body)
    except struct.error as wrong:
        raise Unreadable(str(wrong)) from wrong
    at = _SUBMIT_HEAD[version].size
    count, width = head[-1], _NUMBER[version]
    if count != 1:
        raise Unreadable(f"{count} numbers")
    number = body[at : at + width]
    at += width + _BETWEEN[version]
    if len(body) <= at or len(body) != at + 1 + body[at] + _TAIL[version]:
        raise Unreadable("Msg_Length does not fit")
    content = body[at + 1 : at + 1 + body[at]]
    # 3.0 has Fee_terminal_type in the eighth place.
    rest = head[8 + _BETWEEN[version] :]
    _, udhi, fmt, msg_src, *_, src_id, _ = rest
    reference, total, index, text = unwrap(content) if udhi else (0, 1, 1, content)
    if (total, index) != (head[1], head[2]):
        raise Unreadable("Pk_total and Pk_number are not what the header of the text says")
    return Submitted(
        msg_src=_word(msg_src),
        src_id=_word(src_id),
        service_id=_word(head[5]),
        number=_word(number),
        total=total,
        index=index,
        reference=reference,
        wants_report=head[3] == 1,
        fmt=fmt,
        body=text,
        length=len(content),
    )


def deliver(
    version: int, msg_id: int, sender: str, receiver: str, content: bytes, report: bool
) -> bytes:
    """The body of DELIVER: a status report, or what a person wrote (UCS2)."""
    fmt = 0 if report else 8
    head = struct.pack(">Q21s10sBBB", msg_id, receiver.encode(), b"", 0, 0, fmt)
    number = sender.encode().ljust(_NUMBER[version], b"\0") + bytes(_BETWEEN[version])
    return head + number + bytes([report, len(content)]) + content + bytes(_TAIL[version])


def report(version: int, msg_id: int, stat: str, times: tuple[str, str], number: str) -> bytes:
    """The content of a status report."""
    submitted, done = (item.encode() for item in times)
    form = f">Q7s10s10s{_NUMBER[version]}sI"
    return struct.pack(form, msg_id, stat.encode(), submitted, done, number.encode(), 7)


def unwrap(content: bytes) -> tuple[int, int, int, bytes]:
    """Reference, number of parts, which part, and the words after the header of a part."""
    if len(content) < 6 or content[:3] != b"\x05\x00\x03":
        raise Unreadable("TP_udhi without the header of a part")
    return content[3], content[4], content[5], content[6:]


def _word(field: bytes) -> str:
    return field.rstrip(b"\0").decode("latin-1")
