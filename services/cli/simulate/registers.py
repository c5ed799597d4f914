"""The rounds of a simulated world: each as data, its register, and the true counts of every unit beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import yaml

from services.cli.simulate.packs import PackShape
from services.cli.simulate.places import PREFECTURE_CODE
from services.cli.simulate.schedule import ROUNDS, Schedule
from services.cli.simulate.truth import STATUSES, Tally
from services.cli.simulate.world import World

REGISTER_COLUMNS = ("household_no", "grid")
TRUTH_COLUMNS = ("round", "code", "target", *STATUSES)

Row = tuple[str | int, ...]


def round_files(
    folder: Path, schedule: Schedule, packs: Mapping[str, PackShape]
) -> Iterator[tuple[Path, str]]:
    """The YAML of each round: its file and its text."""
    for number in range(1, ROUNDS + 1):
        starts = schedule.first_day + timedelta(days=(number - 1) * schedule.round_days)
        round_id = schedule.round_id(number)
        content: dict[str, object] = {
            "id": round_id,
            "title": {"zh": f"模拟第{number}轮评估", "en": f"Simulated round {number}"},
            "packs": sorted(packs),
            "starts": starts,
            "ends": starts + timedelta(days=schedule.round_days - 1),
            "set_by": {"zh": "模拟州综治中心", "en": "Centre of the simulated prefecture"},
            "basis": {"zh": "模拟数据，无文件依据", "en": "Simulated data, no document"},
        }
        if number > 1:
            content["carries"] = schedule.round_id(number - 1)
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        yield folder / f"{round_id}.yaml", text


def register_rows(world: World) -> Iterator[Row]:
    """The households of a round: all of them, in every round."""
    for grid in world.grids:
        for offset in range(grid.households):
            yield grid.household_no(offset), grid.code


def round_truth(world: World, schedule: Schedule, tally: Tally) -> Iterator[Row]:
    """What a correct count of each round finds at every unit and grid, by code."""
    for number in range(1, ROUNDS + 1):
        found: Counter[tuple[str, str]] = Counter()
        for grid in world.grids:
            code = grid.code
            for unit in (PREFECTURE_CODE, code[:6], code[:9], code[:12], code):
                found[unit, "target"] += grid.households
                for status in STATUSES:
                    found[unit, status] += tally.visits[number, code, status]
        codes = sorted({code for code, _ in found})
        for code in codes:
            counts = (found[code, name] for name in TRUTH_COLUMNS[2:])
            yield (schedule.round_id(number), code, *counts)
