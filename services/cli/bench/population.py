"""A whole population's assessments on Kafka, and how long a backtest over it takes and what memory it needs."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from kafka import KafkaProducer

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from services.cli.bench.assessments import EVENTS_PER_BATCH
from services.cli.bench.candidate import stricter
from services.cli.bench.results import Figure
from services.cli.simulate.places import load_places
from services.cli.stack import Parts
from services.common.ids import derived_id
from services.common.kafka_admin import ensure_topics
from services.common.lanes import LANES, lane_key, lane_of, partition_of
from services.common.pack_catalogue import PackOutline, load_outlines
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS
from services.common.terms import Level
from services.common.topics import MAX_RECORD_BYTES, Topic
from services.risk_scoring.domain.backtest import Question
from services.risk_scoring.service.backtest import Asked, Found, run

PACK = "household_dispute"
SMALL, WHOLE = 82_000, 820_000
_START_MS = 1_790_000_000_000
# The same shares as in the other measurements: about two in three rows differ from all others of their kind.
_ANSWERS, _SHARES = (1, 2, 3), (4, 92, 4)
_EVENT_TAG = b"\x12"
_ASSESSMENT_TAG = b"\x5a"
_MIB = 1 << 20


def measure(parts: Parts, folder: Path) -> Iterator[Figure]:
    """Yield backtest.population.82k and .820k (s) and backtest.memory.820k (MiB), read from Kafka."""
    for households, name in ((SMALL, "82k"), (WHOLE, "820k")):
        settings = CommonSettings(kafka=parts.kafka, prefix=f"bt{name}{time.time_ns() // 10**6}")
        ensure_topics(settings)
        filled_mib = publish(settings, households, seed=1) / _MIB
        began_s = _processor_s()
        # In a process of its own: this one has been larger before, and would be counted so.
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            took_s, found = alone.submit(_timed, settings, folder).result()
        if found.tally.subjects != households:
            raise ValueError(f"{households} households, {found.tally.subjects} counted")
        params = _params(households, found, filled_mib)
        params["processor_s"] = round(_processor_s() - began_s, 1)
        yield Figure(f"backtest.population.{name}", "s", took_s, params)
        peak = sum(found.peak_bytes.values()) / _MIB
        yield Figure(f"backtest.memory.{name}", "MiB", peak, params)


def _params(households: int, found: Found, filled_mib: float) -> dict[str, str | int | float]:
    return {
        "households": households,
        "events": found.read.events,
        "log_mib": round(filled_mib),
        "processes": len(found.peak_bytes) - 1,
        "processors": os.cpu_count() or 0,
        "raised": sum(n for key, n in found.tally.in_force.items() if key.candidate > key.live),
    }


def _processor_s() -> float:
    """Processor time of this process and of its children that have ended: what a busy machine does not change much."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _timed(settings: CommonSettings, folder: Path) -> tuple[float, Found]:
    """Seconds of one backtest with a candidate that is a little stricter."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        candidate = stricter(settings.packs_dir / f"{PACK}.yaml", Path(place))
        hours = {Level.RED: 24.0, Level.YELLOW: 72.0}
        question = Question(PACK, _START_MS + 30 * DAY_MS, hours)
        began = time.monotonic()
        found = run(Asked(settings, candidate, question))
        return time.monotonic() - began, found


def publish(settings: CommonSettings, households: int, seed: int) -> int:
    """Write one assessment per household as intake's bulk path batches them; gives the bytes written."""
    pack = load_outlines(settings.packs_dir)[PACK]
    units = [village.code for village in load_places().villages]
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka,
        acks="all",
        linger_ms=20,
        batch_size=1 << 20,
        max_request_size=MAX_RECORD_BYTES,
    )
    topic, written = settings.topics(Topic.EVENTS), 0
    for lane, value in _batches(pack, units, households, seed):
        partition = partition_of(lane, settings.partitions)
        producer.send(topic, value, lane_key(lane), partition=partition)
        written += len(value)
    producer.flush()
    producer.close()
    return written


def _batches(
    pack: PackOutline, units: list[str], households: int, seed: int
) -> Iterator[tuple[int, bytes]]:
    writer = _Writer(pack, units, seed)
    waiting: list[list[bytes]] = [[] for _ in range(LANES)]
    for number in range(households):
        subject = f"HPOP{number:012d}"
        lane = lane_of(subject)
        waiting[lane].append(writer.event(subject, number))
        if len(waiting[lane]) == EVENTS_PER_BATCH:
            yield lane, _batch(lane, waiting[lane])
            waiting[lane] = []
    yield from ((lane, _batch(lane, rest)) for lane, rest in enumerate(waiting) if rest)


def _batch(lane: int, events: list[bytes]) -> bytes:
    return events_pb2.EventBatch(lane=lane).SerializeToString() + b"".join(events)


class _Writer:
    """Writes events from the wire bytes of each possible answer: message objects would take ten times as long."""

    def __init__(self, pack: PackOutline, units: list[str], seed: int) -> None:
        self._chance = random.Random(seed)
        self._units = units
        self._columns = [
            {answer: _answer(name, answer) for answer in _ANSWERS} for name in pack.indicators
        ]
        self._head = events_pb2.Assessment(
            round_id="2026-1",
            pack_id=pack.pack_id,
            assessor_level=common_pb2.LEVEL_GREEN,
            status=events_pb2.ASSESSMENT_STATUS_ASSESSED,
        ).SerializeToString()

    def event(self, subject: str, number: int) -> bytes:
        """One assessment as an entry of an EventBatch."""
        chosen = self._chance.choices(_ANSWERS, _SHARES, k=len(self._columns))
        answers = [column[one] for column, one in zip(self._columns, chosen, strict=True)]
        at_ms = _START_MS - number % (120 * 86_400) * 1000
        head = events_pb2.Event(
            event_id=derived_id("population", subject),
            source="grid_app",
            source_id=f"GA-{number}",
            occurred_at_ms=at_ms,
            accepted_at_ms=at_ms + 60_000,
            jurisdiction_code=self._units[number % len(self._units)],
            household_id=subject,
            subject_id=subject,
            trace_id=f"{number:032x}",
        ).SerializeToString()
        body = self._head + b"".join(answers)
        return _field(_EVENT_TAG, head + _field(_ASSESSMENT_TAG, body))


def _answer(name: str, answer: int) -> bytes:
    value = common_pb2.Answer.ValueType(answer)
    item = common_pb2.AnsweredIndicator(indicator_id=name, answer=value)
    return events_pb2.Assessment(answers=[item]).SerializeToString()


def _field(tag: bytes, value: bytes) -> bytes:
    """A length-delimited field; lengths here stay below 2 to the 14th."""
    length = len(value)
    prefix = bytes((length,)) if length < 128 else bytes((length & 127 | 128, length >> 7))
    return tag + prefix + value
