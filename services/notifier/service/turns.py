"""Who goes first where messages wait for one another: for a connection, and for a place in a channel's minute."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.notifier.adapters.buckets import Buckets
from services.notifier.domain.order import Rank

# The longest that a worker goes without asking whether another has left a place.
_ASK_AGAIN_MS = 1000


class _Waiting:
    """The lower rank first, and of one rank who came first; who has gone is passed over."""

    def __init__(self) -> None:
        self._heap: list[tuple[Rank, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return sum(not future.done() for _, _, future in self._heap)

    def before(self, rank: Rank) -> int:
        """How many of those who wait go before a new one of this rank."""
        return sum(not future.done() and other <= rank for other, _, future in self._heap)

    def join(self, rank: Rank) -> asyncio.Future[None]:
        """A place at the end of one's rank; done when it is one's turn."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._heap, (rank, next(self._numbers), future))
        return future

    def serve(self, error: Exception | None = None) -> bool:
        """It is the first one's turn, or there is none for anybody; False when nobody waits."""
        while self._heap:
            _, _, future = heapq.heappop(self._heap)
            if not future.done():
                future.set_exception(error) if error else future.set_result(None)
                return True
        return False


class Turns:
    """So many at once."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting = _Waiting()

    @asynccontextmanager
    async def turn(self, rank: Rank) -> AsyncIterator[None]:
        """Inside, one of the places is taken."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(rank)
        try:
            yield
        finally:
            self._give_back()

    async def _wait(self, rank: Rank) -> None:
        future = self._waiting.join(rank)
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._give_back()
            raise

    def _give_back(self) -> None:
        if not self._waiting.serve():
            self._free += 1


class Minutes:
    """Places in each channel's minute, which all workers share: one line a channel here, served in order of rank."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._lines: dict[str, _Waiting] = {}
        self._serving: dict[str, asyncio.Task[None]] = {}

    async def place(self, channel: str, rank: Rank, patience_ms: int) -> int:
        """0 with a place taken; else about how long in ms it would have taken, without one."""
        interval_ms = self._buckets.interval_ms(channel)
        if not interval_ms:
            return 0
        line = self._lines.setdefault(channel, _Waiting())
        expected_ms = int(line.before(rank) * interval_ms)
        if expected_ms > patience_ms:
            return expected_ms
        future = line.join(rank)
        if channel not in self._serving:
            serving = self._serve(channel, line)
            self._serving[channel] = asyncio.create_task(serving, name=f"line-{channel}")
        try:
            await asyncio.wait_for(future, patience_ms / 1000)
        except TimeoutError:
            return patience_ms + int(interval_ms)
        return 0

    async def _serve(self, channel: str, line: _Waiting) -> None:
        """A place goes to whoever is first when it is there: red that comes late still goes first."""
        try:
            while wanted := len(line):
                places, wait_ms = await self._buckets.take(channel, wanted)
                for _ in range(places):
                    line.serve()
                if len(line):
                    await asyncio.sleep(min(wait_ms, _ASK_AGAIN_MS) / 1000)
        except Exception as error:  # noqa: BLE001 — handed to everybody who waits: each is looked at again
            while line.serve(error):
                pass
        finally:
            # Here, not in a callback: who joins from now on must find that nobody serves.
            del self._serving[channel]
