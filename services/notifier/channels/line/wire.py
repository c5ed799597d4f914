"""What a protocol of lasting connections must tell about itself, and the two ways octets can be wrong."""

from __future__ import annotations

from enum import Enum
from typing import Generic, Protocol, TypeVar

Pdu = TypeVar("Pdu")


class WireError(ValueError):
    """Octets or values that do not fit the protocol; the text names the field, never its value."""


class MalformedPdu(WireError):
    """One message cannot be read; the next one can."""


class BrokenStream(WireError):
    """The stream has lost its frame: nothing after it can be read."""


class FieldWrong(WireError):
    """A value that its field cannot hold."""


class Role(Enum):
    """What a message is to the conversation."""

    ANSWER = "answer"
    # A receipt or a reply: it wants our answer.
    BROUGHT = "brought"
    ARE_YOU_THERE = "are_you_there"
    GOODBYE = "goodbye"
    STRANGE = "strange"


class Wire(Protocol, Generic[Pdu]):
    """One protocol in one version. The results are those a gateway gets for what it brought."""

    name: str
    header_size: int
    later: int
    error: int

    def frame_length(self, header: bytes) -> int:
        """The whole length a header announces; BrokenStream when it cannot be."""

    def encode(self, sequence: int, pdu: Pdu) -> bytes:
        """The octets of a message; FieldWrong when a value does not fit its field."""

    def decode(self, data: bytes) -> tuple[int, Pdu]:
        """The sequence number and one whole message; MalformedPdu says which field is wrong."""

    def role(self, pdu: Pdu) -> Role:
        """What it is to the conversation."""

    def are_you_there(self) -> Pdu:
        """The question of a heartbeat."""

    def goodbye(self) -> Pdu:
        """The end of a conversation."""

    def answer_to(self, pdu: Pdu, result: int = 0) -> Pdu:
        """The answer to a question, a goodbye, or what was brought."""
