"""The messages of SMPP 3.4 that a sender needs, as frozen facts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bind:
    """Sign in, to send and to receive."""

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""


@dataclass(frozen=True, slots=True)
class BindResp:
    """0: signed in."""

    status: int


@dataclass(frozen=True, slots=True)
class Submit:
    """One part of one SMS to one number. source and destination: the number, its type, its plan."""

    source: tuple[str, int, int]
    destination: tuple[str, int, int] = field(repr=False)
    content: bytes = field(repr=False)
    data_coding: int
    has_header: bool = False
    service_type: str = ""


@dataclass(frozen=True, slots=True)
class SubmitResp:
    """0: taken, under this id."""

    status: int
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Deliver:
    """From the SMSC: a receipt, or what a person wrote.

    receipted_id and state: what a receipt says beside its text; empty where it has the text alone.
    """

    sender: str = field(repr=False)
    content: bytes = field(repr=False)
    data_coding: int = 0
    esm_class: int = 0
    receipted_id: str = ""
    state: int | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A deliver_sm that no field can be read from: it is refused, for brought again it would be no better."""


@dataclass(frozen=True, slots=True)
class DeliverResp:
    """0: it is safe with us."""

    status: int


@dataclass(frozen=True, slots=True)
class EnquireLink:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class EnquireLinkResp:
    """Yes."""


@dataclass(frozen=True, slots=True)
class Unbind:
    """Either side ends the conversation."""


@dataclass(frozen=True, slots=True)
class UnbindResp:
    """And the other agrees."""


@dataclass(frozen=True, slots=True)
class Nack:
    """The other side could not read what we sent."""

    status: int


@dataclass(frozen=True, slots=True)
class Other:
    """A message that a sender has nothing to do with."""

    name: str


Pdu = (
    Bind
    | BindResp
    | Submit
    | SubmitResp
    | Deliver
    | Unreadable
    | DeliverResp
    | EnquireLink
    | EnquireLinkResp
    | Unbind
    | UnbindResp
    | Nack
    | Other
)
