"""sanse simulate: writes a believable prefecture."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.cli.simulate.packs import load_shapes
from services.cli.simulate.reports import Mix, expected_reports
from services.cli.simulate.schedule import Schedule
from services.cli.simulate.world import build_world
from services.cli.simulate.write import write_world
from services.cli.texts import say
from services.common.settings import CommonSettings

_console = Console()


def simulate(
    folder: Path,
    seed: Annotated[int, typer.Option(help="种子 · seed")] = 2026,
    scale: Annotated[float, typer.Option(help="比例，1 为全州 · 1 is the full prefecture")] = 0.01,
    first_day: Annotated[str, typer.Option(help="首日 · first day")] = "2026-03-01",
    round_days: Annotated[int, typer.Option(help="每轮天数 · days of a round")] = 30,
) -> None:
    """生成模拟州：区划、花名册、四轮评估、事件与真值 · write a simulated prefecture and its true totals."""
    try:
        world = build_world(seed, scale)
        mix = Mix(schedule=Schedule(date.fromisoformat(first_day), round_days))
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    expected = expected_reports(world, mix)
    with _console.status("") as status:

        def show(done: int, about: int) -> None:
            status.update(f"{done:,} / ~{about:,}")

        truth = write_world(folder, world, load_shapes(CommonSettings().packs_dir), mix, show)
    reports = truth["reports"] if isinstance(truth.get("reports"), int) else expected
    _console.print(say("simulate.done", folder=folder, reports=f"{reports:,}"))
