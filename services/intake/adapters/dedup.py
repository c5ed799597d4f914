"""Remembers in Redis which events Kafka has: an id counts as known only after the acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.common import log
from services.common.clock import to_datetime
from services.common.gather import Gather

IDS_PER_CALL = 500
# A year's ids stay until the end of the next, counted from the last one written to a bucket.
KEEP_S = 400 * 24 * 3600
REST_S = 2.0
MARKS_WITHIN_S = 0.05
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


@dataclass(frozen=True, slots=True)
class _Ids:
    """Event ids as 16 bytes each, asked or told in one year."""

    year: int
    ids: tuple[bytes, ...]


class DedupStore:
    """Best effort by design: without Redis everything is taken, since every consumer drops known ids."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._stem = f"{{{prefix}:seen}}"
        self._seen = redis.register_script(_SEEN)
        self._mark = redis.register_script(_MARK)
        self._resting_until = 0.0
        self._ask: Gather[_Ids, list[bool]] = Gather(self._ask_all, "dedup-seen")
        # No sender waits for its marks.
        self._tell: Gather[_Ids, None] = Gather(self._tell_all, "dedup-mark", MARKS_WITHIN_S)

    async def seen(self, ids: Sequence[str], now_ms: int) -> list[bool]:
        """For each id, whether it was marked this year or last; all False while Redis is away."""
        return await self._ask(_Ids(to_datetime(now_ms).year, _packed(ids)))

    async def mark(self, ids: Sequence[str], now_ms: int) -> None:
        """Kafka has these."""
        await self._tell(_Ids(to_datetime(now_ms).year, _packed(ids)))

    async def _ask_all(self, asked: Sequence[_Ids]) -> list[list[bool]]:
        unknown = [[False] * len(one.ids) for one in asked]
        if self._resting:
            return unknown
        known: dict[tuple[int, bytes], bool] = {}
        try:
            for year, part in _parts(asked):
                answer = await self._seen(keys=self._keys(year), args=part)
                known |= {(year, one): bool(mark) for one, mark in zip(part, answer, strict=True)}
        except (RedisError, OSError, TimeoutError) as away:
            self._rest(away)
            return unknown
        return [[known[(one.year, event_id)] for event_id in one.ids] for one in asked]

    async def _tell_all(self, told: Sequence[_Ids]) -> list[None]:
        if not self._resting:
            try:
                for year, part in _parts(told):
                    await self._mark(keys=self._keys(year)[:1], args=[KEEP_S, *part])
            except (RedisError, OSError, TimeoutError) as away:
                self._rest(away)
        return [None] * len(told)

    def _keys(self, year: int) -> list[str]:
        return [f"{self._stem}:{year}", f"{self._stem}:{year - 1}"]

    @property
    def _resting(self) -> bool:
        return asyncio.get_running_loop().time() < self._resting_until

    def _rest(self, away: BaseException) -> None:
        # A sender must not wait for a Redis that is away with every report.
        self._resting_until = asyncio.get_running_loop().time() + REST_S
        _log.warning("dedup.suspended", seconds=REST_S, error=type(away).__name__)


def _packed(ids: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(one.replace("-", "")) for one in ids)


def _parts(asked: Sequence[_Ids]) -> Iterator[tuple[int, list[bytes]]]:
    """All ids by year, each once, in parts that a script call takes."""
    by_year: dict[int, dict[bytes, None]] = {}
    for one in asked:
        by_year.setdefault(one.year, {}).update(dict.fromkeys(one.ids))
    for year, ids in by_year.items():
        rest = list(ids)
        for at in range(0, len(rest), IDS_PER_CALL):
            yield year, rest[at : at + IDS_PER_CALL]
