"""The demo's prefecture: a simulated one, in which the hand-written example county holds its own posts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from services.cli.demo.publisher import TimedReport
from services.cli.examples import EXAMPLES
from services.cli.simulate.keys import key_entries
from services.cli.simulate.world import World
from services.cli.simulate.write import write_units
from services.common.clock import to_ms
from services.common.roster import Roster

EXAMPLE_SOURCE = "example_county"
# Printed in deploy/examples/README.md.
EXAMPLE_KEY = "example-county-key"


def with_example_posts(world: World) -> World:
    """The world with the example's roster in place of the simulated posts of the same units, gaps included."""
    units = {line.split(",")[0] for line in _lines("divisions.csv")}
    others = [post for post in world.officials if post.jurisdiction_code not in units]
    examples = Roster.load(EXAMPLES / "roster.csv").officials().values()
    return replace(world, officials=(*others, *examples))


def write_world_files(folder: Path, world: World) -> Mapping[str, str]:
    """Write units, roster and keys of the simulated and the example sources; gives the settings."""
    folder.mkdir(parents=True, exist_ok=True)
    write_units(folder, world)
    entries = [entry.as_yaml() for entry in key_entries(world.seed)]
    entries += yaml.safe_load((EXAMPLES / "api_keys.example.yaml").read_text(encoding="utf-8"))
    keys = yaml.safe_dump(entries, allow_unicode=True)
    (folder / "api_keys.yaml").write_text(keys, encoding="utf-8")
    return {
        "SANSE_DIVISIONS_FILE": str(folder / "divisions.csv"),
        "SANSE_ROSTER_FILE": str(folder / "roster.csv"),
        "SANSE_API_KEYS_FILE": str(folder / "api_keys.yaml"),
    }


def example_reports(first_ms: int, last_ms: int) -> Iterator[TimedReport]:
    """The example file in its order, each line sent when it says it happened.

    A line that claims a time outside the demo, a slip on purpose, is sent right after the line before it.
    """
    at_ms = first_ms
    for line in _lines("reports.jsonl"):
        report: dict[str, Any] = json.loads(line)
        claimed = to_ms(datetime.fromisoformat(report["occurred_at"]))
        if at_ms < claimed < last_ms:
            at_ms = claimed
        yield TimedReport(at_ms, EXAMPLE_SOURCE, report)


def example_homes() -> Mapping[str, str]:
    """The grid of each household the example file tells of; one in a village that does not exist is none."""
    reports = [json.loads(line) for line in _lines("reports.jsonl")]
    known = {line.split(",")[0] for line in _lines("divisions.csv")}
    return {
        report["household_no"]: report["jurisdiction_code"]
        for report in reports
        if "household_no" in report and report["jurisdiction_code"][:12] in known
    }


def _lines(name: str) -> list[str]:
    return (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
