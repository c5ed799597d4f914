"""Sends through an SMSC by SMPP 3.4, bound as a transceiver."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.clock import Clock, SystemClock
from services.notifier.channels.line.connection import Connection, Lost
from services.notifier.channels.line.sender import LineSms
from services.notifier.channels.line.text import ASCII_LETTERS, Part, split
from services.notifier.channels.smpp.config import SmppConfig
from services.notifier.channels.smpp.inbound import CHANNEL, Inbound
from services.notifier.channels.smpp.pdus import Bind, BindResp, Nack, Pdu, Submit, SubmitResp
from services.notifier.channels.smpp.verdicts import read_bind, read_status
from services.notifier.channels.smpp.wire import SmppWire
from services.notifier.domain.results import (
    Reason,
    SendResult,
    SendStatus,
    accepted,
    misconfigured,
    retry,
    unknown_outcome,
)

# The SMSC's own alphabet is ASCII with some and the phones' seven bits with others, where these three differ.
_LETTERS = ASCII_LETTERS - frozenset("@$_")
_MAINLAND_DIGITS = 11


class Smpp(LineSms[Pdu]):
    """The SMSC's yes is not the phone's: a delivery receipt follows, one for each part."""

    name = CHANNEL

    def __init__(self, config: SmppConfig, clock: Clock | None = None) -> None:
        self._config = config
        super().__init__(config, SmppWire(), Inbound(clock or SystemClock()))

    async def _greet(self, connection: Connection[Pdu]) -> SendResult | None:
        """None when the SMSC lets us in."""
        config = self._config
        password = config.password.get_secret_value()
        answer = await connection.ask(Bind(config.system_id, password, config.system_type))
        if isinstance(answer, Lost):
            # Nothing but a greeting was sent.
            return retry(Reason.UNREACHABLE)
        if isinstance(answer, BindResp | Nack):
            return read_bind(answer.status)
        return retry(Reason.GATEWAY_ERROR)

    def _split(self, text: str, reference: int) -> Sequence[Part]:
        return split(text, reference, _LETTERS)

    def _read(self, answer: Pdu) -> SendResult:
        if not isinstance(answer, SubmitResp | Nack):
            return unknown_outcome()
        result = read_status(answer.status)
        if result.status is not SendStatus.ACCEPTED:
            return result
        # A yes without a number: no receipt could ever be told to be this message's.
        given = answer.message_id if isinstance(answer, SubmitResp) else ""
        return accepted(given) if given else misconfigured(Reason.UNKNOWN_CODE)

    def _pdu(self, part: Part, number: str) -> Submit:
        config = self._config
        ours = number.startswith("1") and len(number) == _MAINLAND_DIGITS
        whole = f"{config.country_code}{number}" if ours else number
        return Submit(
            source=(config.source, config.source_ton, config.source_npi),
            destination=(whole, config.dest_ton, config.dest_npi),
            content=part.content,
            data_coding=part.msg_fmt,
            has_header=bool(part.udhi),
            service_type=config.service_type,
        )
