"""Laws of joined calls: everyone gets their own answer, few trips are made, an error reaches whom it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.common.gather import Gather


class Trips:
    """Doubles numbers; each trip waits until it is let go."""

    def __init__(self) -> None:
        self.made: list[list[int]] = []
        self.go = asyncio.Event()

    async def double(self, numbers: Sequence[int]) -> list[int]:
        """One trip."""
        self.made.append(list(numbers))
        await self.go.wait()
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


async def _start(*calls: asyncio.Task[int]) -> None:
    for _ in range(4):
        await asyncio.sleep(0)
    assert not any(call.done() for call in calls)


async def test_what_is_asked_during_a_trip_goes_with_the_next() -> None:
    """One trip for the first, one for all that came meanwhile; answers in order."""
    trips = Trips()
    ask: Gather[int, int] = Gather(trips.double, "test")
    first = asyncio.create_task(ask(1))
    await _start(first)
    rest = [asyncio.create_task(ask(number)) for number in (2, 3, 4)]
    await _start(*rest)
    trips.go.set()
    assert await asyncio.gather(first, *rest) == [2, 4, 6, 8]
    assert trips.made == [[1], [2, 3, 4]]


async def test_an_error_concerns_its_own_trip_only() -> None:
    """Every asker of a failed trip hears of it; the next trip goes out."""
    trips = Trips()
    ask: Gather[int, int] = Gather(trips.double, "test")
    failing = asyncio.create_task(ask(13))
    await _start(failing)
    next_one = asyncio.create_task(ask(5))
    trips.go.set()
    with pytest.raises(ValueError, match="13"):
        await failing
    assert await next_one == 10


async def test_who_left_does_not_disturb_the_others() -> None:
    """A cancelled asker needs no answer."""
    trips = Trips()
    ask: Gather[int, int] = Gather(trips.double, "test")
    leaving, staying = asyncio.create_task(ask(1)), asyncio.create_task(ask(2))
    await _start(leaving, staying)
    leaving.cancel()
    trips.go.set()
    assert await staying == 4
    assert leaving.cancelled() or leaving.cancelling()


async def test_a_pause_gathers_more() -> None:
    """With a wait, askings of a moment share one trip though none was under way."""
    trips = Trips()
    trips.go.set()
    ask: Gather[int, int] = Gather(trips.double, "test", within_s=0.01)
    assert await asyncio.gather(ask(1), ask(2)) == [2, 4]
    assert trips.made == [[1, 2]]
