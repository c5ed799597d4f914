"""Feishu custom robot: a second timestamp and its signature stand in the body."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tests.simulators import credentials
from tests.simulators.behaviour import Limit, Mode
from tests.simulators.gateway import (
    Answer,
    Inbound,
    Letter,
    Outcome,
    Refusal,
    first_refused,
    notice_id_in,
)

TOLERANCE_SECONDS: Final = 3600
MAX_BYTES: Final = 20 * 1024
GATEWAY_LIMIT: Final = 99991400
MESSAGES: Final[Mapping[int, str]] = {
    9499: "Bad Request",
    11232: "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]",
    19001: "param invalid: incoming webhook access token invalid",
    19021: "sign match fail or timestamp is not within one hour from current time",
    19022: "Ip Not Allowed",
    19024: "Key Words Not Found",
    19036: "message content is too long",
    GATEWAY_LIMIT: "request trigger frequency limit",
}
MODE_CODES: Final[Mapping[Mode, int]] = {
    Mode.THROTTLE: 11232,
    Mode.BAD_ADDRESS: 19001,
    Mode.REFUSE_200: 19024,
}
CONTENT: Final[Mapping[str, str]] = {
    "text": "content",
    "post": "content",
    "interactive": "card",
}
SHOWN: Final = ("title", "content", "text", "href", "url")


class FeishuRobot:
    """The custom robot's gateway."""

    name = "feishu-robot"
    per_address = False
    limits = (Limit(5, 1.0), Limit(100, 60.0))
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Check token, body and signature, and address it to the robot's group."""
        if not credentials.belongs(inbound.name, credentials.FEISHU_TOKEN):
            return refusal(19001)
        body = inbound.json()
        if body is None:
            return refusal(9499)
        if not signature_holds(body, credentials.FEISHU_SECRET, inbound.now):
            return refusal(19021)
        if len(inbound.body) > MAX_BYTES:
            return refusal(19036)
        text = "\n".join(shown(body.get(CONTENT.get(str(body.get("msg_type")), ""))))
        if not text:
            return refusal(9499)
        return (Letter(inbound.name, text, notice_id_in(text)),)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Code 0, or the vendor's code with HTTP 200."""
        refused = first_refused(outcomes)
        if refused is None:
            old_style = {"StatusCode": 0, "StatusMessage": "success"}
            return Answer({"code": 0, "data": {}, "msg": "success", **old_style})
        return refusal(int(refused.behaviour.code or MODE_CODES.get(refused.mode, 19024)))

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"code": 10500, "msg": "internal error", "data": {}}, status=500)


def refusal(code: int) -> Refusal:
    """A refusal with HTTP 200; only the gateway's own limit uses a real status and a reset time."""
    body = {"code": code, "data": {}, "msg": MESSAGES.get(code, "unknown error")}
    if code == GATEWAY_LIMIT:
        return Refusal(body, status=429, headers={"x-ogw-ratelimit-reset": "1"})
    return Refusal(body)


def sign(timestamp: str, secret: str) -> str:
    """The signature for a second timestamp: the text is the key and nothing is signed."""
    signed = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def signature_holds(body: Mapping[str, object], secret: str, now: float) -> bool:
    """Whether the body carries a right and recent signature."""
    timestamp = str(body.get("timestamp", ""))
    if not timestamp.isdigit() or abs(int(timestamp) - now) > TOLERANCE_SECONDS:
        return False
    given = str(body.get("sign", ""))
    return hmac.compare_digest(sign(timestamp, secret).encode(), given.encode())


def shown(node: object) -> Iterator[str]:
    """The words and links a card, post or text shows, in the order they are written."""
    if isinstance(node, list):
        for item in node:
            yield from shown(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and key in SHOWN and value:
                yield value
            elif not isinstance(value, str):
                yield from shown(value)
