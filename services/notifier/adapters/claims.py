"""Which attempt is on its way: written before the message leaves, so that a successor knows what may have been sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from redis.asyncio import Redis

from services.common.gather import Gather

# Longer than any record of a result can be late; then Redis forgets by itself.
_KEPT_S = 86_400


class Claim(Enum):
    """What is known of an attempt before it is made."""

    FRESH = "fresh"
    # A predecessor died in flight: the message may have arrived.
    RETAKEN = "retaken"
    # Sent, and its result is on the log; the lane will read it.
    RECORDED = "recorded"


class Claims:
    """Keys prefix:notify:{lane}:send:<notice>:<attempt>. Claims asked for while a call is out go with the next."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._stem = f"{prefix}:notify"
        self._take: Gather[str, bytes | None] = Gather(self._take_all, "claims")

    async def take(self, lane: int, notice_id: str, attempt: int) -> Claim:
        """Mark an attempt as being made; says what was known of it."""
        known = await self._take(self._key(lane, notice_id, attempt))
        if known is None:
            return Claim.FRESH
        return Claim.RECORDED if known == b"recorded" else Claim.RETAKEN

    async def _take_all(self, keys: Sequence[str]) -> list[bytes | None]:
        pipe = self._redis.pipeline(transaction=False)
        for key in keys:
            pipe.set(key, b"attempting", nx=True, get=True, ex=_KEPT_S)
        answers: list[bytes | None] = await pipe.execute()
        return answers

    async def settle(self, attempts: Iterable[tuple[int, str, int]]) -> None:
        """The results of these attempts (lane, notice, attempt) are on the log."""
        pipe = self._redis.pipeline(transaction=False)
        for lane, notice_id, attempt in attempts:
            pipe.set(self._key(lane, notice_id, attempt), b"recorded", ex=_KEPT_S)
        await pipe.execute()

    def _key(self, lane: int, notice_id: str, attempt: int) -> str:
        return f"{self._stem}:{{{lane:03d}}}:send:{notice_id}:{attempt}"
