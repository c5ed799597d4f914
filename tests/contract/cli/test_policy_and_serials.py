"""sanse policy and sanse serials against a real worker: previewed by one, approved by another, seen in the ledger."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli import context
from services.cli.main import app
from services.common.clock import SharedClock
from services.common.settings import CommonSettings
from services.common.spans import HOUR_MS
from services.common.topics import Topic
from services.escalation.adapters.numbering_file import read_numbering
from services.escalation.adapters.policy_file import load_policies
from tests.contract.escalation.records import decision, risk_value
from tests.contract.escalation.test_process import write_roster
from tests.contract.escalation.worker import Worker, running_worker, served
from tests.unit.escalation.desk import COUNTY, START_MS, TOWNSHIP, rules

HOUSEHOLDS = [f"HTESTHOUSEHOLD{n:07d}" for n in range(4)]
POLICIES = CommonSettings().policies_dir
LAW = replace(
    rules(),
    policies=load_policies(POLICIES),
    numbering=read_numbering(CommonSettings().numbering_file),
)
TO = "household_conflict/2026-2"


@pytest.fixture
async def worker(
    kafka: str,
    redis_url: str,
    sanse_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Worker]:
    """A worker under the shipped policies: green, yellow, red, green; the command points to it."""
    monkeypatch.setattr(context, "RUN_FILE", tmp_path / "none.json")
    monkeypatch.setenv("SANSE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    clock = tmp_path / "clock.json"
    async with running_worker(kafka, redis_url, sanse_prefix, LAW) as worker:
        for name, value in {
            "KAFKA": kafka,
            "REDIS": redis_url,
            "PREFIX": sanse_prefix,
            "PARTITIONS": worker.settings.partitions,
            "ESCALATION_GRPC": worker.settings.grpc_listen,
            "ROSTER_FILE": write_roster(tmp_path / "roster.csv"),
            "CLOCK_FILE": clock,
        }.items():
            monkeypatch.setenv(f"SANSE_{name}", str(value))
        SharedClock(clock).set(START_MS, 0)
        for number, household in enumerate(HOUSEHOLDS):
            value = risk_value(decision(number, household, 1 + number % 3))
            await worker.write(Topic.RISK, household, value)
        await worker.work()
        yield worker


async def sanse(*words: str) -> Result:
    """The command, beside the running services."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))


async def test_a_version_is_previewed_by_one_and_approved_by_another(
    worker: Worker, tmp_path: Path
) -> None:
    """The preview moves nothing; the proposer may not approve; once approved, nothing is left to change."""
    file = tmp_path / "proposal.json"
    async with served(worker):
        shown = await sanse("policy", "preview", "--to", TO, "--as", TOWNSHIP, "--save", str(file))
        assert shown.exit_code == 0, shown.output
        assert f"4 open cases would go under {TO}" in shown.output
        assert "overdue by the change: 0" in shown.output
        assert [one for one in await worker.proposals() if one.HasField("change_policy")] == []

        own = await sanse("policy", "apply", str(file), "--as", TOWNSHIP)
        assert own.exit_code == 2 and "another person" in own.output
        done = await sanse("policy", "apply", str(file), "--as", COUNTY)
        assert (done.exit_code, "4 commands" in done.output) == (0, True), done.output
        gone = tmp_path / "gone.json"
        gone.write_text(
            file.read_text().replace(json.loads(file.read_text())["cases"][0][0], "9-x")
        )
        partly = await sanse("policy", "apply", str(gone), "--as", COUNTY)
        assert (partly.exit_code, "there is no case 9-x" in partly.output) == (2, True)
        assert "1 were refused" in partly.output and "3 commands" in partly.output
        await worker.work()
        again = await sanse("policy", "preview", "--to", TO, "--as", TOWNSHIP)
        unknown = await sanse("policy", "preview", "--to", "nothing/1", "--as", TOWNSHIP)

    assert f"0 open cases would go under {TO}" in again.output
    assert unknown.exit_code == 2 and TO in unknown.output


async def test_load_digest_and_handover_read_the_running_service(worker: Worker) -> None:
    """Who is over the place sees each owner's load; an official's digest and handover list the own cases."""
    async with served(worker):
        load = await sanse("load", "--as", COUNTY)
        day = await sanse("digest", "--as", COUNTY)
        over = await sanse("handover", "--as", COUNTY, "--of", TOWNSHIP)

    assert "3 officials, 4 open cases, 0 overdue" in load.output, load.output
    assert f"Today for {COUNTY}" in day.output and "due within a day: 1" in day.output
    assert f"What {TOWNSHIP} hands over" in over.output
    assert "new within a day: 1" in over.output and "due later: 0" in over.output


async def test_the_numbers_are_proved_over_the_whole_topic(worker: Worker) -> None:
    """A red case three hours late has number 001; the check says so and exits with 0."""
    worker.clock.now += 3 * HOUR_MS
    for turn in range(4):
        await worker.refresh()
        await worker.timer.poll(worker.clock.now_ms(), 100.0 * turn)
        await worker.work()

    told = await sanse("serials", "check")

    assert told.exit_code == 0, told.output
    assert "532301/2026/white" in told.output
    assert "1 numbers, no gap and no repeat; 0 notices wait" in told.output
