"""Rate limits per channel, shared by all workers: a leaky bucket in Redis, on Redis's own time."""

from __future__ import annotations

from collections.abc import Mapping

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from services.common.spans import HOUR_MS, MINUTE_MS

# KEYS: the channel's bucket. ARGV: interval, burst and longest wait, in ms. The bucket holds the time
# at which it will be empty again. Answers the wait in ms for the place taken, or -1 minus the wait
# there would have been, with no place taken.
_RESERVE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local interval = tonumber(ARGV[1])
local empty = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local wait = math.max(0, empty + interval - now - interval * tonumber(ARGV[2]))
if wait > tonumber(ARGV[3]) then return -1 - math.ceil(wait) end
local full = empty + interval
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now) + 1000)
return math.ceil(wait)
"""


class Buckets:
    """Places in each channel's minute."""

    def __init__(
        self, redis: Redis, prefix: str, per_minute: Mapping[str, float], longest_wait_ms: int
    ) -> None:
        self._stem = f"{prefix}:notify:bucket"
        self._per_minute = per_minute
        self._longest_wait_ms = longest_wait_ms
        self._script = redis.register_script(_RESERVE)

    async def admits(self, name: str, per_hour: int) -> bool:
        """Whether one more fits this hour; a place is taken when it does."""
        arguments = [HOUR_MS / per_hour, per_hour, 0]
        return admitted(await self._script(keys=[f"{self._stem}:{name}"], args=arguments))

    def queue_admission(self, pipe: Pipeline, name: str, per_hour: int) -> None:
        """The same as `admits`, as one command of a trip that goes anyway; read its answer with `admitted`."""
        arguments = [HOUR_MS / per_hour, per_hour, 0]
        pipe.eval(_RESERVE, 1, f"{self._stem}:{name}", *arguments)

    async def reserve(self, channel: str) -> int:
        """The wait in ms before sending; negative (-1 minus the wait) when it would be too long."""
        rate = self._per_minute.get(channel, 0.0)
        if rate <= 0:
            return 0
        # A few may go at once; the rest is spread over the minute.
        burst = max(1.0, rate / 6)
        arguments = [MINUTE_MS / rate, burst, self._longest_wait_ms]
        return int(await self._script(keys=[f"{self._stem}:{channel}"], args=arguments))


def admitted(answer: object) -> bool:
    """Whether the script gave a place."""
    return int(str(answer)) >= 0
