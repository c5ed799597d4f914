"""The messages of CMPP 2.0 and 3.0 that a sender needs, as frozen facts; fields in the specification's order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class Version(IntEnum):
    """The protocol's version as CONNECT states it."""

    V20 = 0x20
    V30 = 0x30


class Command(IntEnum):
    """Command_Id; an answer has the highest bit set."""

    CONNECT = 0x00000001
    CONNECT_RESP = 0x80000001
    TERMINATE = 0x00000002
    TERMINATE_RESP = 0x80000002
    SUBMIT = 0x00000004
    SUBMIT_RESP = 0x80000004
    DELIVER = 0x00000005
    DELIVER_RESP = 0x80000005
    ACTIVE_TEST = 0x00000008
    ACTIVE_TEST_RESP = 0x80000008


class MsgFmt(IntEnum):
    """How a text is written."""

    ASCII = 0
    BINARY = 4
    UCS2 = 8
    GBK = 15


@dataclass(frozen=True, slots=True)
class Connect:
    """Sign in. timestamp: MMDDhhmmss as a number."""

    source_addr: str
    authenticator: bytes = field(repr=False)
    version: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class ConnectResp:
    """0: signed in. The authenticator proves that the gateway knows the secret as well."""

    status: int
    authenticator: bytes = field(default=bytes(16), repr=False)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Terminate:
    """Either side ends the conversation."""


@dataclass(frozen=True, slots=True)
class TerminateResp:
    """And the other agrees."""


@dataclass(frozen=True, slots=True)
class ActiveTest:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class ActiveTestResp:
    """Yes."""

    reserved: int = 0


@dataclass(frozen=True, slots=True)
class Submit:
    """One part of one SMS to up to 99 numbers. Types and link_id exist in 3.0, reserve in 2.0."""

    msg_src: str
    src_id: str
    destinations: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)
    msg_fmt: int = MsgFmt.UCS2
    tp_udhi: int = 0
    pk_total: int = 1
    pk_number: int = 1
    service_id: str = ""
    registered_delivery: int = 1
    msg_level: int = 0
    fee_user_type: int = 2
    fee_terminal_id: str = field(default="", repr=False)
    fee_terminal_type: int = 0
    fee_type: str = "01"
    fee_code: str = "000000"
    tp_pid: int = 0
    valid_time: str = ""
    at_time: str = ""
    dest_terminal_type: int = 0
    msg_id: int = 0
    reserve: str = ""
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class SubmitResp:
    """0: taken, under this Msg_Id."""

    msg_id: int
    result: int = 0


@dataclass(frozen=True, slots=True)
class Deliver:
    """From the gateway: a status report (registered_delivery 1), or what a person wrote."""

    msg_id: int
    dest_id: str
    src_terminal_id: str = field(repr=False)
    content: bytes = field(repr=False)
    msg_fmt: int = MsgFmt.UCS2
    tp_udhi: int = 0
    registered_delivery: int = 0
    service_id: str = ""
    tp_pid: int = 0
    src_terminal_type: int = 0
    reserve: str = ""
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class DeliverResp:
    """0: the message is safe with us; anything else asks for it again."""

    msg_id: int
    result: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a status report. Times are YYMMDDhhmm."""

    msg_id: int
    stat: str
    submit_time: str
    done_time: str
    dest_terminal_id: str = field(repr=False)
    smsc_sequence: int = 0


Pdu = (
    Connect
    | ConnectResp
    | Terminate
    | TerminateResp
    | ActiveTest
    | ActiveTestResp
    | Submit
    | SubmitResp
    | Deliver
    | DeliverResp
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A message and its Sequence_Id, which its answer repeats."""

    sequence: int
    pdu: Pdu
