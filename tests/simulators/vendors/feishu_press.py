"""A thumb on the button of a Feishu card: closes the event as the vendor does."""

import base64
import hashlib
import json
import os
import time
from dataclasses import dataclass
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from tests.simulators import credentials
from tests.simulators.phones import Message

NONCE: Final = "1234567890"


@dataclass(frozen=True, slots=True)
class Callback:
    """One signed callback, which can be brought as often as one likes."""

    url: str
    headers: dict[str, str]
    body: bytes

    def bring(self) -> tuple[int, str]:
        """The status, and the word shown to the presser."""
        answer = httpx.post(
            self.url, headers=self.headers, content=self.body, trust_env=False, timeout=10.0
        )
        return answer.status_code, answer.json()["toast"]["content"] if answer.text else ""


def button_key(message: Message) -> str:
    """The key of the card's first button."""
    card = json.loads(json.loads(message.raw)["content"])
    return str(card["elements"][-1]["actions"][0]["value"]["key"])


def press(
    url: str,
    member: str,
    key: str,
    at: float | None = None,
    token: str = credentials.FEISHU_VERIFICATION_TOKEN,
) -> Callback:
    """The callback of a person pressing a button, signed at a time: now, unless told otherwise."""
    now = str(int(time.time() if at is None else at))
    event = {
        "schema": "2.0",
        "header": {
            "event_id": "test-event",
            "event_type": "card.action.trigger",
            "token": token,
            "app_id": credentials.FEISHU_APP_ID,
        },
        "event": {
            "operator": {"open_id": member},
            "token": "c-test",
            "action": {"value": {"key": key}, "tag": "button"},
        },
    }
    body = closed(event)
    signed = f"{now}{NONCE}{credentials.FEISHU_ENCRYPT_KEY}".encode() + body
    headers = {
        "X-Lark-Request-Timestamp": now,
        "X-Lark-Request-Nonce": NONCE,
        "X-Lark-Signature": hashlib.sha256(signed).hexdigest(),
    }
    return Callback(f"{url}/callbacks/feishu_app", headers, body)


def closed(content: dict[str, Any]) -> bytes:
    """A body as the vendor encrypts it."""
    padder = PKCS7(128).padder()
    padded = padder.update(json.dumps(content).encode()) + padder.finalize()
    first = os.urandom(16)
    key = hashlib.sha256(credentials.FEISHU_ENCRYPT_KEY.encode()).digest()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(first)).encryptor()
    sealed = first + encryptor.update(padded) + encryptor.finalize()
    return json.dumps({"encrypt": base64.b64encode(sealed).decode()}).encode()
