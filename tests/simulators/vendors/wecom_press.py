"""A thumb on the button of a WeCom card: closes the event as the vendor does, and reads the answer to it."""

import base64
import hashlib
import json
import os
import struct
import time
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from defusedxml.ElementTree import fromstring

from tests.simulators import credentials
from tests.simulators.phones import Message

BLOCK_BITS: Final = 256
NONCE: Final = "1372623149"


@dataclass(frozen=True, slots=True)
class Callback:
    """One signed callback, which can be brought as often as one likes."""

    url: str
    params: dict[str, str]
    body: str

    def bring(self) -> tuple[int, str]:
        """The status, and what the button says from then on."""
        answer = httpx.post(
            self.url, params=self.params, content=self.body.encode(), trust_env=False, timeout=10.0
        )
        return answer.status_code, _shown(answer.text) if answer.text else ""


def button_key(message: Message) -> str:
    """The key of the card's only button."""
    card = json.loads(message.raw)["template_card"]
    (button,) = card["button_list"]
    return str(button["key"])


def press(url: str, member: str, key: str, at: float | None = None) -> Callback:
    """The callback of a member pressing a button, signed at a time: now, unless told otherwise."""
    now = str(int(time.time() if at is None else at))
    event = {
        "ToUserName": credentials.WECOM_CORP_ID,
        "FromUserName": member,
        "MsgType": "event",
        "Event": "template_card_event",
        "EventKey": key,
        "CardType": "button_interaction",
        "ResponseCode": "test-response-code",
        "AgentID": str(credentials.WECOM_AGENT_ID),
    }
    closed = encrypt(_xml(event))
    params = {"msg_signature": sign(now, closed), "timestamp": now, "nonce": NONCE}
    return Callback(f"{url}/callbacks/wecom_app", params, _xml({"Encrypt": closed}))


def encrypt(text: str, receiver: str = credentials.WECOM_CORP_ID) -> str:
    """Random octets, length, text and receiver, padded to 32, AES-256-CBC, base64."""
    content = text.encode()
    plain = os.urandom(16) + struct.pack(">I", len(content)) + content + receiver.encode()
    padder = PKCS7(BLOCK_BITS).padder()
    encryptor = _cipher().encryptor()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(closed: str) -> str:
    """The text inside."""
    decryptor = _cipher().decryptor()
    padded = decryptor.update(base64.b64decode(closed)) + decryptor.finalize()
    unpadder = PKCS7(BLOCK_BITS).unpadder()
    plain = unpadder.update(padded) + unpadder.finalize()
    length = int.from_bytes(plain[16:20], "big")
    return plain[20 : 20 + length].decode()


def sign(timestamp: str, closed: str) -> str:
    """SHA-1 over the sorted parts."""
    parts = sorted([credentials.WECOM_CALLBACK_TOKEN, timestamp, NONCE, closed])
    return hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()


def _shown(answer: str) -> str:
    root = fromstring(answer)
    closed = root.findtext("Encrypt")
    assert root.findtext("MsgSignature") == sign(root.findtext("TimeStamp"), closed)
    update = fromstring(decrypt(closed))
    assert update.findtext("MsgType") == "update_button"
    return str(update.findtext("Button/ReplaceName"))


def _xml(fields: dict[str, str]) -> str:
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{inside}</xml>"


def _cipher() -> Cipher[modes.CBC]:
    key = base64.b64decode(f"{credentials.WECOM_CALLBACK_KEY}=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
