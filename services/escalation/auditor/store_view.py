"""What Redis holds of cases, read lane by lane and never written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from google.protobuf.message import DecodeError
from redis.asyncio import Redis

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lane_store import LaneStore
from services.common.notice_progress import STORE, state_key
from services.escalation.adapters.lane_view import CLOSED, OPEN, case_of_member, subject_key
from services.escalation.domain.audit import Stored

_LANES_AT_ONCE = 32


class StoreView:
    """The engine's keys and the notifier's, as whoever does not trust them reads them."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._engine = LaneStore(redis, prefix, "escalation")
        self._notifier = LaneStore(redis, prefix, STORE)

    async def stored(self, lane: int, cases: Sequence[pb.Case]) -> dict[str, Stored]:
        """What is held of a lane's cases, by case id."""
        rows: Any = await self._redis.zrange(self._engine.key(lane, "due"), 0, -1, withscores=True)
        due: dict[str, dict[str, int]] = {}
        for member, score in rows:
            name = member.decode()
            due.setdefault(case_of_member(name), {})[name] = int(score)
        subjects = list({subject_key(case.subject_id): None for case in cases})
        answer: Any = await self._redis.hmget(self._engine.key(lane, "state"), subjects)
        held = _states(answer)
        return {
            case.case_id: Stored(
                due.get(case.case_id, {}), held.get(case.case_id) == _bytes_of(case)
            )
            for case in cases
        }

    async def known(self, lanes: Iterable[int]) -> AsyncIterator[str]:
        """The ids of all cases the engine holds in these lanes, open and resolved."""
        wanted = sorted(lanes)
        for start in range(0, len(wanted), _LANES_AT_ONCE):
            for name in (OPEN, CLOSED):
                members = await self._engine.members(wanted[start : start + _LANES_AT_ONCE], name)
                for _, case_id in members:
                    yield case_id

    async def taken_up(self, notices: Mapping[str, int]) -> set[str]:
        """Which of the notices, each with its lane, the notifier holds: pending, or told already."""
        pipe = self._redis.pipeline(transaction=False)
        for notice_id, lane in notices.items():
            pipe.hexists(self._notifier.key(lane, "state"), state_key(notice_id))
        answers = await pipe.execute()
        return {notice_id for notice_id, held in zip(notices, answers, strict=True) if held}


def _states(answers: Iterable[bytes | None]) -> dict[str, bytes]:
    return {
        case.case_id: _bytes_of(case)
        for value in answers
        if value is not None
        for case in _cases(value)
    }


def _cases(value: bytes) -> Iterable[pb.Case]:
    """The cases of a subject; none in bytes that are no message, whose cases then differ from the ledger's."""
    try:
        return pb.SubjectCases.FromString(value).cases
    except DecodeError:
        return ()


def _bytes_of(case: pb.Case) -> bytes:
    return case.SerializeToString(deterministic=True)
