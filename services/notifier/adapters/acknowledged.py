"""Remembers up to which notice an official has acknowledged a case: what the page shows, what a reply means."""

from __future__ import annotations

from collections.abc import Sequence

from redis.asyncio import Redis

from services.common.gather import Gather

_KEPT_S = 90 * 86_400


class Acknowledged:
    """Keys prefix:notify:acked:<case>:<official>. A view: lost with Redis, an act is asked for once more.

    What is asked while a call is out goes with the next: a reply asks for every case of its official.
    """

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._stem = f"{prefix}:notify:acked"
        self._get: Gather[str, bytes | None] = Gather(self._get_all, "acknowledged")

    async def note(self, case_id: str, official_id: str, notice_ms: int) -> None:
        """The official acknowledged the case as of this notice."""
        if notice_ms > await self.until(case_id, official_id):
            await self._redis.set(self._key(case_id, official_id), notice_ms, ex=_KEPT_S)

    async def until(self, case_id: str, official_id: str) -> int:
        """Creation time of the newest acknowledged notice; -1 when there is none."""
        known = await self._get(self._key(case_id, official_id))
        return -1 if known is None else int(known)

    async def _get_all(self, keys: Sequence[str]) -> list[bytes | None]:
        pipe = self._redis.pipeline(transaction=False)
        for key in keys:
            pipe.get(key)
        answers: list[bytes | None] = await pipe.execute()
        return answers

    def _key(self, case_id: str, official_id: str) -> str:
        return f"{self._stem}:{case_id}:{official_id}"
