"""Remembers what was brought already, so that bringing it again does nothing."""

from __future__ import annotations

from redis.asyncio import Redis

# Gateways bring a message again within hours.
_KEPT_S = 2 * 86_400


class Once:
    """Keys prefix:notify:once:<what>."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._stem = f"{prefix}:notify:once"

    async def mark(self, what: str) -> bool:
        """Whether this is the first time."""
        return bool(await self._redis.set(f"{self._stem}:{what}", b"1", nx=True, ex=_KEPT_S))

    async def forget(self, what: str) -> None:
        """Nothing was done after all: let it come again."""
        await self._redis.delete(f"{self._stem}:{what}")
