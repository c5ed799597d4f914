"""Remembers in Redis which events Kafka has: an id counts as known only after the acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.common import log
from services.common.clock import to_datetime

IDS_PER_CALL = 500
# A year's ids stay until the end of the next, counted from the last one written to a bucket.
KEEP_S = 400 * 24 * 3600
REST_S = 2.0
# Ids are kept as 16 bytes in small hashes, which Redis packs tightly: 65,536 buckets a year hold three
# million ids in some 70 MB. All share one hash tag, so one script call of 500 ids stays in one slot.
_SEEN = """
local seen = {}
for at = 1, #ARGV do
  local bucket = string.format(':%02x%02x', string.byte(ARGV[at], 1, 2))
  local known = redis.call('HEXISTS', KEYS[1] .. bucket, ARGV[at])
  if known == 0 then known = redis.call('HEXISTS', KEYS[2] .. bucket, ARGV[at]) end
  seen[at] = known
end
return seen
"""
_MARK = """
for at = 2, #ARGV do
  local key = KEYS[1] .. string.format(':%02x%02x', string.byte(ARGV[at], 1, 2))
  redis.call('HSET', key, ARGV[at], '')
  redis.call('EXPIRE', key, ARGV[1])
end
return #ARGV - 1
"""
_log = log.get("dedup")


class DedupStore:
    """Best effort by design: without Redis everything is taken, since every consumer drops known ids."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._stem = f"{{{prefix}:seen}}"
        self._seen = redis.register_script(_SEEN)
        self._mark = redis.register_script(_MARK)
        self._resting_until = 0.0

    async def seen(self, ids: Sequence[str], now_ms: int) -> list[bool]:
        """For each id, whether it was marked this year or last; all False while Redis is away."""
        if self._resting:
            return [False] * len(ids)
        known: list[bool] = []
        try:
            for part in _parts(ids):
                answer = await self._seen(keys=self._keys(now_ms), args=part)
                known.extend(bool(one) for one in answer)
        except (RedisError, OSError, TimeoutError) as away:
            self._rest(away)
            return [False] * len(ids)
        return known

    async def mark(self, ids: Sequence[str], now_ms: int) -> None:
        """Kafka has these."""
        if self._resting:
            return
        try:
            for part in _parts(ids):
                await self._mark(keys=self._keys(now_ms)[:1], args=[KEEP_S, *part])
        except (RedisError, OSError, TimeoutError) as away:
            self._rest(away)

    def _keys(self, now_ms: int) -> list[str]:
        year = to_datetime(now_ms).year
        return [f"{self._stem}:{year}", f"{self._stem}:{year - 1}"]

    @property
    def _resting(self) -> bool:
        return asyncio.get_running_loop().time() < self._resting_until

    def _rest(self, away: BaseException) -> None:
        # A sender must not wait for a Redis that is away with every report.
        self._resting_until = asyncio.get_running_loop().time() + REST_S
        _log.warning("dedup.suspended", seconds=REST_S, error=type(away).__name__)


def _parts(ids: Sequence[str]) -> list[list[bytes]]:
    packed = [bytes.fromhex(one.replace("-", "")) for one in ids]
    return [packed[at : at + IDS_PER_CALL] for at in range(0, len(packed), IDS_PER_CALL)]
