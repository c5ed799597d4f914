"""CMPP as a conversation: which message is an answer, which wants one, and what the answers are."""

from __future__ import annotations

from services.notifier.channels.cmpp import codec
from services.notifier.channels.cmpp.pdus import (
    ActiveTest,
    ActiveTestResp,
    ConnectResp,
    Deliver,
    DeliverResp,
    Frame,
    Pdu,
    SubmitResp,
    Terminate,
    TerminateResp,
    Version,
)
from services.notifier.channels.cmpp.verdicts import FLOW_CONTROL, OTHER_ERROR
from services.notifier.channels.line.wire import Role


class CmppWire:
    """One version of the protocol."""

    name = "cmpp"
    header_size = codec.HEADER.size
    later = FLOW_CONTROL
    error = OTHER_ERROR

    def __init__(self, version: Version) -> None:
        self._version = version

    def frame_length(self, header: bytes) -> int:
        """The whole length a header announces."""
        return codec.frame_length(header)

    def encode(self, sequence: int, pdu: Pdu) -> bytes:
        """The octets of a message."""
        return codec.encode(Frame(sequence, pdu), self._version)

    def decode(self, data: bytes) -> tuple[int, Pdu]:
        """One whole message and its number."""
        frame = codec.decode(data, self._version)
        return frame.sequence, frame.pdu

    def role(self, pdu: Pdu) -> Role:
        """What it is to the conversation."""
        if isinstance(pdu, SubmitResp | ConnectResp | ActiveTestResp | TerminateResp):
            return Role.ANSWER
        if isinstance(pdu, Deliver):
            return Role.BROUGHT
        if isinstance(pdu, ActiveTest):
            return Role.ARE_YOU_THERE
        return Role.GOODBYE if isinstance(pdu, Terminate) else Role.STRANGE

    def are_you_there(self) -> Pdu:
        """The question of a heartbeat."""
        return ActiveTest()

    def goodbye(self) -> Pdu:
        """The end of a conversation."""
        return Terminate()

    def answer_to(self, pdu: Pdu, result: int = 0) -> Pdu:
        """The answer to what the gateway said."""
        if isinstance(pdu, Deliver):
            return DeliverResp(pdu.msg_id, result)
        return ActiveTestResp() if isinstance(pdu, ActiveTest) else TerminateResp()
