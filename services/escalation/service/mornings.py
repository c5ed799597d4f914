"""Each working morning: counts every official's open duties and the roster's gaps, and proposes to tell them.

One worker does it, the owner of one lane. What it proposes has ids derived from person and day, so that whoever
takes the lane over may propose all of it again; the log tells each thing once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from sanse.escalation.v1 import cases_pb2 as pb
from services.common import log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_store import LaneStore
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.spans import DAY_MS
from services.common.topics import Topic
from services.escalation.adapters.bulletin_codec import (
    bulletin_id,
    bulletin_to,
    told_from,
    told_key,
)
from services.escalation.adapters.case_reader import CaseReader
from services.escalation.adapters.lane_view import OPEN
from services.escalation.adapters.loads import Load, LoadFold, with_stand_ins
from services.escalation.domain.bulletins import (
    CASES_NAMED,
    Bulletin,
    BulletinKind,
    DutyCounts,
    GapAhead,
    tell,
)
from services.escalation.domain.draft import Rules
from services.escalation.domain.mornings import Digests, Mornings
from services.escalation.domain.posts import Posts

MORNING_LANE = 0
POLL_S = 0.5
MINUTE_S = 60.0

_log = log.get("mornings")


class MorningTimer:
    """Proposes what this morning has to tell, at the pace the operators allow."""

    def __init__(
        self,
        mornings: Mornings,
        rules: Rules,
        *,
        store: LaneStore,
        cases: CaseReader,
        producer: LaneProducer,
        clock: Clock,
    ) -> None:
        self._mornings = mornings
        self._rules = rules
        self._store = store
        self._cases = cases
        self._producer = producer
        self._clock = clock
        self._day = ""
        self._waiting: deque[Bulletin] = deque()
        self._began_s = 0.0
        self._sent = 0

    async def run(self, owned: Callable[[], Sequence[int]]) -> None:
        """Poll for ever; what is away for a while (Redis, Kafka) is tried again."""
        loop = asyncio.get_running_loop()
        while not self._mornings.silent:
            try:
                if MORNING_LANE in owned():
                    await self.poll(self._clock.now_ms(), loop.time())
                else:
                    self._day = ""
            except (TimeoutError, RedisError, KafkaError, OSError) as error:
                _log.warning("mornings.poll_failed", error=type(error).__name__)
            await asyncio.sleep(POLL_S)

    async def poll(self, now_ms: int, now_s: float) -> int:
        """Propose what may go now; gives back how many messages were proposed."""
        day = self._mornings.day_at(now_ms, self._rules.is_workday)
        if not day:
            return 0
        if day != self._day:
            self._waiting = deque(await self._untold(day, now_ms))
            self._day, self._began_s, self._sent = day, now_s, 0
            _log.info("mornings.counted", day=day, messages=len(self._waiting))
        allowed = 1 + int((now_s - self._began_s) * self._mornings.per_minute / MINUTE_S)
        count = min(len(self._waiting), allowed - self._sent)
        await self._propose([self._waiting[at] for at in range(count)], now_ms)
        # Forgotten only once Kafka has them: a failed send is made again.
        for _ in range(count):
            self._waiting.popleft()
        self._sent += count
        return count

    async def _propose(self, bulletins: Sequence[Bulletin], now_ms: int) -> None:
        by_lane: dict[int, list[pb.Command]] = {}
        for one in bulletins:
            command = bulletin_to(replace(one, at_ms=now_ms))
            by_lane.setdefault(lane_of(one.recipient_id), []).append(command)
        await self._producer.send(
            (
                lane,
                Outgoing(
                    Topic.COMMANDS,
                    pb.CommandBatch(lane=lane, commands=commands).SerializeToString(),
                ),
            )
            for lane, commands in by_lane.items()
        )

    async def _untold(self, day: str, now_ms: int) -> list[Bulletin]:
        """All that this morning has to tell, without what was told before a restart."""
        posts = self._rules.posts.as_of(now_ms)
        found = [*self._outlooks(posts, day, now_ms), *await self._digests(posts, day, now_ms)]
        wanted: dict[int, list[str]] = {}
        for one in found:
            wanted.setdefault(lane_of(one.recipient_id), []).append(told_key(one.recipient_id))
        loaded = await self._store.load(wanted) if wanted else {}
        state = {key: value for lane in loaded.values() for key, value in lane.state.items()}
        return [
            one
            for one in found
            if tell(told_from(one.recipient_id, state.get(told_key(one.recipient_id))), one)[1]
        ]

    async def _digests(self, posts: Posts, day: str, now_ms: int) -> list[Bulletin]:
        if self._mornings.digests is Digests.NONE:
            return []
        fold = LoadFold(now_ms)
        async for page in self._cases.pages([OPEN], ""):
            for case in page:
                fold.take(case)
        carried = with_stand_ins(fold.found, posts.stand_in)
        made = (_digest(load, posts, day, now_ms) for load in carried.values())
        everybody = self._mornings.digests is Digests.ALL
        return [one for one in made if one and (everybody or one.counts.presses)]

    def _outlooks(self, posts: Posts, day: str, now_ms: int) -> Iterator[Bulletin]:
        days = self._mornings.gap_days
        by_keeper: dict[str, list[GapAhead]] = {}
        for gap, keeper_id in posts.gaps_ahead(now_ms + days * DAY_MS) if days else ():
            by_keeper.setdefault(keeper_id, []).append(gap)
        for gap in by_keeper.pop("", ()):
            _log.warning("roster.gap_told_to_nobody", post=gap.post)
        for keeper_id, gaps in by_keeper.items():
            yield Bulletin(
                bulletin_id(BulletinKind.ROSTER_OUTLOOK, keeper_id, day),
                BulletinKind.ROSTER_OUTLOOK,
                keeper_id,
                day,
                now_ms,
                gaps[0].jurisdiction_code,
                gaps=tuple(gaps),
            )


def _digest(load: Load, posts: Posts, day: str, now_ms: int) -> Bulletin | None:
    """None for whoever is not on the roster: nobody could be reached."""
    post = posts.get(load.official_id)
    if post is None:
        return None
    case_nos = (case_no for _, case_no in sorted(load.pressing)[:CASES_NAMED])
    return Bulletin(
        bulletin_id(BulletinKind.DIGEST, load.official_id, day),
        BulletinKind.DIGEST,
        load.official_id,
        day,
        now_ms,
        post.jurisdiction_code,
        DutyCounts(load.cases, load.red, load.overdue, load.due_within_a_day, load.unanswered),
        tuple(case_nos),
    )
