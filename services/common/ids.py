"""Deterministic ids: every effect has its id, derived from its causes, before it happens."""

from __future__ import annotations

from hashlib import blake2b, sha1
from uuid import UUID

NAMESPACE = UUID("6f1c7a52-3b0e-5d0a-9a5e-5a5e00000003")
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_START = sha1(NAMESPACE.bytes, usedforsecurity=False)
_VARIANT = {digit: f"{int(digit, 16) & 3 | 8:x}" for digit in "0123456789abcdef"}


def derived_id(*causes: object) -> str:
    """UUIDv5 of the causes; the same causes always give the same id.

    Written out because uuid.uuid5 takes five times as long, and every event and effect has an id.
    """
    digest = _START.copy()
    digest.update("\x1f".join(map(str, causes)).encode())
    h = digest.hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"


def readable_code(source: str, length: int) -> str:
    """A code of Crockford base-32 letters that people can read out, derived from `source`."""
    number = int.from_bytes(blake2b(source.encode(), digest_size=16).digest())
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        letters.append(_BASE32[rest])
    return "".join(letters)
