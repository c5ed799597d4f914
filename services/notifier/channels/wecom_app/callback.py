"""WeCom's callbacks: the signature and the cipher around them, and the one event read, a button pressed on a card."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import struct
from hashlib import sha1
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from services.notifier.channels.callback import CallbackRefused, Press, Seal

# The vendor pads to blocks of 32 bytes, twice the cipher's own.
_PADDED_TO = 32
_RANDOM = 16
_LENGTH = struct.Struct(">I")
_KEY_BYTES = 32


class CallbackBox:
    """Opens what the vendor sends and closes what it is answered, with the application's callback token and key.

    token, key: as the application's page in the vendor's console shows them; the key has 43 letters.
    ValueError when the key is not one.
    """

    def __init__(self, token: str, key: str, corp_id: str) -> None:
        self._token = token
        self._key = base64.b64decode(f"{key}=", validate=True)
        if len(self._key) != _KEY_BYTES:
            raise ValueError("SANSE_WECOM_APP_CALLBACK_KEY: not a key of 43 letters")
        self._corp_id = corp_id

    def open(self, seal: Seal, encrypted: str) -> str:
        """The text inside; CallbackRefused when the signature or the corporation is another."""
        right = self._signature(seal.timestamp, seal.nonce, encrypted)
        if not hmac.compare_digest(right.encode(), seal.signature.encode()):
            raise CallbackRefused("forged")
        text, receiver = self._decrypt(encrypted)
        if receiver != self._corp_id:
            raise CallbackRefused("other_corporation")
        return text

    def close(self, text: str, timestamp: str, nonce: str) -> bytes:
        """The XML of an answer."""
        encrypted = self._encrypt(text)
        return _xml(
            Encrypt=encrypted,
            MsgSignature=self._signature(timestamp, nonce, encrypted),
            TimeStamp=timestamp,
            Nonce=nonce,
        )

    def _signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        joined = "".join(sorted((self._token, timestamp, nonce, encrypted)))
        # The vendor's choice of hash; an attacker does not choose the token it also covers.
        return sha1(joined.encode(), usedforsecurity=False).hexdigest()

    def _decrypt(self, encrypted: str) -> tuple[str, str]:
        try:
            decryptor = self._cipher().decryptor()
            raw = base64.b64decode(encrypted, validate=True)
            padded = decryptor.update(raw) + decryptor.finalize()
            plain = padded[_RANDOM : -padded[-1]]
            start = _LENGTH.size
            (length,) = _LENGTH.unpack(plain[:start])
            return plain[start : start + length].decode(), plain[start + length :].decode()
        except (binascii.Error, struct.error, IndexError, ValueError) as wrong:
            raise CallbackRefused("not_in_form") from wrong

    def _encrypt(self, text: str) -> str:
        content = text.encode()
        plain = os.urandom(_RANDOM) + _LENGTH.pack(len(content)) + content + self._corp_id.encode()
        missing = _PADDED_TO - len(plain) % _PADDED_TO
        encryptor = self._cipher().encryptor()
        closed = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
        return base64.b64encode(closed).decode()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def encrypted_in(body: bytes) -> str:
    """The closed content of a callback's body; CallbackRefused when there is none."""
    return _field(_parsed(body), "Encrypt") or _refuse()


def press_in(text: str) -> Press | None:
    """The button pressed; None when the event is another, of which none concerns us."""
    event = _parsed(text.encode())
    if _field(event, "Event") != "template_card_event":
        return None
    return Press(_field(event, "FromUserName"), _field(event, "EventKey"))


def button_update(member: str, corp_id: str, now_s: int, shown: str) -> str:
    """The answer that greys the presser's button out and changes its words."""
    root = _element(
        ToUserName=member, FromUserName=corp_id, CreateTime=str(now_s), MsgType="update_button"
    )
    SubElement(SubElement(root, "Button"), "ReplaceName").text = shown
    return tostring(root, encoding="unicode")


def _parsed(body: bytes) -> Element:
    try:
        root: Element = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as wrong:
        raise CallbackRefused("not_in_form") from wrong
    return root


def _field(root: Element, name: str) -> str:
    return root.findtext(name) or ""


def _refuse() -> str:
    raise CallbackRefused("not_in_form")


def _element(**fields: str) -> Element:
    root = Element("xml")
    for name, value in fields.items():
        SubElement(root, name).text = value
    return root


def _xml(**fields: str) -> bytes:
    return tostring(_element(**fields), encoding="unicode").encode()
