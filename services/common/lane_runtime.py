"""Runs a handler over the records of the lanes this worker owns: effects first, then state, one atomic write per lane.

A step takes all waiting records, reads their state in one pipeline, decides, writes the outputs to Kafka,
waits for all replicas, and only then commits state and offsets. A crash in between repeats the same ids;
a lost lane is noticed by the version and read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from sanse.notify.v1 import notify_pb2
from services.common import log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_queue import Ack, LaneQueue, Pending, StepPlan
from services.common.lane_rebuild import LaneRebuilder
from services.common.lane_store import LaneCommit, LaneMeta, LaneStore
from services.common.lane_types import (
    Decoded,
    LaneHandler,
    LaneOutcome,
    LaneRecord,
    Outgoing,
    PoisonRecord,
)
from services.common.lanes import lane_from_key
from services.common.metrics import LANE_EVENTS, LANE_STEPS
from services.common.topics import Topic

RETRY_AFTER_S = 0.5

_log = log.get("lanes")


@dataclass(slots=True)
class _LaneWork:
    """A lane during one step: what it knew, and what the records so far have changed."""

    meta: LaneMeta
    state: dict[str, bytes] = field(default_factory=dict)
    outputs: list[Outgoing] = field(default_factory=list)
    puts: dict[str, bytes | None] = field(default_factory=dict)
    deadlines: dict[str, int | None] = field(default_factory=dict)
    members: dict[tuple[str, str], bool] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)

    def absorb(self, record: LaneRecord, outcome: LaneOutcome) -> None:
        """Later records of the same lane see this outcome."""
        self.outputs.extend(outcome.outputs)
        self.puts.update(outcome.puts)
        self.deadlines.update(outcome.deadlines)
        self.members.update(outcome.members)
        self.positions[record.topic] = record.offset
        for key, value in outcome.puts.items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value

    def commit(self, lane: int) -> LaneCommit:
        """The atomic write that ends the step for this lane."""
        change = LaneOutcome((), self.puts, self.deadlines, self.members)
        return LaneCommit(lane, self.meta.version, self.positions, change)


class LaneRuntime(Generic[Decoded]):
    """The shell around one handler: one step after the other, each with all that came meanwhile."""

    def __init__(
        self,
        *,
        service: str,
        handler: LaneHandler[Decoded],
        store: LaneStore,
        producer: LaneProducer,
        rebuilder: LaneRebuilder[Decoded],
        clock: Clock,
        plan: StepPlan | None = None,
        on_committed: Callable[[int, LaneOutcome], None] | None = None,
    ) -> None:
        self._service = service
        self._handler = handler
        self._store = store
        self._producer = producer
        self._rebuilder = rebuilder
        self._clock = clock
        self._on_committed = on_committed
        self._metas: dict[int, LaneMeta] = {}
        self._queue = LaneQueue(plan or StepPlan())
        self._task: asyncio.Task[None] | None = None
        self._redis_run = ""

    async def start(self) -> None:
        """Begin working the queue."""
        self._redis_run = await self._store.redis_run()
        self._task = asyncio.create_task(self._work(), name="lanes")

    async def stop(self) -> None:
        """Stop after the current awaits; unfinished records are read again by the next owner."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def submit(self, record: LaneRecord, ack: Ack) -> None:
        """Queue a record; waits when the queue is full. `ack` is called once its effects are stored."""
        await self._queue.put(Pending(record, ack))

    def forget(self) -> None:
        """Drop what is remembered of lanes: called when partitions move."""
        self._metas.clear()

    async def ensure(self, lanes: Sequence[int]) -> None:
        """Check that Redis still has what was last written for these lanes; rebuild what is lost."""
        metas = await self._store.metas(lanes)
        changed = [
            lane for lane, meta in zip(lanes, metas, strict=True) if self._differs(lane, meta)
        ]
        if changed:
            await self._learn(changed)

    def _differs(self, lane: int, meta: LaneMeta) -> bool:
        known = self._metas.get(lane)
        return known is None or known.version != meta.version or meta.redis_run != known.redis_run

    async def _work(self) -> None:
        while True:
            items = await self._queue.take()
            await self._step_until_stored(items)
            for item in items:
                item.ack()

    async def _step_until_stored(self, items: Sequence[Pending]) -> None:
        """Repeat a step until every lane is stored; infrastructure may be away for a while."""
        records = [item.record for item in items]
        while records:
            try:
                records = await self._step(records)
            except (TimeoutError, RedisError, KafkaError, OSError) as error:
                _log.warning("lanes.step_failed", error=type(error).__name__, records=len(records))
                self.forget()
                await asyncio.sleep(RETRY_AFTER_S)

    async def _step(self, records: Sequence[LaneRecord]) -> list[LaneRecord]:
        """One step; gives back the records of lanes that must be read again."""
        works = await self._open_lanes(records)
        decoded = self._decode_fresh(records, works)
        stale = await self._load(works, decoded)
        for record, facts in decoded:
            if facts is not None and record.lane not in stale:
                works[record.lane].absorb(record, self._decide(record, facts, works[record.lane]))
        lost = stale | await self._finish({n: w for n, w in works.items() if n not in stale})
        return [record for record in records if record.lane in lost]

    async def _open_lanes(self, records: Sequence[LaneRecord]) -> dict[int, _LaneWork]:
        lanes = sorted({record.lane for record in records})
        metas = {lane: self._metas[lane] for lane in lanes if lane in self._metas}
        unknown = [lane for lane in lanes if lane not in metas]
        if unknown:
            metas |= await self._learn(unknown)
        return {lane: _LaneWork(metas[lane]) for lane in lanes}

    async def _load(
        self,
        works: Mapping[int, _LaneWork],
        decoded: Sequence[tuple[LaneRecord, Decoded | None]],
    ) -> set[int]:
        """Read the state wanted; gives the lanes whose version is not the one remembered.

        Their state is another owner's, or Redis lost it: deciding on it would send wrong outputs
        before the commit is refused.
        """
        wanted: dict[int, list[str]] = {lane: [] for lane in works}
        for record, facts in decoded:
            if facts is not None:
                wanted[record.lane].extend(self._handler.wanted(facts))
        stale = set()
        for lane, loaded in (await self._store.load(wanted)).items():
            works[lane].state = loaded.state
            if loaded.version != works[lane].meta.version:
                self._metas.pop(lane, None)
                stale.add(lane)
        return stale

    async def _learn(self, lanes: Sequence[int]) -> dict[int, LaneMeta]:
        """Read where lanes stand; rebuild from Kafka those that Redis lost or may have rolled back."""
        self._redis_run = await self._store.redis_run()
        lanes = sorted({*lanes, *self._unknown_beside(lanes)})
        metas = dict(zip(lanes, await self._store.metas(lanes), strict=True))
        doubtful = [lane for lane in lanes if metas[lane].redis_run != self._redis_run]
        if doubtful:
            await self._rebuilder.rebuild(doubtful, metas)
            metas.update(zip(doubtful, await self._store.metas(doubtful), strict=True))
        self._metas.update(metas)
        return metas

    def _unknown_beside(self, lanes: Sequence[int]) -> list[int]:
        """Lanes not yet known in the same partitions: a rebuild reads the whole partition anyway."""
        beside = self._rebuilder.lanes_beside(lanes)
        return [lane for lane in beside if lane not in self._metas]

    def _decode_fresh(
        self, records: Sequence[LaneRecord], works: Mapping[int, _LaneWork]
    ) -> list[tuple[LaneRecord, Decoded | None]]:
        """Decode records not yet applied; poison goes to the dead topic and its lane moves on."""
        fresh: list[tuple[LaneRecord, Decoded | None]] = []
        for record in records:
            work = works[record.lane]
            if record.offset <= work.meta.positions.get(record.topic, -1):
                continue
            try:
                fresh.append((record, self._handler.decode(record)))
            except PoisonRecord as poison:
                work.absorb(record, self._dead(record, poison))
        return fresh

    def _decide(self, record: LaneRecord, facts: Decoded, work: _LaneWork) -> LaneOutcome:
        try:
            outcome = self._handler.decide(record, facts, work.state, self._clock.now_ms())
        except Exception as error:  # noqa: BLE001 — the border: one bad record must not stop a lane
            return self._dead(record, error)
        LANE_EVENTS.labels(self._service, "processed").inc()
        return outcome

    async def bury(self, message: Any, error: Exception) -> None:
        """Send a record that names no lane to the dead topic, in lane 0."""
        record = LaneRecord(message.topic, message.partition, message.offset, 0, message.value)
        await self._producer.send((0, output) for output in self._dead(record, error).outputs)

    def _dead(self, record: LaneRecord, error: Exception) -> LaneOutcome:
        _log.error("record.dead", topic=record.topic, offset=record.offset, error=repr(error))
        LANE_EVENTS.labels(self._service, "dead").inc()
        dead = notify_pb2.DeadRecord(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            value=record.value,
            error=log.masked(repr(error)),
            service=self._service,
            at_ms=self._clock.now_ms(),
        )
        return LaneOutcome([Outgoing(Topic.DEAD, dead.SerializeToString())])

    async def _finish(self, works: Mapping[int, _LaneWork]) -> set[int]:
        """Send the outputs, then commit; gives the lanes whose commit was refused."""
        changed = {lane: work for lane, work in works.items() if work.positions}
        await self._producer.send(
            (lane if output.lane is None else output.lane, output)
            for lane, work in changed.items()
            for output in work.outputs
        )
        commits = [work.commit(lane) for lane, work in changed.items()]
        answers = await self._store.commit(commits) if commits else []
        lost = {c.lane for c, stored in zip(commits, answers, strict=True) if not stored}
        self._remember(commits, lost)
        LANE_STEPS.labels(self._service).inc()
        return lost

    def _remember(self, commits: Iterable[LaneCommit], lost: set[int]) -> None:
        for commit in commits:
            meta = self._metas.pop(commit.lane, None)
            if commit.lane in lost or meta is None:
                _log.warning("lane.lost", lane=commit.lane, version=commit.expected_version)
                continue
            positions = {**meta.positions, **commit.positions}
            self._metas[commit.lane] = LaneMeta(meta.version + 1, positions, self._redis_run)
            if self._on_committed:
                self._on_committed(commit.lane, commit.change)


def as_record(message: Any) -> LaneRecord:
    """A Faust or aiokafka message as a lane record; PoisonRecord when its key names no lane."""
    try:
        lane = lane_from_key(message.key)
    except (TypeError, ValueError) as wrong:
        raise PoisonRecord(f"record key {message.key!r} names no lane") from wrong
    return LaneRecord(message.topic, message.partition, message.offset, lane, message.value)
