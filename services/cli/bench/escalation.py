"""Escalation with a hundred thousand and a million open cases: opening, memory, restarts, and a burst of deadlines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from sanse.risk.v1 import risk_pb2
from services.cli.bench.assessments import in_lanes
from services.cli.bench.results import Figure
from services.cli.demo.prefecture import write_world_files
from services.cli.simulate.world import build_world
from services.cli.stack import Parts, Stack
from services.cli.topic_reader import read_topic
from services.common.clock import SharedClock, SystemClock
from services.common.ids import derived_id
from services.common.lane_store import LaneStore
from services.common.lanes import LANES, lane_key, partition_of
from services.common.redis_client import connect
from services.common.settings import CommonSettings
from services.common.spans import HOUR_MS, MINUTE_MS
from services.common.topics import MAX_RECORD_BYTES, Topic

# Open cases, by the end of the figures' names.
SIZES = {"100k": 100_000, "1m": 1_000_000}
BURST = 50_000
SEED, WORLD_FACTOR = 2026, 0.1
# The simulated day on which all is opened: an ordinary Wednesday, 09:00 in Shanghai.
OPENED_MS = 1_780_448_400_000
# Cases beside the burst fall due this much later, so that none of them does while it is measured.
LATER_MS = 6 * HOUR_MS
_PER_RECORD = 100
_GIVE_UP_S = 1_800.0
_LOOK_AGAIN_S = 0.2
_SERVICE = "escalation"


@dataclass(frozen=True, slots=True)
class _Trial:
    """One size: its services, its clock and its store."""

    stack: Stack
    clock: SharedClock
    redis: Redis
    store: LaneStore
    cases: int

    @property
    def settings(self) -> CommonSettings:
        return self.stack.settings()

    async def due(self, until_ms: float = float("inf")) -> int:
        """How many deadlines stand in Redis until a time."""
        pipe = self.redis.pipeline(transaction=False)
        for lane in range(LANES):
            pipe.zcount(self.store.key(lane, "due"), "-inf", until_ms)
        return sum(await pipe.execute())

    async def until_due(self, count: int) -> None:
        """Wait until as many deadlines stand in Redis; TimeoutError says how many do."""
        give_up = time.monotonic() + _GIVE_UP_S
        while (found := await self.due()) != count:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{found} of {count} deadlines")
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def memory(self) -> int:
        """Bytes that Redis uses."""
        return int((await self.redis.info("memory"))["used_memory"])


def measure(parts: Parts, folder: Path) -> Iterator[Figure]:
    """Yield escalation.scale.*.100k."""
    yield from asyncio.run(_at_size(parts, folder / "escalation-100k", "100k", SIZES["100k"]))


def measure_million(parts: Parts, folder: Path) -> Iterator[Figure]:
    """Yield escalation.scale.*.1m; opening a million cases alone takes many minutes."""
    yield from asyncio.run(_at_size(parts, folder / "escalation-1m", "1m", SIZES["1m"]))


async def _at_size(parts: Parts, folder: Path, name: str, cases: int) -> list[Figure]:
    clock_file = folder / "clock.json"
    folder.mkdir(parents=True, exist_ok=True)
    clock = SharedClock(clock_file)
    clock.set(OPENED_MS, 1.0)
    world = build_world(SEED, WORLD_FACTOR)
    env = {
        "SANSE_MASTER_KEY": "00" * 32,
        "SANSE_CLOCK_FILE": str(clock_file),
        **write_world_files(folder / "world", world),
    }
    stack = Stack(parts, folder, env, f"scale{time.time_ns() // 1_000_000}")
    stack.prepare()
    redis = connect(parts.redis)
    store = LaneStore(redis, stack.prefix, _SERVICE)
    trial = _Trial(stack, clock, redis, store, cases)
    try:
        figures = await _figures(trial, [grid.code for grid in world.grids])
    finally:
        stack.stop()
        await _forget(trial)
        await redis.aclose()
    return [
        Figure(f"escalation.scale.{what}.{name}", unit, value, {"cases": cases, "what": told})
        for what, unit, value, told in figures
    ]


_Row = tuple[str, str, float, str]


async def _figures(trial: _Trial, grids: Sequence[str]) -> list[_Row]:
    before = await trial.memory()
    _start(trial)
    began = time.monotonic()
    await _publish(trial.settings, _decisions(trial.cases, grids))
    await trial.until_due(trial.cases)
    opened_s = time.monotonic() - began
    per_case = (await trial.memory() - before) / trial.cases
    process = _resident(trial.stack.processes["escalation-1"].pid)
    rows: list[_Row] = [
        ("opened", "1/s", trial.cases / opened_s, "from decisions on Kafka to deadlines in Redis"),
        ("redis", "B/case", per_case, "all keys of the engine"),
        ("process", "MiB", process / 2**20, "resident memory of the worker"),
    ]
    kept_s = await _restart(trial, grids, "kept")
    await _forget(trial)
    rebuilt_s = await _restart(trial, grids, "flushed")
    ready = "until a new case is opened, and every deadline is in Redis"
    rows += [("restart", "s", kept_s, ready), ("rebuild", "s", rebuilt_s, ready)]
    delays = await _burst(trial)
    for percentile, share in (("p50", 0.50), ("p99", 0.99), ("max", 1.0)):
        value = delays[min(len(delays) - 1, int(len(delays) * share))]
        told = f"{len(delays)} due in one minute; from due to the ledger entry on Kafka"
        rows.append((f"firing.{percentile}", "ms", value, told))
    return rows


def _start(trial: _Trial) -> None:
    trial.stack.start(_SERVICE)
    trial.stack.wait_ready(_SERVICE)


async def _restart(trial: _Trial, grids: Sequence[str], name: str) -> float:
    """Seconds from the start of the process until a case that is new then has its deadline, like all others."""
    trial.stack.processes["escalation-1"].stop()
    expected = await trial.due() if name == "kept" else trial.cases + 1
    (probe,) = _decisions(1, grids, name)
    began = time.monotonic()
    trial.stack.start(_SERVICE)
    await _publish(trial.settings, [probe])
    await trial.until_due(expected + 1)
    return time.monotonic() - began


async def _burst(trial: _Trial) -> list[int]:
    """Ascending, for each deadline of one minute: ms from when it was due to its entry's place on the log."""
    due = await _due_of_cases(trial)
    first = min(due.values())
    # The clock stands a little before that minute, then runs as clocks do.
    trial.clock.set(first - 3_000, 1.0)
    offset_ms = trial.clock.now_ms() - SystemClock().now_ms()
    await _until_fired(trial, first)
    return sorted(_delays(trial.settings, due, offset_ms))


async def _until_fired(trial: _Trial, first_ms: int) -> None:
    """Wait until no deadline of the burst's minute is left."""
    give_up = time.monotonic() + _GIVE_UP_S
    while await trial.due(first_ms + MINUTE_MS):
        if time.monotonic() > give_up:
            raise TimeoutError(f"{await trial.due(first_ms + MINUTE_MS)} deadlines did not fire")
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _due_of_cases(trial: _Trial) -> dict[str, int]:
    """Case id to its deadline, of the burst."""
    pipe = trial.redis.pipeline(transaction=False)
    for lane in range(LANES):
        pipe.zrangebyscore(
            trial.store.key(lane, "due"), "-inf", OPENED_MS + LATER_MS, withscores=True
        )
    rows = [row for lane in await pipe.execute() for row in lane]
    return {member.decode(): int(score) for member, score in rows}


def _delays(settings: CommonSettings, due: Mapping[str, int], offset_ms: int) -> Iterator[int]:
    """Each case of the burst must have fired once, and no other; ValueError otherwise."""
    fired: dict[str, int] = {}
    for record in read_topic(settings, Topic.CASES):
        for event in cases_pb2.CaseEventBatch.FromString(record.value).events:
            if event.type == cases_pb2.CASE_EVENT_TYPE_OVERDUE:
                if event.case_id in fired or event.case_id not in due:
                    raise ValueError(f"case {event.case_id} fired twice, or before its time")
                fired[event.case_id] = record.timestamp + offset_ms
    if fired.keys() != due.keys():
        raise ValueError(f"{len(fired)} of {len(due)} deadlines fired")
    return (at_ms - due[case_id] for case_id, at_ms in fired.items())


def _decisions(
    count: int, grids: Sequence[str], name: str = "scale"
) -> Iterator[risk_pb2.RiskDecision]:
    """Red decisions, one household each: the first 50,000 within a minute, the rest evenly over a day, later."""
    for number in range(count):
        subject = derived_id(name, str(number))
        at_ms = OPENED_MS + LATER_MS + number * 86_400_000 // max(count, 1)
        if name == "scale" and number < min(BURST, count // 2):
            at_ms = OPENED_MS + number * MINUTE_MS // BURST
        yield risk_pb2.RiskDecision(
            decision_id=derived_id(subject, "decision"),
            event_id=derived_id(subject, "event"),
            subject_id=subject,
            jurisdiction_code=grids[number % len(grids)],
            pack_id="household_dispute",
            pack_version="1.1.0",
            round_id="2026-1",
            level=common_pb2.LEVEL_RED,
            computed_level=common_pb2.LEVEL_RED,
            highest_possible=common_pb2.LEVEL_RED,
            lowest_possible=common_pb2.LEVEL_RED,
            reason=risk_pb2.DECISION_REASON_FIRST_RATING,
            contributions=[
                risk_pb2.Contribution(
                    indicator_id="threat_to_kill", answer=common_pb2.ANSWER_YES, points=5
                )
            ],
            triggers=["threat_to_kill"],
            decided_at_ms=at_ms,
            occurred_at_ms=at_ms,
            accepted_at_ms=at_ms,
            event_kind="assessment",
        )


async def _publish(settings: CommonSettings, decisions: Iterable[risk_pb2.RiskDecision]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, max_request_size=MAX_RECORD_BYTES, linger_ms=5
    )
    await producer.start()
    try:
        topic = settings.topics(Topic.RISK)
        for lane, some in in_lanes(decisions, _PER_RECORD):
            partition = partition_of(lane, settings.partitions)
            await producer.send(topic, _batch(lane, some), lane_key(lane), partition)
        await producer.flush()
    finally:
        await producer.stop()


def _batch(lane: int, decisions: Sequence[risk_pb2.RiskDecision]) -> bytes:
    return risk_pb2.RiskBatch(lane=lane, decisions=decisions).SerializeToString()


def _resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


async def _forget(trial: _Trial) -> None:
    """Lose what this trial has in Redis, and nothing else: the Redis given may be somebody's own."""
    keys = [key async for key in trial.redis.scan_iter(f"{trial.stack.prefix}:*", count=1000)]
    for at in range(0, len(keys), 1000):
        await trial.redis.unlink(*keys[at : at + 1000])
