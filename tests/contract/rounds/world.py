"""A small simulated prefecture whose reports stand on a real log, put there by the real intake."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import orjson

from sanse.escalation.v1 import cases_pb2
from services.cli.rounds.counting import count, rounds_of
from services.cli.rounds.register import Summary, register
from services.cli.simulate.packs import load_shapes
from services.cli.simulate.reports import Mix
from services.cli.simulate.schedule import ROUNDS, Schedule
from services.cli.simulate.sent import source_of
from services.cli.simulate.world import build_world
from services.cli.simulate.write import register_files, report_files, write_world
from services.common.clock import SharedClock
from services.common.divisions import Divisions
from services.common.ids import derived_id
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.intake.domain.incoming import Incoming
from services.intake.main import connected
from services.intake.settings import IntakeSettings
from services.risk_scoring.adapters.rounds_codec import FOREVER_MS
from services.risk_scoring.domain.rounds import RoundsFold

SEED, SCALE, ROUND_DAYS = 20200601, 0.0005, 3
SCHEDULE = Schedule(date(2026, 3, 1), ROUND_DAYS)
# When everything is reported: the end of the last round's last day.
AFTER_MS = max(day.starts_ms for day in SCHEDULE.days()) + 86_400_000
MASTER_KEY = "5a" * 32


@dataclass(frozen=True, slots=True)
class WrittenWorld:
    """The folder of a simulated world, and settings that point at it."""

    folder: Path
    settings: IntakeSettings

    @property
    def divisions(self) -> Divisions:
        """The world's units and grids."""
        return Divisions.load(self.settings.divisions_file)

    def register_file(self, number: int) -> Path:
        """The register of a round."""
        return register_files(self.folder)[number - 1]

    async def register(self, number: int, file: Path | None = None, **how: bool) -> Summary:
        """Register a file, by default the round's own, for a round."""
        path = file or self.register_file(number)
        return await register(self.settings, path, SCHEDULE.round_id(number), self.divisions, **how)

    def fold(self, as_of_ms: int = FOREVER_MS) -> RoundsFold:
        """The rounds as the log tells them."""
        return count(self.settings, rounds_of(self.settings), as_of_ms).fold

    def truth(self) -> dict[tuple[str, str], dict[str, int]]:
        """What the simulation knows: counts by round and unit."""
        with (self.folder / "round_truth.csv").open(encoding="utf-8") as file:
            return {
                (row.pop("round"), row.pop("code")): {name: int(n) for name, n in row.items()}
                for row in csv.DictReader(file)
            }

    def reports(self) -> list[dict[str, object]]:
        """All reports in the order of sending."""
        return [
            orjson.loads(line)
            for path in report_files(self.folder)
            for line in path.read_bytes().splitlines()
        ]


def written_world(folder: Path, kafka: str, redis: str, prefix: str) -> WrittenWorld:
    """Write the world and create its topics."""
    shapes = load_shapes(CommonSettings().packs_dir)
    mix = Mix(schedule=SCHEDULE, duplicates=0.02, broken=0.02)
    write_world(folder, build_world(SEED, SCALE), shapes, mix, lambda _, __: None)
    SharedClock(folder / "clock.json").set(AFTER_MS, 0.0)
    settings = IntakeSettings(
        kafka=kafka,
        redis=redis,
        prefix=prefix,
        master_key=MASTER_KEY,
        clock_file=folder / "clock.json",
        divisions_file=folder / "divisions.csv",
        api_keys_file=folder / "api_keys.yaml",
        rounds_dir=folder / "rounds",
    )
    ensure_topics(settings)
    return WrittenWorld(folder, settings)


async def publish(world: WrittenWorld) -> None:
    """Send all reports through the real intake, each in the name of its source."""
    async with connected(world.settings) as intake:
        for source, group in groupby(world.reports(), key=_source):
            grant = intake.keys.grant_for_source(source)
            assert grant is not None
            await intake.accepter.accept(grant, [Incoming(report) for report in group])


async def write_cases(settings: CommonSettings, cases: Iterable[cases_pb2.Case]) -> None:
    """Put the newest entry of each case on the ledger's topic."""
    producer = LaneProducer(settings)
    await producer.start()
    records = []
    for case in cases:
        entry = cases_pb2.CaseEvent(case_id=case.case_id, case_after=case)
        lane = lane_of(case.subject_id)
        batch = cases_pb2.CaseEventBatch(lane=lane, events=[entry])
        records.append((lane, Outgoing(Topic.CASES, batch.SerializeToString())))
    await producer.send(records)
    await producer.stop()


def case_of(
    subject_id: str, place: str, opened_at_ms: int, resolved_at_ms: int, round_id: str = ""
) -> cases_pb2.Case:
    """A case as its ledger shows it after two entries."""
    return cases_pb2.Case(
        case_id=derived_id("case", subject_id, opened_at_ms, round_id),
        subject_id=subject_id,
        jurisdiction_code=place,
        pack_id="household_dispute",
        round_id=round_id,
        opened_at_ms=opened_at_ms,
        resolved_at_ms=resolved_at_ms,
        ledger_length=2,
        ledger_head=b"h" * 32,
    )


def command_env(settings: IntakeSettings) -> dict[str, str]:
    """What the command must be told to look at a world, in Chinese."""
    return {
        "SANSE_KAFKA": settings.kafka,
        "SANSE_REDIS": settings.redis,
        "SANSE_PREFIX": settings.prefix,
        "SANSE_MASTER_KEY": MASTER_KEY,
        "SANSE_CLOCK_FILE": str(settings.clock_file),
        "SANSE_DIVISIONS_FILE": str(settings.divisions_file),
        "SANSE_ROUNDS_DIR": str(settings.rounds_dir),
        "SANSE_LANG": "zh",
        "COLUMNS": "200",
    }


def round_ids() -> list[str]:
    """All rounds in order."""
    return [SCHEDULE.round_id(number) for number in range(1, ROUNDS + 1)]


def _source(report: Mapping[str, object]) -> str:
    return source_of(str(report["source_id"])).value
