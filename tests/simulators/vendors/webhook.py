"""Signed webhook: a receiver that answers 2xx only to what the shared secret vouches for."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from tests.simulators import credentials
from tests.simulators.behaviour import Limit, Mode
from tests.simulators.gateway import Answer, Inbound, Letter, Outcome, Refusal, first_refused

HEADER: Final = "x-sanse-signature"
TOLERANCE_SECONDS: Final = 300
MODE_STATUS: Final[Mapping[Mode, int]] = {
    Mode.THROTTLE: 429,
    Mode.BAD_ADDRESS: 410,
    Mode.REFUSE_200: 422,
}


class Webhook:
    """A receiving system with one secret for every name."""

    name = "webhook"
    per_address = False
    limits = (Limit(60, 60.0),)
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Check the signature over the exact bytes, then the JSON inside them."""
        header = inbound.headers.get(HEADER, "")
        fault = signature_fault(header, inbound.body, credentials.WEBHOOK_SECRET, inbound.now)
        if fault:
            return Refusal({"error": fault}, status=401)
        body = inbound.json()
        if body is None:
            return Refusal({"error": "body is not a JSON object"}, status=400)
        text = str(body.get("text") or inbound.raw)
        return (Letter(inbound.name, text, str(body.get("notice_id", ""))),)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """200, or a real HTTP status: a webhook has no body-level refusals."""
        refused = first_refused(outcomes)
        if refused is None:
            return Answer({"received": True})
        status = int(refused.behaviour.code or MODE_STATUS.get(refused.mode, 422))
        headers = {"retry-after": "1"} if status == 429 else {}
        return Refusal({"error": refused.mode.value}, status=status, headers=headers)

    def broken(self) -> Answer:
        """The receiver's own failure."""
        return Refusal({"error": "internal server error"}, status=500)


def sign(timestamp: str, body: bytes, secret: str) -> str:
    """The hexadecimal signature of a body at a second timestamp."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def signature_fault(header: str, body: bytes, secret: str, now: float) -> str:
    """What is wrong with a signature header, or nothing."""
    parts = dict(item.strip().partition("=")[::2] for item in header.split(","))
    timestamp, given = parts.get("t", ""), parts.get("v1", "")
    if not timestamp.isdigit() or not given:
        return "signature missing or malformed"
    if abs(int(timestamp) - now) > TOLERANCE_SECONDS:
        return "signature too old"
    right = hmac.compare_digest(sign(timestamp, body, secret).encode(), given.encode())
    return "" if right else "signature does not match"
