"""Support plans on a real broker: every door takes them, the due list is the truth, no topic says a category."""

from __future__ import annotations

import asyncio
import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
import httpx
import pytest
from kafka import KafkaProducer
from typer.testing import CliRunner

from sanse.intake.v1 import events_pb2
from sanse.intake.v1 import intake_service_pb2 as pb
from sanse.intake.v1 import intake_service_pb2_grpc as rpc
from services.cli import context
from services.cli.local.process import free_port
from services.cli.main import app
from services.cli.simulate.keys import test_key as key_of
from services.cli.simulate.reports import Mix
from services.cli.simulate.support import support_reports, tell, truth_of_support
from services.cli.simulate.world import World, build_world
from services.cli.simulate.write import write_keys, write_units
from services.cli.topic_reader import read_topic
from services.common import grpc_server
from services.common.clock import SharedClock
from services.common.kafka_admin import ensure_topics
from services.common.support_file import read_support
from services.common.topics import Topic
from services.intake.domain.incoming import Incoming, Status
from services.intake.main import Intake, connected
from services.intake.service.file_import import import_file
from services.intake.service.grpc_door import GrpcDoor
from services.intake.service.http_door import HttpDoor
from services.intake.service.upstream_door import UpstreamDoor
from services.intake.settings import IntakeSettings

SEED = 11
OFFICE = "civil_affairs"
MASTER_KEY = "5a" * 32
DAYS = list(Mix().schedule.days())
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A small prefecture: its world, the settings of its intake, and its simulated clock."""

    world: World
    settings: IntakeSettings
    env: Mapping[str, str]


@pytest.fixture
def place(
    kafka: str,
    redis_url: str,
    sanse_prefix: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    """Units, keys and topics; the clock stands at midnight after the last simulated day."""
    monkeypatch.setattr(context, "RUN_FILE", folder / "no-stack.json")
    world = build_world(SEED, 0.01)
    write_units(folder, world)
    write_keys(folder, SEED)
    SharedClock(folder / "clock.json").set(DAYS[-1].starts_ms + 86_400_000, 0.0)
    values = {
        "kafka": kafka,
        "redis": redis_url,
        "prefix": f"{sanse_prefix}-support",
        "master_key": MASTER_KEY,
        "divisions_file": str(folder / "divisions.csv"),
        "api_keys_file": str(folder / "api_keys.yaml"),
        "clock_file": str(folder / "clock.json"),
    }
    settings = IntakeSettings(**values)  # type: ignore[arg-type]
    ensure_topics(settings)
    env = {f"SANSE_{name.upper()}": value for name, value in values.items()}
    return Place(world, settings, {**env, "SANSE_LANG": "en", "COLUMNS": "200"})


async def _accept(place: Place, by_source: Mapping[str, list[Report]]) -> None:
    async with connected(place.settings) as intake:
        for source, reports in by_source.items():
            grant = intake.keys.grant_for_source(source)
            assert grant is not None
            results = await intake.accepter.accept(grant, map(Incoming, reports))
            assert {one.status for one in results} == {Status.ACCEPTED}


def _due(place: Place, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["support", "due", *arguments], env=dict(place.env))
    assert result.exit_code == 0, result.output
    return result.stdout


def _due_json(place: Place, *arguments: str) -> Report:
    told: Report = json.loads(_due(place, "--json", *arguments))
    return told


def _telling_words() -> Iterator[str]:
    for one in read_support(IntakeSettings().support_file).categories:
        yield from (one.id, one.name.zh, one.name.en, *one.aliases)


def test_due_finds_what_the_simulation_knows(
    place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    """From the log alone: totals equal the truth at every unit; no category and no household is ever said."""
    story = tell(place.world, DAYS, Mix().plans(place.world))
    by_source: defaultdict[str, list[Report]] = defaultdict(list)
    for number, day in enumerate(DAYS):
        for sent in support_reports(story, day, number):
            by_source[sent.source.value].append(sent.report)
    asyncio.run(_accept(place, by_source))
    truth = truth_of_support(story, DAYS)
    told = _due_json(place)
    assert told["totals"] == truth["jurisdictions"]
    assert told["categories_not_opened"] == 0
    whole = truth["jurisdictions"]["532300"]
    assert len(told["visits"]) == whole["due"] + whole["overdue"] > 0
    assert sum(one["days_overdue"] > 0 for one in told["visits"]) <= whole["overdue"]
    late = _due_json(place, "--overdue")
    assert len(late["visits"]) == whole["overdue"] > 0
    county = late["visits"][0]["jurisdiction_code"][:6]
    own = _due_json(place, "--jurisdiction", county, "--days", "0")
    assert own["totals"][county] == {**truth["jurisdictions"][county], "due": 0}
    assert all(one["jurisdiction_code"].startswith(county) for one in own["visits"])
    table = _due(place)
    output = capfd.readouterr()
    everything = table + json.dumps(told, ensure_ascii=False) + output.out + output.err
    homes = {str(one["household_no"]) for reports in by_source.values() for one in reports}
    for word in (*_telling_words(), *homes):
        assert word not in everything
    assert not any(f'"{name}"' in json.dumps(told) for name in ("category", "household_id"))


def test_without_the_key_due_says_what_it_could_not_check(place: Place) -> None:
    """The plans' own ends hold, and the number of categories not opened is told."""
    story = tell(place.world, DAYS, 5)
    sent = [one for n, day in enumerate(DAYS) for one in support_reports(story, day, n)]
    plans = [one.report for one in sent if one.report["type"] == "support_plan"]
    asyncio.run(_accept(place, {OFFICE: plans}))
    bare = Place(place.world, place.settings, {**place.env, "SANSE_MASTER_KEY": ""})
    told = _due_json(bare)
    assert told["categories_not_opened"] == sum("revoked" not in str(one) for one in plans) > 0
    assert told["totals"] == _due_json(place)["totals"]


def _plan(place: Place, number: str, **values: Any) -> Report:
    grid = place.world.grids[0]
    return {
        "source_id": f"CA-{number}",
        "type": "support_plan",
        "occurred_at": "2026-03-02T09:00:00+08:00",
        "jurisdiction_code": grid.code,
        "household_no": grid.household_no(0),
        "support_plan": {
            "plan": f"P-{number}",
            "category": "children_in_difficulty",
            "visit_every_days": 30,
            "first_visit_due_at": "2026-03-20T18:00:00+08:00",
            "ends_at": "2026-12-31T18:00:00+08:00",
            "visitor": "T-532301001",
            **values,
        },
    }


async def test_every_door_takes_a_plan_and_refuses_a_wrong_one(place: Place, folder: Path) -> None:
    """HTTP, gRPC, CloudEvents, JSONL and CSV: one plan each on the topic, and the wrong ones kept as rejects."""
    async with connected(place.settings) as intake:
        await _over_http(place, intake)
        await _over_grpc(place, intake)
        await _over_kafka(place, intake)
        await _from_files(place, intake, folder)
    events = [
        event
        for record in read_topic(place.settings, Topic.EVENTS)
        for event in events_pb2.EventBatch.FromString(record.value).events
    ]
    numbers = sorted(event.support_plan.plan_id for event in events)
    assert numbers == ["P-csv", "P-grpc", "P-http", "P-jsonl", "P-kafka"]
    reasons = [
        events_pb2.RejectedInput.FromString(record.value).reason
        for record in read_topic(place.settings, Topic.REJECTS)
    ]
    assert sorted(reasons) == [
        "support.category_shown",
        "support.category_unknown",
        "support.ends_after_category",
        "support.first_visit_too_late",
        "support.interval_too_long",
    ]
    _nothing_is_said(place)


def _nothing_is_said(place: Place) -> None:
    """An answer that lists the allowed ids says all of them; no record says one."""
    for topic in (Topic.EVENTS, Topic.REJECTS):
        for record in read_topic(place.settings, topic):
            said = {word for word in _telling_words() if word.encode() in record.value}
            all_ids = {one.id for one in read_support(place.settings.support_file).categories}
            assert said in (set(), all_ids), topic


async def _over_http(place: Place, intake: Intake) -> None:
    door = HttpDoor(intake.accepter, intake.keys, intake.parts.sender).app(intake.parts.rules)
    headers = {"x-api-key": key_of(SEED, OFFICE), "accept-language": "en"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(door), base_url="http://intake", headers=headers
    ) as client:
        reports = [_plan(place, "http"), _plan(place, "http-x", category="children")]
        answer = (await client.post("/v1/reports", json={"reports": reports})).json()
    taken, refused = answer["results"]
    assert taken["status"] == "accepted"
    assert (refused["reason"], refused["field_path"]) == (
        "support.category_unknown",
        "support_plan.category",
    )
    assert "children_in_difficulty" in refused["allowed"]


async def _over_grpc(place: Place, intake: Intake) -> None:
    address = f"127.0.0.1:{free_port()}"
    settings = place.settings.model_copy(update={"grpc_listen": address})
    server = await grpc_server.start(settings, GrpcDoor(intake.accepter, intake.keys).register)
    assert server is not None
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            stub: Any = rpc.IntakeServiceStub(channel)
            metadata = (("x-api-key", key_of(SEED, OFFICE)),)
            for report, status in (
                (_plan(place, "grpc"), pb.SUBMIT_STATUS_ACCEPTED),
                (_plan(place, "grpc-x", visit_every_days=31), pb.SUBMIT_STATUS_REJECTED),
            ):
                request = pb.SubmitRequest(report_json=json.dumps(report).encode())
                response = await stub.Submit(request, metadata=metadata)
                assert response.result.status == status
            assert "接口说明页" in response.result.message
    finally:
        await server.stop(1.0)


async def _over_kafka(place: Place, intake: Intake) -> None:
    producer = KafkaProducer(bootstrap_servers=place.settings.kafka)
    for report in (
        _plan(place, "kafka"),
        _plan(place, "kafka-x", ends_at="2031-01-01T00:00:00Z"),
    ):
        event = {
            "specversion": "1.0",
            "id": report["source_id"],
            "source": OFFICE,
            "type": "sanse.report",
            "data": report,
        }
        producer.send(place.settings.topics(Topic.UPSTREAM), json.dumps(event).encode())
    producer.flush()
    producer.close()
    records = list(read_topic(place.settings, Topic.UPSTREAM))
    await UpstreamDoor(intake.accepter, intake.keys, {}).take(records)


async def _from_files(place: Place, intake: Intake, folder: Path) -> None:
    grant = intake.keys.grant_for_source(OFFICE)
    assert grant is not None
    lines = [
        _plan(place, "jsonl"),
        _plan(place, "jsonl-x", first_visit_due_at="2026-05-01T00:00:00Z"),
    ]
    (folder / "plans.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    rows = [_plan(place, "csv"), _plan(place, "csv-x", plan="困境儿童")]
    rows[1]["support_plan"]["plan"] = "left-behind-child"
    with (folder / "plans.csv").open("w", encoding="gb18030", newline="") as file:
        table = csv.DictWriter(file, [*_flat(rows[0])])
        table.writeheader()
        table.writerows(map(_flat, rows))
    for name in ("plans.jsonl", "plans.csv"):
        summary = await import_file(
            folder / name, grant, intake.accepter.accept, intake.parts.rules
        )
        assert (summary.accepted, summary.rejected) == (1, 1)


def _flat(report: Report) -> Report:
    top = {name: value for name, value in report.items() if name != "support_plan"}
    return {**top, **report["support_plan"]}
