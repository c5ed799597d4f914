"""DingTalk group robot: a millisecond timestamp and its signature stand in the query."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
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
    part,
    strings,
)

TOLERANCE_SECONDS: Final = 3600
MAX_BYTES: Final = 20_000
MESSAGES: Final[Mapping[int, str]] = {
    40035: "缺少参数 json",
    43004: "无效的HTTP HEADER Content-Type",
    130101: "send too fast, exceed 20 times per minute",
    300005: "token is not exist",
    310000: "keywords not in content",
    400105: "unsupported message type",
    460101: "message too long, exceed 20000 bytes",
}
MODE_CODES: Final[Mapping[Mode, int]] = {
    Mode.THROTTLE: 130101,
    Mode.BAD_ADDRESS: 300005,
    Mode.REFUSE_200: 310000,
}
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "actionCard": ("title", "text"),
    "link": ("title", "text", "messageUrl"),
}


class DingtalkRobot:
    """The group robot's gateway."""

    name = "dingtalk-robot"
    per_address = False
    limits = (Limit(20, 60.0, lock_seconds=600.0),)
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Check header, message and protection, and address it to the robot's group."""
        text = _understand(inbound)
        if isinstance(text, Answer):
            return text
        token = inbound.query.get("access_token", "")
        if token == credentials.DINGTALK_KEYWORD_TOKEN:
            fault = "" if credentials.DINGTALK_KEYWORD in text else "keywords not in content"
        elif credentials.belongs(token, credentials.DINGTALK_TOKEN):
            fault = signature_fault(inbound.query, credentials.DINGTALK_SECRET, inbound.now)
        else:
            return refusal(300005)
        return refusal(310000, fault) if fault else (Letter(token, text, notice_id_in(text)),)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Errcode 0, or the vendor's errcode with HTTP 200."""
        refused = first_refused(outcomes)
        if refused is None:
            return Answer({"errcode": 0, "errmsg": "ok"})
        return refusal(int(refused.behaviour.code or MODE_CODES.get(refused.mode, 310000)))

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"errcode": -1, "errmsg": "系统繁忙"}, status=500)


def refusal(code: int, said: str = "") -> Refusal:
    """A refusal with HTTP 200."""
    return Refusal({"errcode": code, "errmsg": said or MESSAGES.get(code, "unknown error")})


def sign(timestamp: str, secret: str) -> str:
    """The signature for a millisecond timestamp, before it is put into an address."""
    signed = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def signature_fault(query: Mapping[str, str], secret: str, now: float) -> str:
    """What is wrong with a signature, or nothing."""
    timestamp = query.get("timestamp", "")
    # A timestamp in seconds is an hour-old one to the vendor, and is refused as such.
    if not timestamp.isdigit() or abs(int(timestamp) / 1000 - now) > TOLERANCE_SECONDS:
        return "invalid timestamp"
    right = hmac.compare_digest(sign(timestamp, secret).encode(), query.get("sign", "").encode())
    return "" if right else "sign not match"


def _understand(inbound: Inbound) -> str | Answer:
    if not inbound.headers.get("content-type", "").startswith("application/json"):
        return refusal(43004)
    body = inbound.json()
    if body is None:
        return refusal(40035)
    if len(inbound.body) > MAX_BYTES:
        return refusal(460101)
    kind = str(body.get("msgtype", ""))
    if kind not in FIELDS:
        return refusal(400105)
    values = [str(part(body, kind).get(name, "")) for name in FIELDS[kind]]
    if not all(values):
        return refusal(40035)
    return "\n".join([*values, *_buttons(part(body, kind)), *_mentions(body)])


def _buttons(card: Mapping[str, object]) -> list[str]:
    buttons = card.get("btns")
    several = buttons if isinstance(buttons, list) else []
    found = [card.get("singleURL"), *(button.get("actionURL") for button in several)]
    return [str(link) for link in found if link]


def _mentions(body: Mapping[str, object]) -> list[str]:
    return [f"@{mobile}" for mobile in strings(part(body, "at"), "atMobiles")]
