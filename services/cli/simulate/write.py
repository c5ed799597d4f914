"""Writes a simulated world as files: units, roster, keys, reports by round, and the truth beside them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import yaml

from services.cli.simulate.households import AtRisk
from services.cli.simulate.keys import SCOPES, key_entries, test_key
from services.cli.simulate.packs import PackShape
from services.cli.simulate.registers import (
    REGISTER_COLUMNS,
    TRUTH_COLUMNS,
    register_rows,
    round_files,
    round_truth,
)
from services.cli.simulate.reports import Mix, expected_reports, reports
from services.cli.simulate.schedule import ROUNDS, Schedule
from services.cli.simulate.truth import Tally, at_risk_households, truth_of
from services.cli.simulate.world import World
from services.common.duty.person_text import written_order, written_quiet
from services.common.roster import COLUMNS, Official

REPORT_STEP = 5_000
BUFFER_BYTES = 1 << 20

# Called with the reports written so far and about how many there will be.
Progress = Callable[[int, int], None]


def write_world(
    folder: Path, world: World, packs: Mapping[str, PackShape], mix: Mix, progress: Progress
) -> dict[str, Any]:
    """Write everything into `folder` and return the truth; the same seed gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    write_units(folder, world)
    write_keys(folder, world.seed)
    tally = write_reports(folder, world, packs, mix, progress)
    write_rounds(folder, world, packs, mix.schedule)
    truth_rows = round_truth(world, mix.schedule, tally)
    write_table(folder / "round_truth.csv", TRUTH_COLUMNS, truth_rows)
    at_risk = list(at_risk_households(world, packs))
    _write_at_risk(folder / "at_risk_households.csv", at_risk)
    truth = truth_of(world, mix, tally, at_risk)
    text = json.dumps(truth, ensure_ascii=False, indent=2)
    (folder / "truth.json").write_text(f"{text}\n", encoding="utf-8")
    return truth


def write_units(folder: Path, world: World) -> None:
    """Write divisions.csv, roster.csv and grid_workers.csv."""
    units = ((unit.code, unit.name) for unit in world.divisions())
    write_table(folder / "divisions.csv", ("code", "name"), units)
    write_table(folder / "roster.csv", COLUMNS, (_roster_row(post) for post in world.officials))
    workers = (
        (worker, grid.code, grid.households) for grid in world.grids for worker in grid.worker_ids()
    )
    write_table(folder / "grid_workers.csv", ("worker_id", "grid_code", "grid_households"), workers)


def write_keys(folder: Path, seed: int) -> None:
    """Write api_keys.yaml with hashes, and the test keys themselves beside it."""
    entries = [entry.as_yaml() for entry in key_entries(seed)]
    text = yaml.safe_dump(entries, sort_keys=False, default_flow_style=None, width=200)
    (folder / "api_keys.yaml").write_text(text, encoding="utf-8")
    keys = ((source, test_key(seed, source)) for source in SCOPES)
    write_table(folder / "test_keys.csv", ("source", "key"), keys)


def write_reports(
    folder: Path, world: World, packs: Mapping[str, PackShape], mix: Mix, progress: Progress
) -> Tally:
    """Stream the reports into one file per round, in the order of sending, and count them."""
    tally, expected, done = Tally(), expected_reports(world, mix), 0
    with _round_files(folder) as files:
        for sent in reports(world, packs, mix):
            line = orjson.dumps(sent.report, option=orjson.OPT_APPEND_NEWLINE)
            files[sent.day.round_number - 1].write(line)
            tally.add(sent)
            done += 1
            if done % REPORT_STEP == 0:
                progress(done, max(done, expected))
    progress(done, done)
    return tally


def write_rounds(
    folder: Path, world: World, packs: Mapping[str, PackShape], schedule: Schedule
) -> None:
    """Write each round as data under rounds/, and its register beside the reports."""
    (folder / "rounds").mkdir(exist_ok=True)
    for path, text in round_files(folder / "rounds", schedule, packs):
        path.write_text(text, encoding="utf-8")
    for path in register_files(folder):
        write_table(path, REGISTER_COLUMNS, register_rows(world))


def register_files(folder: Path) -> list[Path]:
    """The household registers of a written world, in the order of rounds."""
    return [folder / f"register-round-{number}.csv" for number in range(1, ROUNDS + 1)]


def report_files(folder: Path) -> list[Path]:
    """The report files of a written world, in the order of rounds."""
    return [folder / f"reports-round-{number}.jsonl" for number in range(1, ROUNDS + 1)]


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV in UTF-8 with a header line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


@contextmanager
def _round_files(folder: Path) -> Iterator[list[BinaryIO]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(path.open("wb", buffering=BUFFER_BYTES))
            for path in report_files(folder)
        ]


def _roster_row(official: Official) -> tuple[str, ...]:
    return (
        official.official_id,
        official.jurisdiction_code,
        official.tier.name.lower(),
        official.post,
        official.language.name.lower(),
        "|".join(written_order(official.channels, official.rules.delays)),
        official.mobile,
        official.wecom_id,
        official.email,
        official.department,
        official.dingtalk_id,
        official.feishu_id,
        written_quiet(official.rules.quiet),
        official.rules.substitute,
    )


def _write_at_risk(path: Path, households: Iterable[AtRisk]) -> None:
    columns = ("household_no", "level", "pack", "since_round", "until_round", "indicators")
    rows = (
        (
            home.household_no,
            home.level.name.lower(),
            home.pack_id,
            home.since,
            min(home.until, ROUNDS + 1) - 1,
            "|".join(home.yes),
        )
        for home in households
    )
    write_table(path, columns, rows)
