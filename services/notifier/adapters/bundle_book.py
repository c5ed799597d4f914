"""Who waits for which bundle, in Redis, until the bundle is written. Lost with Redis, its members join anew."""

from __future__ import annotations

from redis.asyncio import Redis

from services.notifier.adapters import codec
from services.notifier.domain.limits import Gathered
from services.notifier.domain.notices import Notice

# Longer than any member can be late.
_KEPT_S = 2 * 86_400


class BundleBook:
    """Keys prefix:notify:bundle:<official>:<moment>, with :stands for the message as it was first made."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._stem = f"{prefix}:notify:bundle"

    async def join(self, official_id: str, at_ms: int, one: Gathered) -> None:
        """Add a notice; adding it twice is once."""
        key = f"{self._stem}:{official_id}:{at_ms}"
        pipe = self._redis.pipeline(transaction=False)
        pipe.hset(key, one.notice.notice_id, codec.notice_batch(one.lane, one.notice))
        pipe.expire(key, _KEPT_S)
        await pipe.execute()

    async def members(self, official_id: str, at_ms: int) -> list[Gathered]:
        """Everything that has joined."""
        found = await self._redis.hgetall(f"{self._stem}:{official_id}:{at_ms}")
        raws = [raw for raw in found.values() if isinstance(raw, bytes)]
        return [
            Gathered(codec.lane_of_notices(raw), codec.read_notices(raw)[0].notice) for raw in raws
        ]

    async def first(self, official_id: str, at_ms: int, bundle: Notice) -> Notice:
        """The message that stands: the one first made, whoever made it."""
        key = f"{self._stem}:{official_id}:{at_ms}:stands"
        made = codec.notice_message(bundle).SerializeToString()
        stands = await self._redis.set(key, made, nx=True, get=True, ex=_KEPT_S)
        return codec.read_notice(stands) if isinstance(stands, bytes) else bundle
