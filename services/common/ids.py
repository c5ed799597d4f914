"""Deterministic ids: every effect has its id, derived from its causes, before it happens."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1c7a52-3b0e-5d0a-9a5e-5a5e00000003")
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def derived_id(*causes: object) -> str:
    """UUIDv5 of the causes; the same causes always give the same id."""
    return str(uuid5(NAMESPACE, "\x1f".join(str(cause) for cause in causes)))


def readable_code(source: str, length: int) -> str:
    """A code of Crockford base-32 letters that people can read out, derived from `source`."""
    number = int.from_bytes(blake2b(source.encode(), digest_size=16).digest())
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        letters.append(_BASE32[rest])
    return "".join(letters)
