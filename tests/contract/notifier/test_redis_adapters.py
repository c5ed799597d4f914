"""What the notifier keeps in a real Redis beside the lanes: claims, buckets, acknowledgements."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from services.common.lane_store import LaneStore
from services.notifier.adapters.acknowledged import Acknowledged
from services.notifier.adapters.buckets import Buckets
from services.notifier.adapters.claims import Claim, Claims
from services.notifier.adapters.codec import Delivery
from services.notifier.adapters.health_book import HealthBook
from services.notifier.adapters.once import Once
from services.notifier.adapters.receipt_index import ReceiptIndex
from services.notifier.domain.notices import DeliveryStatus, Progress
from services.notifier.domain.providers import ProviderPolicy, Recent, Tolerance


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connection of the test's own."""
    connection = Redis.from_url(redis_url)
    yield connection
    await connection.aclose()


async def test_a_claim_tells_what_was_known(redis: Redis, sanse_prefix: str) -> None:
    """Fresh once, then retaken until the result is on the log, then recorded; each attempt by itself."""
    claims = Claims(redis, f"{sanse_prefix}-claims")
    assert await claims.take(3, "n", 1) is Claim.FRESH
    assert await claims.take(3, "n", 1) is Claim.RETAKEN
    await claims.settle([(3, "n", 1)])
    assert await claims.take(3, "n", 1) is Claim.RECORDED
    assert await claims.take(3, "n", 2) is Claim.FRESH


async def test_many_askers_get_one_fresh_claim(redis: Redis, sanse_prefix: str) -> None:
    """However many ask at once, exactly one may send without a warning."""
    workers = [Claims(redis, f"{sanse_prefix}-race") for _ in range(4)]
    taken = await asyncio.gather(*(claims.take(1, "n", 1) for claims in workers for _ in range(5)))
    assert taken.count(Claim.FRESH) == 1
    assert set(taken) == {Claim.FRESH, Claim.RETAKEN}


async def test_a_bucket_is_shared_and_spreads(redis: Redis, sanse_prefix: str) -> None:
    """Two workers share a minute: a few at once, then none, and how long it takes until the next is told."""
    rates = {"dingtalk_robot": 18.0, "smtp": 0.0}
    workers = [Buckets(redis, f"{sanse_prefix}-b", rates) for _ in range(2)]
    answers = [await workers[n % 2].take("dingtalk_robot", 2) for n in range(4)]
    assert [places for places, _ in answers] == [2, 1, 0, 0]
    assert all(0 < wait_ms <= math.ceil(60_000 / 18) for _, wait_ms in answers[1:])
    assert await workers[0].take("smtp", 50) == (50, 0)


async def test_an_older_acknowledgement_never_hides_a_newer(
    redis: Redis, sanse_prefix: str
) -> None:
    """The newest acknowledged notice counts, in whatever order taps arrive."""
    acknowledged = Acknowledged(redis, f"{sanse_prefix}-a")
    assert await acknowledged.until("case", "GW-1") == -1
    await acknowledged.note("case", "GW-1", 20)
    await acknowledged.note("case", "GW-1", 10)
    assert await acknowledged.until("case", "GW-1") == 20


async def test_many_cases_are_asked_about_on_few_connections(
    redis: Redis, sanse_prefix: str
) -> None:
    """An official with hundreds of cases replies once: all are looked up, on fewer connections than there are cases."""
    acknowledged = Acknowledged(redis, f"{sanse_prefix}-many")
    await acknowledged.note("case-7", "GW-1", 20)
    asked = [acknowledged.until(f"case-{number}", "GW-1") for number in range(300)]
    answers = await asyncio.gather(*asked)
    assert {number: at for number, at in enumerate(answers) if at != -1} == {7: 20}


def _long_message() -> Delivery:
    sent = Progress(DeliveryStatus.SENT, 2, 1, 0, "cmpp", provider_message_id="m1 m2 m3")
    return Delivery("d", "n", "case", "GW-1", "", 1, sent)


async def test_every_part_of_a_long_message_has_a_quick_key(
    redis: Redis, sanse_prefix: str
) -> None:
    """A receipt for any part leads to the whole message at once, and to nothing for another channel."""
    store = LaneStore(redis, sanse_prefix, "notify")
    index = ReceiptIndex(redis, store, sanse_prefix)
    await index.remember([(7, _long_message())])
    found = await index.find("cmpp", ["m1", "m2", "m3", "m4"])
    assert found == dict.fromkeys(["m1", "m2", "m3"], (7, _long_message()))
    assert await index.find("tencent_sms", ["m1"]) == {}


async def test_of_many_workers_one_sees_the_last_part_arrive(
    redis: Redis, sanse_prefix: str
) -> None:
    """Whatever the order and however often, the arrivals add up, and those of another attempt are its own."""
    store = LaneStore(redis, sanse_prefix, "notify")
    index, sent = ReceiptIndex(redis, store, sanse_prefix), _long_message()
    seen = await asyncio.gather(*(index.arrived(sent, one) for one in ("m1", "m2", "m1", "m3")))
    assert {"m1", "m2", "m3"} in seen
    again = replace(sent, after=replace(sent.after, attempts=3))
    assert await index.arrived(again, "m2") == {"m2"}


async def test_the_first_meaning_stands_until_it_is_carried_out(
    redis: Redis, sanse_prefix: str
) -> None:
    """Of many who bring the same, all get the meaning of the first; once done, nobody gets any."""
    once = Once(redis, f"{sanse_prefix}-once")
    assert await once.known("r1") is None
    given = await asyncio.gather(*(once.means("r1", b"%d" % n) for n in range(5)))
    assert len(set(given)) == 1
    assert await once.known("r1") == given[0]
    assert not await once.is_done("r1")
    await once.done("r1")
    assert (await once.known("r1"), await once.means("r1", b"9")) == (None, None)
    assert await once.is_done("r1")


async def test_an_hour_has_so_many_places(redis: Redis, sanse_prefix: str) -> None:
    """As many as allowed at once, then none; another name has places of its own."""
    buckets = Buckets(redis, f"{sanse_prefix}-hour", {})
    assert [await buckets.admits("a", 3) for _ in range(5)] == [True, True, True, False, False]
    assert await buckets.admits("b", 3)


async def test_what_one_worker_saw_of_a_provider_all_know(redis: Redis, sanse_prefix: str) -> None:
    """Figures of two workers add up for both; what is long past counts for nothing, each by its own time."""
    slowly = ProviderPolicy(failing=Tolerance(10**9, 0.5, 5), slow=Tolerance(10**9, 0.5, 5))
    workers = [HealthBook(redis, f"{sanse_prefix}-health", slowly) for _ in range(2)]
    await workers[0].add({"a": Recent(3, 2, 3, 1), "b": Recent(1, 0, 1, 0)})
    told = await workers[1].add({"a": Recent(1, 1), "b": Recent(), "c": Recent()})
    rounded = {name: (round(r.asked), round(r.failed), round(r.slow)) for name, r in told.items()}
    assert rounded == {"a": (4, 3, 1), "b": (1, 0, 0), "c": (0, 0, 0)}
    soon = ProviderPolicy(failing=Tolerance(1, 0.5, 5), slow=Tolerance(10**9, 0.5, 5))
    forgetful = HealthBook(redis, f"{sanse_prefix}-health", soon)
    await asyncio.sleep(0.05)
    later = (await forgetful.add({"a": Recent()}))["a"]
    assert (round(later.failed), round(later.slow)) == (0, 1)
