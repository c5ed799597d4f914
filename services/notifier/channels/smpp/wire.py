"""SMPP as a conversation: which message is an answer, which wants one, and what the answers are."""

from __future__ import annotations

from services.notifier.channels.line.wire import Role
from services.notifier.channels.smpp import codec
from services.notifier.channels.smpp.pdus import (
    BindResp,
    Deliver,
    DeliverResp,
    EnquireLink,
    EnquireLinkResp,
    Nack,
    Pdu,
    SubmitResp,
    Unbind,
    UnbindResp,
    Unreadable,
)
from services.notifier.channels.smpp.verdicts import LATER


class SmppWire:
    """Version 3.4."""

    name = "smpp"
    header_size = codec.HEADER.size
    later = LATER
    error = LATER

    def frame_length(self, header: bytes) -> int:
        """The whole length a header announces."""
        return codec.frame_length(header)

    def encode(self, sequence: int, pdu: Pdu) -> bytes:
        """The octets of a message."""
        return codec.encode(sequence, pdu)

    def decode(self, data: bytes) -> tuple[int, Pdu]:
        """One whole message and its number."""
        return codec.decode(data)

    def role(self, pdu: Pdu) -> Role:
        """What it is to the conversation."""
        if isinstance(pdu, SubmitResp | BindResp | EnquireLinkResp | UnbindResp | Nack):
            return Role.ANSWER
        if isinstance(pdu, Deliver | Unreadable):
            return Role.BROUGHT
        if isinstance(pdu, EnquireLink):
            return Role.ARE_YOU_THERE
        return Role.GOODBYE if isinstance(pdu, Unbind) else Role.STRANGE

    def are_you_there(self) -> Pdu:
        """The question of a heartbeat."""
        return EnquireLink()

    def goodbye(self) -> Pdu:
        """The end of a conversation."""
        return Unbind()

    def answer_to(self, pdu: Pdu, result: int = 0) -> Pdu:
        """The answer to what the SMSC said."""
        if isinstance(pdu, Deliver | Unreadable):
            return DeliverResp(result)
        return EnquireLinkResp() if isinstance(pdu, EnquireLink) else UnbindResp()
