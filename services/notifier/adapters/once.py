"""Remembers what was brought already and what it was taken to mean: bringing it again does the same, or nothing."""

from __future__ import annotations

from redis.asyncio import Redis

# Gateways bring a message again within hours.
KEPT_S = 2 * 86_400
_DONE = b"done"


class Once:
    """Keys prefix:notify:once:<what>. The first meaning stands until done, whoever carries it out."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._stem = f"{prefix}:notify:once"

    async def known(self, what: str) -> bytes | None:
        """What it was taken to mean; None when it is new, or done (then `is_done` says so)."""
        found = await self._redis.get(self._key(what))
        return None if found is None or found == _DONE else _bytes(found)

    async def is_done(self, what: str) -> bool:
        """Whether it was carried out."""
        return bool(await self._redis.get(self._key(what)) == _DONE)

    async def means(self, what: str, meaning: bytes) -> bytes | None:
        """The meaning that stands: this one for the first to ask; None when it was carried out meanwhile."""
        found = await self._redis.set(self._key(what), meaning, nx=True, get=True, ex=KEPT_S)
        if found is None:
            return meaning
        return None if found == _DONE else _bytes(found)

    async def done(self, what: str) -> None:
        """It was carried out: bringing it again does nothing."""
        await self._redis.set(self._key(what), _DONE, ex=KEPT_S)

    def _key(self, what: str) -> str:
        return f"{self._stem}:{what}"


def _bytes(found: object) -> bytes:
    """The client's types allow for settings that ours does not have."""
    assert isinstance(found, bytes)
    return found
