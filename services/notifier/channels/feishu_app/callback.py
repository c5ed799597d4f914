"""Feishu's card callbacks: the signature and the cipher around them, and the two kinds that are read."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from services.notifier.channels.callback import CallbackRefused, Press, Seal

_BLOCK = 16


class CallbackBox:
    """Opens what the vendor sends. key: encrypts and signs; token: stands inside, and is the console's proof."""

    def __init__(self, key: str, token: str) -> None:
        self._key = key.encode()
        self._token = token

    def challenge(self, body: bytes) -> str | None:
        """The console's challenge when the address is entered there; it has no signature. None for all else."""
        content = self._content(body)
        if content.get("type") != "url_verification":
            return None
        self._check_token(content.get("token"))
        return str(content.get("challenge", ""))

    def press(self, seal: Seal, body: bytes, id_type: str) -> Press | None:
        """The button pressed; None for another event. CallbackRefused when it is not the vendor's."""
        signed = f"{seal.timestamp}{seal.nonce}".encode() + self._key + body
        if not hmac.compare_digest(sha256(signed).hexdigest().encode(), seal.signature.encode()):
            raise CallbackRefused("forged")
        content = self._content(body)
        header, event = _part(content, "header"), _part(content, "event")
        self._check_token(header.get("token"))
        if header.get("event_type") != "card.action.trigger":
            return None
        member = _part(event, "operator").get(id_type)
        key = _part(_part(event, "action"), "value").get("key")
        return Press(str(member or ""), str(key or ""))

    def _check_token(self, given: object) -> None:
        if not hmac.compare_digest(str(given).encode(), self._token.encode()):
            raise CallbackRefused("wrong_token")

    def _content(self, body: bytes) -> Mapping[str, Any]:
        try:
            closed = base64.b64decode(json.loads(body)["encrypt"], validate=True)
            opener = Cipher(
                algorithms.AES(sha256(self._key).digest()), modes.CBC(closed[:_BLOCK])
            ).decryptor()
            padded = opener.update(closed[_BLOCK:]) + opener.finalize()
            unpadder = PKCS7(_BLOCK * 8).unpadder()
            content = json.loads(unpadder.update(padded) + unpadder.finalize())
        except (KeyError, TypeError, ValueError, binascii.Error) as wrong:
            raise CallbackRefused("not_in_form") from wrong
        if not isinstance(content, Mapping):
            raise CallbackRefused("not_in_form")
        return content


def _part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = content.get(name)
    return found if isinstance(found, Mapping) else {}
