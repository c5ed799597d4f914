"""The token of an acknowledgement link: lane, notice and expiry, signed; 50 letters, so that an SMS stays short."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from services.common.crypto import Keys

# Lane, notice id, expiry in seconds. The notice id is derived from case, ledger entry and recipient.
_PAYLOAD = struct.Struct(">B16sI")
_SIGNATURE_LETTERS = 22
TOKEN_LETTERS = _PAYLOAD.size * 4 // 3 + _SIGNATURE_LETTERS


class TokenFault(Enum):
    """Why a token opens nothing."""

    FORGED = "forged"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says."""

    lane: int
    notice_id: str
    expires_ms: int


def write_token(keys: Keys, link: Link) -> str:
    """The token of a link; the same link gives the same token, so a repeated message is the same text."""
    payload = _PAYLOAD.pack(link.lane, UUID(link.notice_id).bytes, link.expires_ms // 1000)
    return base64.urlsafe_b64encode(payload).decode() + keys.sign(payload)


def read_token(keys: Keys, token: str, now_ms: int) -> Link | TokenFault:
    """The link a token stands for, or why it opens nothing."""
    payload = _payload(token)
    if payload is None or not keys.verify(payload, token[-_SIGNATURE_LETTERS:]):
        return TokenFault.FORGED
    lane, notice, expires_s = _PAYLOAD.unpack(payload)
    if now_ms >= expires_s * 1000:
        return TokenFault.EXPIRED
    return Link(lane, str(UUID(bytes=notice)), expires_s * 1000)


def _payload(token: str) -> bytes | None:
    if len(token) != TOKEN_LETTERS or not token.isascii():
        return None
    try:
        return base64.b64decode(token[:-_SIGNATURE_LETTERS], altchars=b"-_", validate=True)
    except binascii.Error:
        return None
