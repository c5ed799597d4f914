"""sanse bench: runs the measurements asked for and writes their figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rich.console import Console

from services.cli.bench import (
    escalation,
    inprocess,
    live,
    notify,
    population,
    rounds,
    rules,
    scoring,
)
from services.cli.bench.results import Figure, save
from services.cli.stack import Parts, found_parts
from services.cli.texts import say
from services.common.settings import REPOSITORY

Measurement = Callable[[Parts, Path], Iterable[Figure]]
RESULTS = REPOSITORY / "var" / "bench" / "results.json"
MEASUREMENTS: Mapping[str, Measurement] = {
    "scoring.inprocess": inprocess.measure,
    "scoring.bulk": scoring.measure,
    "rules": rules.measure,
    "backtest": population.measure,
    "rounds.fold": rounds.measure,
    "escalation.scale": escalation.measure,
    "notify": notify.measure,
    "live": live.measure,
}
# Too long for every run: only when asked for by name.
ON_REQUEST: Mapping[str, Measurement] = {"escalation.scale.1m": escalation.measure_million}


def run_bench(console: Console, only: str) -> None:
    """Run measurements whose name begins with `only` (or is the beginning of it)."""
    folder = RESULTS.parent / "run"
    shutil.rmtree(folder, ignore_errors=True)
    with found_parts(folder / "parts") as parts:
        for name, measure in _asked(only).items():
            console.print(say("bench.measuring", name=name))
            figures = list(measure(parts, folder))
            save(figures, RESULTS)
            for figure in figures:
                console.print(f"  {figure.name:28} {figure.value:12,.1f} {figure.unit}")


def _asked(only: str) -> Mapping[str, Measurement]:
    if only in ON_REQUEST:
        return {only: ON_REQUEST[only]}
    return {
        name: measure
        for name, measure in MEASUREMENTS.items()
        if name.startswith(only) or only.startswith(name)
    }
