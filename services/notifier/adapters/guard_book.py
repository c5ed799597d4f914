"""Counts messages by county and hour in Redis, and keeps what was released. Lost with Redis, counting starts anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from services.common.gather import Gather
from services.notifier.domain.guard import Place

# Longer than anything is held.
_KEPT_S = 2 * 86_400
_PERSON_KEPT_S = 2 * 3_600
# KEYS: a county's hour, or a person's. ARGV: notice, seconds to keep. Answers the place the notice has, or gets: the
# next one.
_PLACE = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then return tonumber(known) end
local place = redis.call('HLEN', KEYS[1]) + 1
redis.call('HSET', KEYS[1], ARGV[1], place)
redis.call('EXPIRE', KEYS[1], ARGV[2])
return place
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    unit: str
    hour: int
    notice_id: str
    # Whose hour of real time it counts in, when it does.
    person: str
    person_hour: int


class GuardBook:
    """A notice keeps its place however often it is looked at. Places asked for while a call is out go with the next."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._stem = f"{prefix}:notify:guard"
        self._place: Gather[_Asked, Place] = Gather(self._place_all, "guard")

    async def place(
        self, unit: str, hour: int, notice_id: str, person: str = "", person_hour: int = 0
    ) -> Place:
        """The notice's place in its county's hour, and with `person` in that one's hour."""
        return await self._place(_Asked(unit, hour, notice_id, person, person_hour))

    async def note_held(self, unit: str, hour: int) -> bool:
        """Remember that something of this hour waits; True the first time."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.sadd(f"{self._stem}:held:{unit}", hour)
        pipe.expire(f"{self._stem}:held:{unit}", _KEPT_S)
        return bool((await pipe.execute())[0])

    async def release(self, unit: str, messages: int) -> int:
        """Let so many more of each hour go in which the county has messages waiting; how many hours that is."""
        hours = await self._redis.smembers(f"{self._stem}:held:{unit}")
        pipe = self._redis.pipeline(transaction=True)
        for hour in hours:
            key = self._released(unit, int(hour))
            pipe.incrby(key, messages)
            pipe.expire(key, _KEPT_S)
        if hours:
            await pipe.execute()
        return len(hours)

    async def release_tests(self, official_id: str, messages: int) -> None:
        """Let an official send so many more tests."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.incrby(f"{self._stem}:tests:{official_id}", messages)
        pipe.expire(f"{self._stem}:tests:{official_id}", 3600)
        await pipe.execute()

    async def take_test(self, official_id: str) -> bool:
        """Whether a released test is left for an official; it is used up."""
        left: int = await self._redis.decr(f"{self._stem}:tests:{official_id}")
        if left < 0:
            await self._redis.incr(f"{self._stem}:tests:{official_id}")
        return left >= 0

    async def _place_all(self, batch: Sequence[_Asked]) -> list[Place]:
        pipe = self._redis.pipeline(transaction=False)
        for one in batch:
            key = f"{self._stem}:{one.unit}:{one.hour}"
            pipe.eval(_PLACE, 1, key, one.notice_id, _KEPT_S)
            pipe.get(self._released(one.unit, one.hour))
            if one.person:
                key = f"{self._stem}:person:{one.person}:{one.person_hour}"
                pipe.eval(_PLACE, 1, key, one.notice_id, _PERSON_KEPT_S)
        found = iter(await pipe.execute())
        return [
            Place(int(next(found)), int(next(found) or 0), int(next(found)) if one.person else 0)
            for one in batch
        ]

    def _released(self, unit: str, hour: int) -> str:
        return f"{self._stem}:released:{unit}:{hour}"
