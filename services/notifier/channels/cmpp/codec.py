"""CMPP on the wire: which fields each message has in each version, framing, and the sign-in digests.

Nothing is read but what a length has announced, and no length above MAX_PDU is believed.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from services.notifier.channels.cmpp.fields import (
    Content,
    Field,
    Number,
    Octets,
    Text,
    Texts,
)
from services.notifier.channels.cmpp.pdus import (
    ActiveTest,
    ActiveTestResp,
    Command,
    Connect,
    ConnectResp,
    Deliver,
    DeliverResp,
    Frame,
    Pdu,
    Report,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
    Version,
)
from services.notifier.channels.line.wire import BrokenStream, MalformedPdu

HEADER = struct.Struct(">III")
# The longest message there is: a 3.0 SUBMIT to 99 numbers with 255 octets has 3582.
MAX_PDU = 4096
_SHANGHAI = timedelta(hours=8)
Layout = tuple[Field, ...]


def _connect_resp(status: int) -> Layout:
    return Number("status", status), Octets("authenticator", 16), Number("version", 1)


def _answer(result: int) -> Layout:
    return Number("msg_id", 8), Number("result", result)


def _submit(number: int, fee_type: Layout, dest_type: Layout, tail: Field) -> Layout:
    return (
        Number("msg_id", 8),
        Number("pk_total", 1),
        Number("pk_number", 1),
        Number("registered_delivery", 1),
        Number("msg_level", 1),
        Text("service_id", 10),
        Number("fee_user_type", 1),
        Text("fee_terminal_id", number),
        *fee_type,
        Number("tp_pid", 1),
        Number("tp_udhi", 1),
        Number("msg_fmt", 1),
        Text("msg_src", 6),
        Text("fee_type", 2),
        Text("fee_code", 6),
        Text("valid_time", 17),
        Text("at_time", 17),
        Text("src_id", 21),
        Texts("destinations", number),
        *dest_type,
        Content("content"),
        tail,
    )


def _deliver(number: int, source_type: Layout, tail: Field) -> Layout:
    return (
        Number("msg_id", 8),
        Text("dest_id", 21),
        Text("service_id", 10),
        Number("tp_pid", 1),
        Number("tp_udhi", 1),
        Number("msg_fmt", 1),
        Text("src_terminal_id", number),
        *source_type,
        Number("registered_delivery", 1),
        Content("content"),
        tail,
    )


def _report(number: int) -> Layout:
    return (
        Number("msg_id", 8),
        Text("stat", 7),
        Text("submit_time", 10),
        Text("done_time", 10),
        Text("dest_terminal_id", number),
        Number("smsc_sequence", 4),
    )


_CONNECT: Layout = (
    Text("source_addr", 6),
    Octets("authenticator", 16),
    Number("version", 1),
    Number("timestamp", 4),
)
_BOTH: Mapping[type[Pdu], Layout] = {
    Connect: _CONNECT,
    Terminate: (),
    TerminateResp: (),
    ActiveTest: (),
    ActiveTestResp: (Number("reserved", 1),),
}
_LAYOUTS: Mapping[Version, Mapping[type[Pdu], Layout]] = {
    Version.V20: {
        **_BOTH,
        ConnectResp: _connect_resp(1),
        Submit: _submit(21, (), (), Text("reserve", 8)),
        SubmitResp: _answer(1),
        Deliver: _deliver(21, (), Text("reserve", 8)),
        DeliverResp: _answer(1),
    },
    Version.V30: {
        **_BOTH,
        ConnectResp: _connect_resp(4),
        Submit: _submit(
            32,
            (Number("fee_terminal_type", 1),),
            (Number("dest_terminal_type", 1),),
            Text("link_id", 20),
        ),
        SubmitResp: _answer(4),
        Deliver: _deliver(32, (Number("src_terminal_type", 1),), Text("link_id", 20)),
        DeliverResp: _answer(4),
    },
}
_COMMANDS: Mapping[type[Pdu], Command] = {
    Connect: Command.CONNECT,
    ConnectResp: Command.CONNECT_RESP,
    Terminate: Command.TERMINATE,
    TerminateResp: Command.TERMINATE_RESP,
    Submit: Command.SUBMIT,
    SubmitResp: Command.SUBMIT_RESP,
    Deliver: Command.DELIVER,
    DeliverResp: Command.DELIVER_RESP,
    ActiveTest: Command.ACTIVE_TEST,
    ActiveTestResp: Command.ACTIVE_TEST_RESP,
}
_KINDS: Mapping[int, type[Pdu]] = {command: kind for kind, command in _COMMANDS.items()}
# By length: 60 octets in 2.0, 71 in 3.0, whatever version the connection speaks.
_REPORTS: Mapping[int, Layout] = {60: _report(21), 71: _report(32)}


def encode(frame: Frame, version: Version) -> bytes:
    """The octets of a message; FieldWrong when a value does not fit its field."""
    kind = type(frame.pdu)
    body = _put(frame.pdu, _LAYOUTS[version][kind])
    return HEADER.pack(HEADER.size + len(body), _COMMANDS[kind], frame.sequence) + body


def frame_length(header: bytes) -> int:
    """The whole length that a header of 12 octets announces; BrokenStream when it cannot be."""
    total: int = HEADER.unpack(header)[0]
    if not HEADER.size <= total <= MAX_PDU:
        raise BrokenStream(f"a length of {total} octets cannot be")
    return total


def decode(data: bytes, version: Version) -> Frame:
    """One whole message; MalformedPdu says which field is wrong."""
    if len(data) < HEADER.size or frame_length(data[: HEADER.size]) != len(data):
        raise MalformedPdu("not as long as it says")
    _, command, sequence = HEADER.unpack_from(data)
    kind = _KINDS.get(command)
    if kind is None:
        raise MalformedPdu(f"unknown Command_Id {command:#010x}")
    body = data[HEADER.size :]
    layout = _LAYOUTS[_version_of(kind, body, version)][kind]
    return Frame(sequence, kind(**_take(body, layout)))


def decode_report(content: bytes) -> Report:
    """What a status report says; MalformedPdu when it has neither version's length."""
    layout = _REPORTS.get(len(content))
    if layout is None:
        raise MalformedPdu(f"a status report of {len(content)} octets")
    return Report(**_take(content, layout))


def encode_report(report: Report, version: Version) -> bytes:
    """The content of a status report."""
    return _put(report, _REPORTS[60 if version is Version.V20 else 71])


def authenticator_source(source_addr: str, secret: str, timestamp: int) -> bytes:
    """What proves that we know the secret. timestamp: MMDDhhmmss as a number."""
    text = source_addr.encode("latin-1") + bytes(9) + secret.encode() + f"{timestamp:010d}".encode()
    return md5(text, usedforsecurity=False).digest()


def authenticators_ismg(status: int, source: bytes, secret: str) -> set[bytes]:
    """What proves that the gateway knows the secret: Status has one octet in 2.0, four in 3.0.

    Gateways that serve both versions are known to use four for both.
    """
    text = source + secret.encode()
    widths = (status.to_bytes(width, "big") for width in (1, 4))
    return {md5(octets + text, usedforsecurity=False).digest() for octets in widths}


def timestamp_of(now_ms: int) -> int:
    """MMDDhhmmss in Beijing time, as a number."""
    local = datetime.fromtimestamp(now_ms / 1000, UTC) + _SHANGHAI
    return int(f"{local:%m%d%H%M%S}")


def _version_of(kind: type[Pdu], body: bytes, version: Version) -> Version:
    """A gateway that refuses 3.0 may say so in the form of 2.0: the length of its answer tells."""
    if kind is not ConnectResp:
        return version
    return {18: Version.V20, 21: Version.V30}.get(len(body), version)


def _put(message: Pdu | Report, layout: Layout) -> bytes:
    return b"".join(field.put(getattr(message, field.name)) for field in layout)


def _take(data: bytes, layout: Layout) -> dict[str, Any]:
    values: dict[str, Any] = {}
    at = 0
    for field in layout:
        values[field.name], at = field.take(data, at)
    if at != len(data):
        raise MalformedPdu(f"{len(data) - at} octets too many")
    return values
