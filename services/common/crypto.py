"""Sealed fields, pseudonyms and signed tokens, all from one master key by HKDF-SHA256."""

from __future__ import annotations

import base64
import hmac
import os
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class MasterKeyWrong(ValueError):
    """The master key is missing or not 64 hex digits."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """AES-256-GCM ciphertext with the id of its key."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


class Keys:
    """Purpose-bound keys derived from the master key."""

    def __init__(self, master_key_hex: str) -> None:
        self._master = _parse(master_key_hex)
        self._pseudonym_key = self._derive(b"pseudonym")
        self._token_key = self._derive(b"token")

    def seal(self, purpose: str, subject_id: str, text: str) -> Sealed:
        """Encrypt a personal text; only the same purpose and subject can open it."""
        nonce = os.urandom(12)
        key_id = f"{purpose}/1"
        cipher = AESGCM(self._derive(f"{key_id}/{subject_id}".encode()))
        return Sealed(key_id, nonce, cipher.encrypt(nonce, text.encode(), subject_id.encode()))

    def open(self, subject_id: str, sealed: Sealed) -> str:
        """Decrypt; ValueError when the subject is another or the text was changed."""
        cipher = AESGCM(self._derive(f"{sealed.key_id}/{subject_id}".encode()))
        try:
            return cipher.decrypt(sealed.nonce, sealed.ciphertext, subject_id.encode()).decode()
        except InvalidTag as wrong:
            raise ValueError(
                "sealed text does not open: other subject, other key or changed"
            ) from wrong

    def pseudonym(self, household_no: str) -> str:
        """A household's stable pseudonym: "H" and 20 letters, not reversible without the key.

        The same for all sources, so that police, school and grid reports join one profile.
        """
        digest = hmac.new(self._pseudonym_key, household_no.encode(), sha256).digest()
        return "H" + base64.b32encode(digest)[:20].decode()

    def sign(self, payload: bytes) -> str:
        """A URL-safe signature of 16 bytes over a token's payload."""
        digest = hmac.new(self._token_key, payload, sha256).digest()[:16]
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def verify(self, payload: bytes, signature: str) -> bool:
        """Whether the signature is ours, compared in constant time."""
        return hmac.compare_digest(self.sign(payload), signature)

    def _derive(self, info: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=b"sanse.v1", info=info).derive(self._master)


def _parse(master_key_hex: str) -> bytes:
    try:
        key = bytes.fromhex(master_key_hex)
    except ValueError as wrong:
        raise MasterKeyWrong("SANSE_MASTER_KEY is not hexadecimal") from wrong
    if len(key) != KEY_BYTES:
        raise MasterKeyWrong(
            f"SANSE_MASTER_KEY has {len(key)} bytes; it must be 32 bytes (64 hex digits): openssl rand -hex 32"
        )
    return key
