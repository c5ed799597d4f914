"""The demo's rounds: the simulated ones, their registers, and the rates as sanse rounds counts them."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from services.cli.demo.prefecture import example_homes
from services.cli.rounds.counting import count, rounds_of
from services.cli.rounds.register import register
from services.cli.simulate.packs import PackShape
from services.cli.simulate.registers import REGISTER_COLUMNS, register_rows, round_files
from services.cli.simulate.schedule import Schedule
from services.cli.simulate.world import World
from services.cli.simulate.write import write_table
from services.common.divisions import Divisions
from services.common.settings import CommonSettings
from services.risk_scoring.domain.round_counts import NOTHING, Rate, mean, totals


@dataclass(frozen=True, slots=True)
class Rates:
    """Households per round, the mean coverage of the rounds, and the resolution of all rounds together."""

    households: int
    coverage: float
    resolution: float


def write_rounds(
    folder: Path, world: World, schedule: Schedule, packs: Mapping[str, PackShape]
) -> Mapping[str, str]:
    """Write the rounds and one register for all of them; gives the setting. Example grids become known ones."""
    rounds = folder / "rounds"
    rounds.mkdir(parents=True, exist_ok=True)
    for path, text in round_files(rounds, schedule, packs):
        path.write_text(text, encoding="utf-8")
    homes = [*register_rows(world), *example_homes().items()]
    write_table(folder / "register.csv", REGISTER_COLUMNS, homes)
    divisions = Divisions.load(folder / "divisions.csv")
    with (folder / "divisions.csv").open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        for grid in sorted(set(example_homes().values())):
            if grid not in divisions:
                rows.writerow((grid, f"{divisions.name(grid[:12])}第{int(grid[12:])}网格"))
    return {"SANSE_ROUNDS_DIR": str(rounds)}


def register_all(settings: CommonSettings, folder: Path) -> None:
    """Register every household for every round."""
    divisions = Divisions.load(settings.divisions_file)
    for round_id in rounds_of(settings):
        asyncio.run(register(settings, folder / "register.csv", round_id, divisions))


def rates(settings: CommonSettings) -> Rates:
    """What the log says of all rounds, at the prefecture."""
    fold = count(settings, rounds_of(settings)).fold
    tops = [
        counts
        for one in fold.rounds
        for code, counts in totals(fold.counts(one)).items()
        if code.endswith("00") and len(code) == 6
    ]
    whole = NOTHING
    for one in tops:
        whole = whole.plus(one)
    return Rates(
        max((one.target for one in tops), default=0),
        _as_float(mean(one.coverage for one in tops)),
        _as_float(Rate(whole.cases_resolved, whole.cases_opened).share),
    )


def _as_float(share: Fraction | None) -> float:
    """Rounded to four places, as the summary shows it."""
    return round(float(share), 4) if share is not None else 0.0
