"""sanse league on a real log: a simulated year is the simulator's truth to the last household, in every form."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from openpyxl import load_workbook
from typer.testing import CliRunner

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.risk.v1 import reviews_pb2
from services.cli import context
from services.cli.league.table import COLUMNS
from services.cli.main import app
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS, HOUR_MS
from services.common.topics import Topic
from tests.contract.escalation.records import Lane, command, command_value, decision, risk_value
from tests.contract.rounds.world import (
    AFTER_MS,
    ROUNDS,
    WrittenWorld,
    command_env,
    publish,
    written_world,
)
from tests.unit.escalation.desk import COUNTY, START_MS, TOWNSHIP

Sanse = Callable[..., Result]
COUNTY_CODE, TOWNSHIP_CODE = "532301", "532301001"


@pytest.fixture
def world(kafka: str, redis_url: str, sanse_prefix: str, folder: Path) -> WrittenWorld:
    """A prefecture of about 400 households, not yet on the log."""
    return written_world(folder, kafka, redis_url, f"{sanse_prefix}-{folder.name}")


@pytest.fixture
def league(world: WrittenWorld, monkeypatch: pytest.MonkeyPatch) -> Sanse:
    """Runs the command over the whole of 2026."""
    monkeypatch.setattr(context, "RUN_FILE", world.folder / "no-stack.json")
    env = command_env(world.settings)
    year = ["league", "--since", "2026-01-01", "--until", "2026-12-31"]

    def run(*arguments: object) -> Result:
        told = CliRunner().invoke(app, [*year, *map(str, arguments)], env=env)
        assert told.exit_code == 0, told.output
        return told

    return run


def by_code(told: Result) -> dict[str, dict[str, Any]]:
    """The lines of a JSON answer by unit, the unit asked for among them."""
    found = json.loads(told.stdout)
    return {line["code"]: line for line in [*found["units"], found["total"]]}


async def test_a_simulated_year_is_the_truth_to_the_last_household(
    world: WrittenWorld, league: Sanse
) -> None:
    """All four rounds together, at every county, township and village: assessed and registered, none more or less."""
    await publish(world)
    for number in range(1, ROUNDS + 1):
        await world.register(number)
    truth: dict[str, tuple[int, int]] = {}
    for (_, code), counts in world.truth().items():
        assessed, target = truth.get(code, (0, 0))
        truth[code] = assessed + counts["assessed"], target + counts["target"]
    for level in ("county", "township", "village"):
        lines = by_code(league("--level", level, "--json"))
        for code, line in lines.items():
            assert (line["assessed"], line["target"]) == truth.get(code, (0, 0)), code
        whole = lines["532300"]
        assert whole["coverage_percent"] == f"{100 * whole['assessed'] / whole['target']:.2f}"
        below = [line for code, line in lines.items() if code != "532300"]
        assert sum(line["target"] for line in below) == whole["target"]


async def test_duties_notices_and_homicides_in_every_form(
    world: WrittenWorld, league: Sanse
) -> None:
    """Three duties in time, one late with a notice, one homicide: the same on screen, in JSON, CSV, Excel and HTML."""
    ledger = [*_settled("HLEAGUE00000000000001"), *_neglected("HLEAGUE00000000000002")]
    await _write(world.settings, ledger)
    files = {kind: world.folder / f"league.{kind}" for kind in ("csv", "xlsx", "html")}
    asked = [word for kind, path in files.items() for word in (f"--{kind}", path)]
    as_of = ("--as-of", "2026-01-06T20:00")
    lines = by_code(league(*as_of, "--json"))
    county = lines[COUNTY_CODE]
    assert (county["opened"], county["resolved"], county["open"]) == (2, 1, 1)
    # The red case's acknowledgement was due after two hours; what is due later is not counted yet.
    assert (county["due"], county["on_time"], county["white"]) == (1, 0, 1)
    assert (county["homicides"], county["homicides_before"]) == (1, 0)
    later = by_code(league("--json"))
    assert AFTER_MS > START_MS + 30 * DAY_MS
    # By now: four acts of the yellow case in time, and four of the red one late.
    assert (later[COUNTY_CODE]["on_time"], later[COUNTY_CODE]["place"]) == (3, 1)
    assert later[COUNTY_CODE] == {
        **later["532300"],
        "code": COUNTY_CODE,
        "name": "楚雄市",
        "place": 1,
    }

    (branched,) = json.loads(league("--json").stdout)["branched_ledgers"]
    assert (branched["from_sequence"], branched["length"], branched["other_length"]) == (2, 4, 2)
    shown = league(*asked)
    assert "楚雄市" in shown.output and "按时率" in shown.output
    noted = f"{branched['case_id']}：自第 2 条起有两种记录，按较长的（4 条）计算"
    assert noted in shown.output.replace("\n", "")
    with files["csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    assert {name: str(value) for name, value in later[COUNTY_CODE].items()} == rows[COUNTY_CODE]
    sheet = load_workbook(files["xlsx"]).active
    assert sheet is not None
    values = [row for row in sheet.iter_rows(values_only=True) if row[1] == COUNTY_CODE]
    assert values[0][COLUMNS.index("due")] == later[COUNTY_CODE]["due"]
    page = files["html"].read_text(encoding="utf-8")
    assert "楚雄市" in page and "<script" not in page and "HLEAGUE" not in page
    assert noted in page and any(noted in str(row[0]) for row in sheet.iter_rows(values_only=True))


def _settled(subject_id: str) -> list[tuple[int, Outgoing]]:
    """A yellow case of the township: acknowledged, visited and resolved within an hour."""
    lane = Lane(subject_id)
    lane.takes(Topic.RISK, risk_value(decision(1, subject_id, 2)))
    # A crash left an entry that nobody went on from.
    (case,) = lane.cases()
    lost = command(1, case, COUNTY, acknowledge=pb.Acknowledge())
    lane.writes(lane.tries(Topic.COMMANDS, command_value(lost)))
    acts = ({"acknowledge": pb.Acknowledge()}, {"record_visit": pb.RecordVisit()},
            {"resolve": pb.Resolve(how="mediated")})  # fmt: skip
    for number, act in enumerate(acts, 1):
        (case,) = lane.cases()
        lane.takes(Topic.COMMANDS, command_value(command(number, case, TOWNSHIP, **act)))
    return [(lane.lane, Outgoing(Topic.CASES, value)) for value in lane.ledger]


def _neglected(subject_id: str) -> list[tuple[int, Outgoing]]:
    """A red case of the county that nobody acknowledges; then somebody dies."""
    lane = Lane(subject_id)
    lane.takes(Topic.RISK, risk_value(decision(2, subject_id, 3)))
    (case,) = lane.cases()
    reached = pb.DeadlineReached(next_act=case.next_act, due_ms=case.ladder_due_ms)
    strike = command(9, case, "clock", deadline_reached=reached)
    strike.at_ms = case.ladder_due_ms
    lane.takes(Topic.COMMANDS, command_value(strike))
    event = reviews_pb2.SeriousEvent(
        event_id="e1",
        kind="homicide",
        jurisdiction_code=case.jurisdiction_code,
        occurred_at_ms=START_MS + HOUR_MS,
    )
    batch = reviews_pb2.ReviewBatch(lane=lane.lane, warned=[event, event])
    death = (lane.lane, Outgoing(Topic.REVIEWS, batch.SerializeToString()))
    assert lane.cases()[0].owner_id == COUNTY
    return [*((lane.lane, Outgoing(Topic.CASES, value)) for value in lane.ledger), death]


async def _write(settings: CommonSettings, records: list[tuple[int, Outgoing]]) -> None:
    producer = LaneProducer(settings)
    await producer.start()
    await producer.send(records)
    # A crash writes a record twice: it counts once.
    await producer.send(records)
    await producer.stop()
