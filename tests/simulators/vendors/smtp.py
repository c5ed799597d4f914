"""A mail relay: it accepts, refuses a recipient for good, or asks to try again later."""

import asyncio
import time
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.simulators import credentials
from tests.simulators.behaviour import Behaviour, Limit, Mode
from tests.simulators.exchange import Exchange
from tests.simulators.gateway import Letter, Outcome, first_refused

OK: Final = "250 2.0.0 OK"
AT_RECIPIENT: Final = {
    Mode.BAD_ADDRESS: "550 5.1.1 Recipient address rejected: user unknown",
    Mode.THROTTLE: "451 4.7.1 Too many messages for this recipient, try again later",
}
AT_DATA: Final = {
    Mode.REFUSE_200: "554 5.7.1 Message rejected by policy",
    Mode.HTTP_500: "451 4.3.0 Temporary failure of the mail system, try again later",
}


class MailRelay:
    """The relay's conversation, hook by hook as aiosmtpd calls them."""

    name = "smtp"
    limits = (Limit(60, 60.0),)
    over_limit = Mode.THROTTLE

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Accept or refuse one recipient; the choice is made once, here."""
        chosen = self._exchange.choose(self, address.lower(), time.time())
        if chosen.mode in AT_RECIPIENT:
            self._exchange.stats.add(self.name, "requests")
            self._exchange.stats.add(self.name, "refused")
            return chosen.code or AT_RECIPIENT[chosen.mode]
        envelope.rcpt_tos.append(address)
        # Kept on the envelope, so that a reset of the conversation forgets it.
        envelope.chosen = [*_chosen(envelope), (address.lower(), chosen)]
        return OK

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Accept or refuse the message itself, and show it in each mailbox."""
        raw = bytes(envelope.content).decode("utf-8", "replace")
        text, notice_id = _shown(bytes(envelope.content))
        outcomes = [
            Outcome(Letter(address, text, notice_id), chosen)
            for address, chosen in _chosen(envelope)
        ]
        self._exchange.stats.add(self.name, "requests")
        refused = first_refused(outcomes)
        if refused is not None and refused.mode in AT_DATA:
            self._exchange.stats.add(self.name, "refused")
            return refused.behaviour.code or AT_DATA[refused.mode]
        self._exchange.deliver(self.name, outcomes, raw, time.time())
        return await self._finish(server, outcomes)

    async def _finish(self, server: Any, outcomes: Sequence[Outcome]) -> str:
        waiting = next((item for item in outcomes if item.behaviour.delay), None)
        hanging = next((item for item in outcomes if item.mode is Mode.TIMEOUT), None)
        if hanging is not None:
            self._exchange.stats.add(self.name, "failed")
        if hanging is not None and hanging.behaviour.close:
            server.transport.close()
            return OK
        if waiting is not None:
            await asyncio.sleep(waiting.behaviour.delay)
        if hanging is None:
            self._exchange.stats.add(self.name, "accepted")
        return OK


def mail_protocol(relay: MailRelay) -> Any:
    """One SMTP conversation; signing in is optional, but a wrong password is refused."""
    return SMTP(
        relay,
        hostname="relay.sanse.test",
        authenticator=_authenticate,
        auth_require_tls=False,
        enable_SMTPUTF8=True,
        loop=asyncio.get_running_loop(),
    )


def _chosen(envelope: Any) -> list[tuple[str, Behaviour]]:
    return list(getattr(envelope, "chosen", ()))


def _authenticate(
    server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (
        credentials.SMTP_USER.encode(),
        credentials.SMTP_PASSWORD.encode(),
    )
    # Not "handled": the library then says 535 by itself.
    return AuthResult(success=right, handled=False)


def _shown(content: bytes) -> tuple[str, str]:
    """What a reader sees of a mail, and the notice it belongs to."""
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    body = parsed.get_body(("plain", "html"))
    text = body.get_content() if body is not None else ""
    return f"{parsed['Subject'] or ''}\n{text}".strip(), str(parsed["X-Sanse-Notice-Id"] or "")
