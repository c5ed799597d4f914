"""How long the rounds' fold takes from encoded bytes: four rounds of registers and assessments, then all counts.

Made in temporary files first, so that neither the making nor the bytes count; every household has an entry and
an assessment with all its answers in each round, and one household in 52 a case in each round.
"""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import IO

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import rounds_pb2
from services.cli.bench.results import Figure
from services.cli.stack import Parts
from services.common.ids import derived_id
from services.common.lanes import lane_of
from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS
from services.common.topics import Topic
from services.risk_scoring.adapters.rounds_codec import RoundsReader
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.round_counts import totals
from services.risk_scoring.domain.rounds import Round, RoundsFold

PACK = "household_dispute"
SIZES = {"82k": 82_000, "820k": 820_000}
ROUNDS, GRIDS, PER_RECORD, CASE_EVERY = 4, 29_000, 390, 52
_START_MS = 1_772_294_400_000
_SEED = 3
_PREFECTURE = "532300"
_FOUR_BYTES = 4

Record = tuple[Topic, bytes]


def measure(_: Parts, folder: Path) -> Iterator[Figure]:
    """Yield rounds.fold.82k and rounds.fold.820k."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, households in SIZES.items():
        with tempfile.TemporaryFile(dir=folder) as file:
            size = _write(file, _records(households))
            seconds, counted = _fold(file)
        params = {"households": households, "rounds": ROUNDS, "mib": size >> 20, **counted}
        yield Figure(f"rounds.fold.{name}", "s", seconds, params)


def _fold(file: IO[bytes]) -> tuple[float, dict[str, int]]:
    """Seconds from the first byte to the counts of every unit in every round."""
    file.seek(0)
    began = perf_counter()
    reader = RoundsReader(RoundsFold(_rounds()))
    for topic, value in _read(file):
        reader.take(topic, value)
    sums = [totals(reader.fold.counts(one)) for one in reader.fold.rounds]
    seconds = perf_counter() - began
    top = [one[_PREFECTURE] for one in sums]
    return seconds, {
        "target": sum(one.target for one in top),
        "assessed": sum(one.assessed for one in top),
        "cases": sum(one.cases_opened for one in top),
    }


def _rounds() -> list[Round]:
    text, day = Text("测量", "bench"), date(2026, 3, 1)
    starts = [_START_MS + number * 30 * DAY_MS for number in range(ROUNDS)]
    return [
        Round(_round_id(n), text, (PACK,), day, day, at, at + 30 * DAY_MS, "", text, text)
        for n, at in enumerate(starts)
    ]


def _round_id(number: int) -> str:
    return f"2026-{number + 1}"


def _records(households: int) -> Iterator[Record]:
    """Registers, then the reports and cases of each round, in lanes as the services write them."""
    chance = random.Random(_SEED)
    lanes: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for number in range(households):
        household = f"HBENCH{number:015d}"
        lanes[lane_of(household)].append((household, _grid(number * GRIDS // households)))
    answers = _answer_sheets(chance)
    for round_number in range(ROUNDS):
        for lane, homes in lanes.items():
            for start in range(0, len(homes), PER_RECORD):
                part = homes[start : start + PER_RECORD]
                yield Topic.ROUNDS, _register(lane, round_number, part)
                yield Topic.EVENTS, _events(lane, round_number, part, chance, answers)
                yield Topic.CASES, _cases(lane, round_number, part[::CASE_EVERY])


def _grid(number: int) -> str:
    village, grid = divmod(number, 27)
    township, village = divmod(village, 11)
    return f"5323{township // 11 + 1:02d}{township % 11 + 1:03d}{village + 1:03d}{grid + 1:03d}"


def _answer_sheets(chance: random.Random) -> list[list[common_pb2.AnsweredIndicator]]:
    names = load_outlines(CommonSettings().packs_dir)[PACK].indicators
    choices = (common_pb2.ANSWER_NO, common_pb2.ANSWER_NO, common_pb2.ANSWER_YES)
    return [
        [
            common_pb2.AnsweredIndicator(indicator_id=name, answer=chance.choice(choices))
            for name in names
        ]
        for _ in range(64)
    ]


def _register(lane: int, round_number: int, homes: Iterable[tuple[str, str]]) -> bytes:
    round_id = _round_id(round_number)
    batch = rounds_pb2.RegisterBatch(
        lane=lane,
        round_id=round_id,
        file_id=derived_id("bench", round_id),
        registered_at_ms=_START_MS,
    )
    for household, grid in homes:
        batch.entries.add(
            household_id=household, grid_code=grid, state=rounds_pb2.REGISTER_STATE_REGISTERED
        )
    return batch.SerializeToString()


def _events(
    lane: int,
    round_number: int,
    homes: Iterable[tuple[str, str]],
    chance: random.Random,
    answers: list[list[common_pb2.AnsweredIndicator]],
) -> bytes:
    batch = events_pb2.EventBatch(lane=lane)
    at_ms = _START_MS + round_number * 30 * DAY_MS
    for household, grid in homes:
        event_id = derived_id("bench", round_number, household)
        event = batch.events.add(
            event_id=event_id,
            source="bench",
            source_id=household,
            occurred_at_ms=at_ms,
            accepted_at_ms=at_ms,
            jurisdiction_code=grid,
            household_id=household,
            subject_id=household,
            trace_id=event_id,
        )
        body = event.assessment
        body.round_id, body.pack_id = _round_id(round_number), PACK
        body.status = events_pb2.ASSESSMENT_STATUS_ASSESSED
        body.answers.extend(chance.choice(answers))
    return batch.SerializeToString()


def _cases(lane: int, round_number: int, homes: Iterable[tuple[str, str]]) -> bytes:
    batch = cases_pb2.CaseEventBatch(lane=lane)
    at_ms = _START_MS + round_number * 30 * DAY_MS
    for household, grid in homes:
        case_id = derived_id("case", household, round_number)
        batch.events.add(case_id=case_id).case_after.CopyFrom(
            cases_pb2.Case(
                case_id=case_id,
                subject_id=household,
                jurisdiction_code=grid,
                pack_id=PACK,
                opened_at_ms=at_ms,
                ledger_length=1,
                ledger_head=b"h" * 32,
            )
        )
    return batch.SerializeToString()


def _write(file: IO[bytes], records: Iterable[Record]) -> int:
    order, size = list(Topic), 0
    for topic, value in records:
        size += len(value)
        file.write(bytes((order.index(topic),)))
        file.write(len(value).to_bytes(_FOUR_BYTES))
        file.write(value)
    return size


def _read(file: IO[bytes]) -> Iterator[Record]:
    order = list(Topic)
    while head := file.read(1 + _FOUR_BYTES):
        yield order[head[0]], file.read(int.from_bytes(head[1:]))
