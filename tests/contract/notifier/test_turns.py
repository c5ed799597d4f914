"""Where messages wait for one another, on a real Redis: red goes first, also when it came last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisGone

from services.notifier.adapters.buckets import Buckets
from services.notifier.domain.order import Rank
from services.notifier.service.turns import Minutes, Turns


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connection of the test's own."""
    connection = Redis.from_url(redis_url)
    yield connection
    await connection.aclose()


async def test_of_those_who_wait_for_a_connection_red_is_next() -> None:
    """The place goes by rank, then by who came first; who gave up is passed over, and no place is lost."""
    turns, served = Turns(1), list[str]()

    async def send(name: str, rank: Rank) -> None:
        async with turns.turn(rank):
            served.append(name)

    async with turns.turn(Rank.LATER):
        waiting = [
            asyncio.create_task(send(name, rank))
            for name, rank in (
                ("reminder", Rank.LATER),
                ("gone", Rank.RED),
                ("duty", Rank.DUTY),
                ("red", Rank.RED),
                ("red too", Rank.RED),
            )
        ]
        await asyncio.sleep(0)
        waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert served == ["red", "red too", "duty", "reminder"]
    await send("free again", Rank.LATER)
    assert served[-1] == "free again"


async def test_a_place_in_the_minute_goes_to_who_is_first_when_it_is_there(
    redis: Redis, sanse_prefix: str
) -> None:
    """Of a full line the red message is next, though it came last; too long a wait is told and takes no place."""
    buckets = Buckets(redis, f"{sanse_prefix}-line", {"robot": 300.0, "slow": 1.0})
    minutes, served = Minutes(buckets), list[str]()
    await buckets.take("robot", 50)

    async def wait(name: str, rank: Rank) -> None:
        assert await minutes.place("robot", rank, 10_000) == 0
        served.append(name)

    waiting = []
    for name, rank in (("one", Rank.DUTY), ("two", Rank.LATER), ("red", Rank.RED)):
        waiting.append(asyncio.create_task(wait(name, rank)))
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert served == ["red", "one", "two"]
    await buckets.take("slow", 1)
    assert await minutes.place("slow", Rank.RED, 300) >= 60_000
    assert await minutes.place("free", Rank.LATER, 0) == 0


async def test_without_redis_nobody_waits_for_ever(redis: Redis, sanse_prefix: str) -> None:
    """The error is everybody's, and whoever comes later is served again."""
    gone = Redis.from_url("redis://127.0.0.1:1/0")
    minutes = Minutes(Buckets(gone, f"{sanse_prefix}-gone", {"robot": 60.0}))
    for _ in range(2):
        with pytest.raises(RedisGone):
            await minutes.place("robot", Rank.DUTY, 5_000)
    await gone.aclose()
