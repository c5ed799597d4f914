"""SMTP: the mail, and what each reply code means."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTPUTF8

from services.notifier.domain.message import Message, TextContent
from services.notifier.domain.results import (
    Reason,
    SendResult,
    give_up,
    misconfigured,
    retry,
)
from services.notifier.domain.segments import utf16_units

MAX_UNITS = 100_000
_THROTTLED = frozenset({421, 450, 451, 452})
_BAD_CREDENTIALS = frozenset({530, 534, 535, 538})


def mail(message: Message, content: TextContent, sender: str) -> EmailMessage | None:
    """The mail; its Message-ID is the notice's, so that a repeat can be recognised. None when too long."""
    if utf16_units(content.text) > MAX_UNITS:
        return None
    built = EmailMessage(policy=SMTPUTF8)
    built["From"] = sender
    built["To"] = message.address.email
    built["Subject"] = " ".join(content.title.split())
    built["Message-ID"] = f"<{message.notice_id}@{sender.rpartition('@')[2] or 'localhost'}>"
    built["X-Sanse-Notice-Id"] = message.notice_id
    built["Auto-Submitted"] = "auto-generated"
    built.set_content(content.text)
    return built


def read_recipient(code: int) -> SendResult:
    """What a refusal of the recipient means."""
    found = retry(Reason.THROTTLED) if 400 <= code < 500 else give_up(Reason.BAD_ADDRESS)
    return replace(found, provider_code=str(code))


def read_refusal(code: int) -> SendResult:
    """What a refusal at any other step means."""
    if code in _BAD_CREDENTIALS:
        found = misconfigured(Reason.BAD_CREDENTIALS)
    elif code in _THROTTLED:
        found = retry(Reason.GATEWAY_ERROR)
    elif code == 552:
        found = give_up(Reason.TOO_LONG)
    elif 400 <= code < 500:
        found = retry(Reason.GATEWAY_ERROR)
    elif 500 <= code < 600:
        found = give_up(Reason.REFUSED)
    else:
        found = misconfigured(Reason.UNKNOWN_CODE)
    return replace(found, provider_code=str(code))
