"""What intake remembers in a real Redis: which events Kafka has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from services.common.ids import derived_id
from services.intake.adapters.dedup import IDS_PER_CALL, DedupStore

NOW_MS = 1_772_000_000_000
YEAR_MS = 366 * 24 * 3600 * 1000


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connection of the test's own."""
    connection = Redis.from_url(redis_url)
    yield connection
    await connection.aclose()


def _ids(name: str, count: int) -> list[str]:
    return [derived_id("dedup", name, number) for number in range(count)]


async def test_marked_ids_are_known_to_every_instance(redis: Redis, sanse_prefix: str) -> None:
    """More ids than one script call takes; another instance sees exactly the marked ones, in order."""
    here, there = (DedupStore(redis, f"{sanse_prefix}-known") for _ in range(2))
    ids = _ids("known", IDS_PER_CALL + 50)
    await here.mark(ids[::2], NOW_MS)
    assert await there.seen(ids, NOW_MS) == [n % 2 == 0 for n in range(len(ids))]


async def test_each_of_many_askers_gets_its_own_answer(redis: Redis, sanse_prefix: str) -> None:
    """Askings that share a trip, with ids in common, are not mixed up."""
    store = DedupStore(redis, f"{sanse_prefix}-many")
    ids = _ids("many", 40)
    await store.mark(ids[:20], NOW_MS)
    portions = [ids[at : at + 10] for at in range(0, 35, 5)]
    answers = await asyncio.gather(*(store.seen(portion, NOW_MS) for portion in portions))
    known = set(ids[:20])
    assert answers == [[one in known for one in portion] for portion in portions]


async def test_an_id_is_known_into_the_next_year(redis: Redis, sanse_prefix: str) -> None:
    """A report repeated after new year is still a duplicate; two years later it is forgotten."""
    store = DedupStore(redis, f"{sanse_prefix}-year")
    (one,) = _ids("year", 1)
    await store.mark([one], NOW_MS)
    assert await store.seen([one], NOW_MS + YEAR_MS) == [True]
    assert await store.seen([one], NOW_MS + 2 * YEAR_MS) == [False]


async def test_without_redis_everything_is_taken() -> None:
    """Intake never refuses a report because Redis is away: every consumer drops known ids."""
    store = DedupStore(Redis.from_url("redis://127.0.0.1:1/0"), "away")
    await store.mark(_ids("away", 2), NOW_MS)
    assert await store.seen(_ids("away", 2), NOW_MS) == [False, False]
