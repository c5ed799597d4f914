"""Which homes were not assessed again in time, followed on the topic of profiles: only the late ones are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import nsmallest
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.risk.v1 import risk_pb2
from services.common.ids import derived_id
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic
from services.escalation.adapters.numbers import LEVELS
from services.escalation.domain.messages import CLOCK, Origin, Owed

# So many records are taken at a time: everything else of the worker goes on between.
_RECORDS = 500


class Late(NamedTuple):
    """A home that should have been assessed again by a pack, by when, and the level it holds."""

    subject_id: str
    jurisdiction_code: str
    pack_id: str
    level: int
    due_ms: int

    @property
    def cause_id(self) -> str:
        """The same for the same clock of the same home, whoever sees it and how often."""
        return derived_id("reassessment", self.subject_id, self.pack_id, self.due_ms)


class OverdueHomes:
    """Reads all profiles once, then what changes. `close` when it is not needed for a while."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._dues: dict[bytes, tuple[Late, ...]] = {}

    def __len__(self) -> int:
        """How many homes are late, as last read."""
        return len(self._dues)

    async def follow(self, now_ms: int) -> None:
        """Read what is on the topic at this moment."""
        consumer = self._consumer or await self._open()
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(part) < end for part, end in ends.items()]):
            found = await consumer.getmany(timeout_ms=100, max_records=_RECORDS)
            for records in found.values():
                for record in records:
                    self._take(record.key, record.value, now_ms)

    def longest(self, count: int, without: Collection[Late]) -> list[Late]:
        """So many of the late homes as last read, the longest late first; of hundred thousands few are wanted."""
        late = (one for dues in self._dues.values() for one in dues if one not in without)
        return nsmallest(count, late, key=lambda one: (one.due_ms, one.subject_id))

    async def close(self) -> None:
        """Forget everything; `follow` reads anew."""
        consumer, self._consumer, self._dues = self._consumer, None, {}
        if consumer is not None:
            await consumer.stop()

    async def _open(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
        )
        await consumer.start()
        topic = self._settings.topics(Topic.PROFILES)
        parts = [TopicPartition(topic, number) for number in range(self._settings.partitions)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        self._consumer = consumer
        return consumer

    def _take(self, key: bytes, value: bytes | None, now_ms: int) -> None:
        """The newest profile counts; of an erased home, of one that moved and of one not late nothing is kept."""
        late = tuple(_late_by(value, now_ms)) if value else ()
        if late:
            self._dues[key] = late
        else:
            self._dues.pop(key, None)


def _late_by(value: bytes, now_ms: int) -> Iterator[Late]:
    profile = risk_pb2.HouseholdProfile.FromString(value)
    if profile.moved_to:
        return
    for state in profile.packs:
        # What falls due during this morning waits for the next one.
        if 0 < state.reassess_due_ms < now_ms:
            yield Late(
                profile.subject_id,
                profile.jurisdiction_code,
                state.pack_id,
                state.level,
                state.reassess_due_ms,
            )


def opening_to(late: Late, now_ms: int) -> tuple[int, pb.Command]:
    """What the clock writes into the home's lane."""
    return lane_of(late.subject_id), pb.Command(
        command_id=late.cause_id,
        subject_id=late.subject_id,
        actor_id=CLOCK,
        at_ms=now_ms,
        via=CLOCK,
        open_reassessment=pb.OpenReassessment(
            pack_id=late.pack_id,
            level=late.level,  # type: ignore[arg-type]
            due_ms=late.due_ms,
            jurisdiction_code=late.jurisdiction_code,
        ),
    )


def owed_by_clock(command: pb.Command) -> Owed:
    """What is owed by such a command."""
    wanted = command.open_reassessment
    return Owed(
        cause_id=command.command_id,
        origin=Origin.REASSESSMENT,
        detail=LEVELS[wanted.level].name.lower(),
        subject_id=command.subject_id,
        jurisdiction_code=wanted.jurisdiction_code,
        at_ms=command.at_ms,
        occurred_at_ms=wanted.due_ms,
        pack_id=wanted.pack_id,
    )
