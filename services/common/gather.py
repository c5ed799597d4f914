"""Joins calls that come together: what is asked while one trip is under way goes with the next, as one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Gather(Generic[Asked, Answer]):
    """`work` takes many askings and gives as many answers in the same order.

    A trip costs much, one more asking in it little. `within_s` lets a first asking wait for others:
    for what nobody waits for. An error of `work` is the error of every asking of that trip.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]],
        name: str,
        within_s: float = 0.0,
    ) -> None:
        self._work = work
        self._name = name
        self._within_s = within_s
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._trips: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Answer:
        """The answer to one asking."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._trips is None or self._trips.done():
            self._trips = asyncio.create_task(self._run(), name=self._name)
        return await answer

    async def _run(self) -> None:
        if self._within_s:
            await asyncio.sleep(self._within_s)
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                answers = await self._work([asked for asked, _ in batch])
                answered = list(zip(batch, answers, strict=True))
            except Exception as error:  # noqa: BLE001 — handed to every asker, who knows what it means
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (_, future), answer in answered:
                    # One who was cancelled meanwhile needs no answer.
                    if not future.done():
                        future.set_result(answer)
