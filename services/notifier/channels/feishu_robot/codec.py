"""Feishu robot: a card with a button, the body's signature in seconds, and what each code means."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256

from services.notifier.channels.http import Answer, json_bytes
from services.notifier.domain.message import TextContent
from services.notifier.domain.results import (
    Reason,
    SendResult,
    delivered,
    give_up,
    misconfigured,
    retry,
)
from services.notifier.domain.verdicts import judge

MAX_BODY_BYTES = 20_000
RESET_HEADER = "x-ogw-ratelimit-reset"
VERDICTS: Mapping[str, SendResult] = {
    "0": delivered(),
    "9499": give_up(Reason.REFUSED),
    "10500": retry(Reason.GATEWAY_ERROR),
    "11232": retry(Reason.THROTTLED),
    # The robot was removed from its group, or its token is wrong: the group's address is bad.
    "19001": give_up(Reason.BAD_ADDRESS),
    "19021": misconfigured(Reason.BAD_CREDENTIALS),
    "19022": misconfigured(Reason.REFUSED),
    "19024": misconfigured(Reason.REFUSED),
    "19036": give_up(Reason.TOO_LONG),
    "230020": retry(Reason.THROTTLED),
    "99991400": retry(Reason.THROTTLED),
}


def sign(now_s: int, secret: str) -> str:
    """HMAC-SHA256 of nothing, keyed with "seconds, newline, secret"; base64."""
    key = f"{now_s}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", sha256).digest()).decode()


def body(content: TextContent, secret: str, now_ms: int) -> bytes | None:
    """The request body; None when it is larger than the gateway takes."""
    now_s = now_ms // 1000
    signed = {"timestamp": str(now_s), "sign": sign(now_s, secret)} if secret else {}
    encoded = json_bytes({**signed, "msg_type": "interactive", "card": _card(content)})
    return None if len(encoded) > MAX_BODY_BYTES else encoded


def read(answer: Answer) -> SendResult:
    """The code in the body decides; the gateway's own limit comes as HTTP 429 with a reset time."""
    code = answer.json().get("code")
    wait = max(answer.after_ms(), answer.after_ms(RESET_HEADER))
    return judge(answer.status, None if code is None else str(code), VERDICTS, wait)


def _card(content: TextContent) -> dict[str, object]:
    elements: list[object] = [
        {"tag": "div", "text": {"tag": "plain_text", "content": content.text}}
    ]
    if content.link:
        label = {"tag": "plain_text", "content": content.button}
        button = {"tag": "button", "text": label, "url": content.link, "type": "primary"}
        elements.append({"tag": "action", "actions": [button]})
    title = {"tag": "plain_text", "content": content.title}
    return {"header": {"title": title}, "elements": elements}
