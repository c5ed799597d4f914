"""Sends through the carrier's gateway by CMPP."""

from __future__ import annotations

from collections.abc import Sequence

from services.common import log
from services.common.clock import Clock, SystemClock
from services.notifier.channels.cmpp import codec
from services.notifier.channels.cmpp.config import CmppConfig
from services.notifier.channels.cmpp.inbound import CHANNEL, Inbound, id_text
from services.notifier.channels.cmpp.pdus import Connect, ConnectResp, Pdu, Submit, SubmitResp
from services.notifier.channels.cmpp.verdicts import read_connect, read_result
from services.notifier.channels.cmpp.wire import CmppWire
from services.notifier.channels.line.connection import Connection, Lost
from services.notifier.channels.line.sender import LineSms
from services.notifier.channels.line.text import Part, split
from services.notifier.domain.results import (
    Reason,
    SendResult,
    SendStatus,
    accepted,
    misconfigured,
    retry,
    unknown_outcome,
)

_log = log.get("cmpp")


class Cmpp(LineSms[Pdu]):
    """The gateway's yes is not the phone's: a status report follows, one for each part."""

    name = CHANNEL

    def __init__(self, config: CmppConfig, clock: Clock | None = None) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        super().__init__(config, CmppWire(config.wire_version), Inbound())

    async def _greet(self, connection: Connection[Pdu]) -> SendResult | None:
        """None when the gateway lets us in."""
        config, stamp = self._config, codec.timestamp_of(self._clock.now_ms())
        secret = config.secret.get_secret_value()
        source = codec.authenticator_source(config.sp_id, secret, stamp)
        answer = await connection.ask(Connect(config.sp_id, source, config.wire_version, stamp))
        if isinstance(answer, Lost):
            # Nothing but a greeting was sent.
            return retry(Reason.UNREACHABLE)
        if not isinstance(answer, ConnectResp):
            return retry(Reason.GATEWAY_ERROR)
        return read_connect(answer.status) or self._proof(answer, source, secret)

    def _proof(self, answer: ConnectResp, source: bytes, secret: str) -> SendResult | None:
        if answer.authenticator in codec.authenticators_ismg(answer.status, source, secret):
            return None
        if self._config.verify_gateway:
            _log.error("cmpp.gateway_not_proved")
            return misconfigured(Reason.BAD_CREDENTIALS)
        _log.warning("cmpp.gateway_not_proved")
        return None

    def _split(self, text: str, reference: int) -> Sequence[Part]:
        return split(text, reference)

    def _read(self, answer: Pdu) -> SendResult:
        if not isinstance(answer, SubmitResp):
            return unknown_outcome()
        result = read_result(answer.result, self._config.wire_version)
        taken = result.status is SendStatus.ACCEPTED
        return accepted(id_text(answer.msg_id)) if taken else result

    def _pdu(self, part: Part, number: str) -> Submit:
        config = self._config
        return Submit(
            msg_src=config.sp_id,
            src_id=config.src_id,
            destinations=(number,),
            content=part.content,
            msg_fmt=part.msg_fmt,
            tp_udhi=part.udhi,
            pk_total=part.total,
            pk_number=part.number,
            service_id=config.service_id,
            fee_user_type=config.fee_user_type,
            fee_type=config.fee_type,
            fee_code=config.fee_code,
        )
