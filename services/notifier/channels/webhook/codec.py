"""Webhook: the JSON body, its signature header, and what the receiver's answer means."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from services.notifier.channels.http import Answer, json_bytes
from services.notifier.domain.message import Message, TextContent
from services.notifier.domain.results import Reason, SendResult, delivered, give_up
from services.notifier.domain.verdicts import judge

HEADER = "X-Sanse-Signature"
MAX_BODY_BYTES = 65_536
VERDICTS: Mapping[str, SendResult] = {
    "received": delivered(),
    "not received": give_up(Reason.REFUSED),
}


def body(message: Message, content: TextContent) -> bytes | None:
    """The request body; None when it is larger than receivers are asked to take."""
    encoded = json_bytes(
        {
            "notice_id": message.notice_id,
            "recipient_id": message.address.official_id,
            "title": content.title,
            "text": content.text,
            "link": content.link,
            "facts": content.facts,
        }
    )
    return None if len(encoded) > MAX_BODY_BYTES else encoded


def signature(body: bytes, secret: str, now_s: int) -> str:
    """The header's value: the time and HMAC-SHA256 over "time.body"."""
    signed = hmac.new(secret.encode(), f"{now_s}.".encode() + body, sha256).hexdigest()
    return f"t={now_s},v1={signed}"


def read(answer: Answer) -> SendResult:
    """2xx, unless the body says {"received": false}; a body is not required."""
    said = answer.json()
    code = "not received" if said.get("received") is False or "error" in said else "received"
    by_body = judge(answer.status, code if answer.status < 300 else None, VERDICTS)
    wait = answer.after_ms() if by_body.reason in (Reason.THROTTLED, Reason.GATEWAY_ERROR) else 0
    return replace(by_body, provider_code=str(answer.status), after_ms=wait)
