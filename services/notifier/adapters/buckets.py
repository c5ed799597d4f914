"""Rate limits shared by all workers: leaky buckets in Redis, on Redis's own time."""

from __future__ import annotations

from collections.abc import Mapping

from redis.asyncio import Redis

from services.common.spans import HOUR_MS, MINUTE_MS

# KEYS: a bucket. ARGV: interval in ms, burst, places wanted. The bucket holds the time at which it will be empty
# again. Answers how many places were there and are taken, and in how many ms the next one is.
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local empty = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local room = math.floor(burst - (empty - now) / interval + 0.001)
local places = math.max(0, math.min(tonumber(ARGV[3]), room))
if places > 0 then
  empty = empty + places * interval
  redis.call('SET', KEYS[1], string.format('%.3f', empty), 'PX', math.ceil(empty - now) + 1000)
end
return {places, math.ceil(math.max(0, empty + interval - now - interval * burst))}
"""


class Buckets:
    """Places in each channel's minute, and in hours of other names."""

    def __init__(self, redis: Redis, prefix: str, per_minute: Mapping[str, float]) -> None:
        self._stem = f"{prefix}:notify:bucket"
        self._per_minute = per_minute
        self._script = redis.register_script(_TAKE)

    def interval_ms(self, channel: str) -> float:
        """The time between two places of a channel; 0 for one without a limit."""
        rate = self._per_minute.get(channel, 0.0)
        return MINUTE_MS / rate if rate > 0 else 0.0

    async def take(self, channel: str, wanted: int) -> tuple[int, int]:
        """How many of the places wanted are there just now, and taken; and in how many ms the next one is."""
        interval_ms = self.interval_ms(channel)
        if not interval_ms:
            return wanted, 0
        # A few may go at once; the rest is spread over the minute.
        burst = max(1.0, MINUTE_MS / interval_ms / 6)
        return await self._take(channel, interval_ms, burst, wanted)

    async def admits(self, name: str, per_hour: int) -> bool:
        """Whether one more fits this hour; a place is taken when it does."""
        places, _ = await self._take(name, HOUR_MS / per_hour, per_hour, 1)
        return places > 0

    async def _take(
        self, name: str, interval_ms: float, burst: float, wanted: int
    ) -> tuple[int, int]:
        places, wait_ms = await self._script(
            keys=[f"{self._stem}:{name}"], args=[interval_ms, burst, wanted]
        )
        return int(places), int(wait_ms)
