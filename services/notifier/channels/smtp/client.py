"""Sends mail through a relay; keeps a few conversations open."""

from __future__ import annotations

import asyncio
import ssl
from email.message import EmailMessage

import aiosmtplib

from services.notifier.channels.smtp import codec
from services.notifier.channels.smtp.config import SmtpConfig
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import (
    Reason,
    SendResult,
    delivered,
    give_up,
    misconfigured,
    retry,
    unknown_outcome,
)


class Smtp:
    """The relay's 250 is final: mail has no receipt worth trusting."""

    name = "smtp"
    form = Form.MAIL
    needs = AddressKind.EMAIL
    receipts = False
    repeat_safe = False

    def __init__(self, config: SmtpConfig) -> None:
        self._config = config
        self._idle: list[aiosmtplib.SMTP] = []
        self._places = asyncio.Semaphore(config.connections)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        mail = codec.mail(message, message.content, self._config.sender)
        if mail is None:
            return give_up(Reason.TOO_LONG)
        async with self._places:
            conversation = await self._conversation()
            if isinstance(conversation, SendResult):
                return conversation
            return await self._deliver(conversation, mail)

    async def close(self) -> None:
        """End all idle conversations."""
        while self._idle:
            self._idle.pop().close()

    async def _conversation(self) -> aiosmtplib.SMTP | SendResult:
        """An idle conversation that still answers, or a new one."""
        while self._idle:
            kept = self._idle.pop()
            try:
                await kept.noop()
            except (aiosmtplib.SMTPException, OSError):
                kept.close()
            else:
                return kept
        return await self._connect()

    async def _connect(self) -> aiosmtplib.SMTP | SendResult:
        config = self._config
        fresh = aiosmtplib.SMTP(
            hostname=config.host,
            port=config.port,
            use_tls=config.security == "tls",
            start_tls=config.security == "starttls",
            username=config.user or None,
            password=config.password.get_secret_value() or None,
            cert_bundle=config.ca_file or None,
            timeout=config.timeout_s,
        )
        try:
            await fresh.connect()
        except aiosmtplib.SMTPResponseException as refused:
            fresh.close()
            return codec.read_refusal(refused.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            fresh.close()
            return _unreached(error)
        return fresh

    async def _deliver(self, conversation: aiosmtplib.SMTP, mail: EmailMessage) -> SendResult:
        result = await self._say(conversation, mail)
        if conversation.is_connected:
            self._idle.append(conversation)
        return result

    async def _say(self, conversation: aiosmtplib.SMTP, mail: EmailMessage) -> SendResult:
        try:
            await conversation.send_message(mail)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return codec.read_recipient(refused.recipients[0].code)
        except aiosmtplib.SMTPResponseException as refused:
            return codec.read_refusal(refused.code)
        except (aiosmtplib.SMTPException, OSError):
            # The relay fell silent in the middle: it may or may not have taken the mail.
            conversation.close()
            return unknown_outcome()
        return delivered(str(mail["Message-ID"]))


def _unreached(error: BaseException) -> SendResult:
    """A relay that cannot be trusted needs a person; one that is away, time. Nothing was sent to either."""
    while not isinstance(error, ssl.SSLCertVerificationError):
        if "STARTTLS" in str(error):
            # Never in the clear instead: whoever sits in between would only have to leave the offer out.
            return misconfigured(Reason.BAD_CERTIFICATE)
        before = error.__cause__ or error.__context__
        if before is None:
            return retry(Reason.UNREACHABLE)
        error = before
    return misconfigured(Reason.BAD_CERTIFICATE)
