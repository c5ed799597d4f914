"""Each working morning: proposes a duty for every home that was not assessed again in time, the longest late first.

The profiles are followed while it does so, so that a home assessed this minute is proposed no more. The log decides:
once for each clock of a home, never beside an open case of the same risk. The next assessment closes it (want.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from aiokafka.errors import KafkaError

from sanse.escalation.v1 import cases_pb2 as pb
from services.common import log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.topics import Topic
from services.escalation.adapters.overdue_homes import Late, OverdueHomes, opening_to
from services.escalation.domain.mornings import Mornings
from services.escalation.domain.worktime import IsWorkday
from services.escalation.service.mornings import MINUTE_S, MORNING_LANE

POLL_S = 5.0

_log = log.get("reassessments")


class ReassessmentTimer:
    """Proposes at the pace the operators allow; what was proposed this morning is not proposed again."""

    def __init__(
        self,
        mornings: Mornings,
        is_workday: IsWorkday,
        *,
        homes: OverdueHomes,
        producer: LaneProducer,
        clock: Clock,
    ) -> None:
        self._mornings = mornings
        self._is_workday = is_workday
        self._homes = homes
        self._producer = producer
        self._clock = clock
        self._day = ""
        self._proposed: set[Late] = set()
        self._began_s = 0.0

    async def run(self, owned: Callable[[], Sequence[int]]) -> None:
        """Poll for ever; a Kafka that is away for a while is tried again."""
        loop = asyncio.get_running_loop()
        while self._mornings.reassessments_per_minute:
            try:
                if MORNING_LANE in owned():
                    await self.poll(self._clock.now_ms(), loop.time())
                else:
                    await self.rest()
            except (TimeoutError, KafkaError, OSError) as error:
                _log.warning("reassessments.poll_failed", error=type(error).__name__)
            await asyncio.sleep(POLL_S)

    async def poll(self, now_ms: int, now_s: float) -> int:
        """Propose what may go now; gives back how many duties were proposed."""
        day = self._mornings.day_at(now_ms, self._is_workday)
        if not day:
            await self.rest()
            return 0
        await self._homes.follow(now_ms)
        if day != self._day:
            self._day, self._began_s, self._proposed = day, now_s, set()
            _log.info("reassessments.counted", day=day, homes=len(self._homes))
        elapsed = (now_s - self._began_s) * self._mornings.reassessments_per_minute
        allowed = 1 + int(elapsed / MINUTE_S) - len(self._proposed)
        fresh = self._homes.longest(allowed, self._proposed) if allowed > 0 else []
        await self._propose(fresh, now_ms)
        self._proposed.update(fresh)
        return len(fresh)

    async def rest(self) -> None:
        """Until the next morning nothing is followed."""
        self._day = ""
        await self._homes.close()

    async def _propose(self, homes: Sequence[Late], now_ms: int) -> None:
        by_lane: dict[int, list[pb.Command]] = {}
        for one in homes:
            lane, command = opening_to(one, now_ms)
            by_lane.setdefault(lane, []).append(command)
        await self._producer.send(
            (lane, Outgoing(Topic.COMMANDS, _batch(lane, commands)))
            for lane, commands in by_lane.items()
        )


def _batch(lane: int, commands: Sequence[pb.Command]) -> bytes:
    return pb.CommandBatch(lane=lane, commands=commands).SerializeToString()
