"""DingTalk robot: markdown with a mention, the query's signature in milliseconds, and what each errcode means."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256

from services.notifier.channels.http import Answer, json_bytes
from services.notifier.domain.message import Message, TextContent
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
# Beyond 20 messages a minute the vendor locks the robot for ten minutes.
LOCKED_MS = 600_000
VERDICTS: Mapping[str, SendResult] = {
    "0": delivered(),
    "-1": retry(Reason.GATEWAY_ERROR),
    "40035": give_up(Reason.REFUSED),
    "43004": misconfigured(Reason.REFUSED),
    "130101": retry(Reason.THROTTLED, LOCKED_MS),
    # The robot was removed from its group, or its token is wrong: the group's address is bad.
    "300005": give_up(Reason.BAD_ADDRESS),
    # Signature, keyword or IP list: a person must change the robot's protection or our secret.
    "310000": misconfigured(Reason.REFUSED),
    "400105": misconfigured(Reason.REFUSED),
    "460101": give_up(Reason.TOO_LONG),
}


def sign(now_ms: int, secret: str) -> str:
    """HMAC-SHA256 keyed with the secret over "milliseconds, newline, secret"; base64, not yet URL-encoded."""
    text = f"{now_ms}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, sha256).digest()).decode()


def query(token: str, secret: str, now_ms: int) -> dict[str, str]:
    """The query parameters; encoded once, by whoever builds the URL."""
    if not secret:
        return {"access_token": token}
    return {"access_token": token, "timestamp": str(now_ms), "sign": sign(now_ms, secret)}


def body(message: Message, content: TextContent) -> bytes | None:
    """The request body; None when it is larger than the gateway takes."""
    lines = [f"### {content.title}", content.text]
    if content.link:
        lines.append(f"[{content.button}]({content.link})")
    mobiles = [message.address.mobile] if message.address.mobile else []
    # A mention works in markdown only when the text contains it as well.
    lines += [f"@{mobile}" for mobile in mobiles]
    encoded = json_bytes(
        {
            "msgtype": "markdown",
            "markdown": {"title": content.title, "text": "\n\n".join(lines)},
            "at": {"atMobiles": mobiles, "isAtAll": False},
        }
    )
    return None if len(encoded) > MAX_BODY_BYTES else encoded


def read(answer: Answer) -> SendResult:
    """The errcode in the body decides, whatever the HTTP status says."""
    code = answer.json().get("errcode")
    return judge(answer.status, None if code is None else str(code), VERDICTS, answer.after_ms())
