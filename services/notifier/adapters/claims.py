"""Which attempt is on its way: written before the message leaves, so that a successor knows what may have been sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from redis.asyncio import Redis
from redis.exceptions import RedisError

# Longer than any record of a result can be late; then Redis forgets by itself.
_KEPT_S = 86_400


class Claim(Enum):
    """What is known of an attempt before it is made."""

    FRESH = "fresh"
    # A predecessor died in flight: the message may have arrived.
    RETAKEN = "retaken"
    # Sent, and its result is on the log; the lane will read it.
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class _Asked:
    key: str
    answer: asyncio.Future[bytes | None]


class Claims:
    """Keys prefix:notify:{lane}:send:<notice>:<attempt>. Claims asked for while a call is out go with the next."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._stem = f"{prefix}:notify"
        self._asked: list[_Asked] = []
        self._asking: asyncio.Task[None] | None = None

    async def take(self, lane: int, notice_id: str, attempt: int) -> Claim:
        """Mark an attempt as being made; says what was known of it."""
        answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(self._key(lane, notice_id, attempt), answer))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="claims")
        known = await answer
        if known is None:
            return Claim.FRESH
        return Claim.RECORDED if known == b"recorded" else Claim.RETAKEN

    async def _ask(self) -> None:
        while self._asked:
            batch, self._asked = self._asked, []
            try:
                answers = await self._take_all(batch)
            except (RedisError, OSError) as error:
                _give(batch, [error] * len(batch))
            else:
                _give(batch, answers)

    async def _take_all(self, batch: Sequence[_Asked]) -> list[bytes | None]:
        pipe = self._redis.pipeline(transaction=False)
        for asked in batch:
            pipe.set(asked.key, b"attempting", nx=True, get=True, ex=_KEPT_S)
        answers: list[bytes | None] = await pipe.execute()
        return answers

    async def settle(self, attempts: Iterable[tuple[int, str, int]]) -> None:
        """The results of these attempts (lane, notice, attempt) are on the log."""
        pipe = self._redis.pipeline(transaction=False)
        for lane, notice_id, attempt in attempts:
            pipe.set(self._key(lane, notice_id, attempt), b"recorded", ex=_KEPT_S)
        await pipe.execute()

    def _key(self, lane: int, notice_id: str, attempt: int) -> str:
        return f"{self._stem}:{{{lane:03d}}}:send:{notice_id}:{attempt}"


def _give(batch: Sequence[_Asked], answers: Sequence[bytes | Exception | None]) -> None:
    """Hand each asker its answer; one that was cancelled meanwhile needs none."""
    for asked, answer in zip(batch, answers, strict=True):
        if asked.answer.done():
            continue
        if isinstance(answer, Exception):
            asked.answer.set_exception(answer)
        else:
            asked.answer.set_result(answer)
