"""The calendar of working days has run out: the worker as deployed still gives every warning its duty, loudly."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from shutil import copy

import pytest

from services.cli.local.process import spawn
from services.common.clock import SharedClock
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import REPOSITORY, CommonSettings
from services.common.topics import Topic
from services.escalation.adapters.workdays import LOCAL_FILE, WorkdayFileWrong, Workdays
from services.escalation.domain.worktime import CHINA
from tests.contract.escalation.records import decision, risk_value
from tests.contract.escalation.test_process import WAIT_S, until, write_roster
from tests.unit.escalation.desk import COUNTY

HOUSEHOLD = "HTESTHOUSEHOLD0000001"
# A year that no calendar knows.
NOW_MS = int(datetime(2099, 1, 5, 9, tzinfo=CHINA).timestamp() * 1000)


@pytest.fixture
def year_without_calendar(tmp_path: Path) -> dict[str, str]:
    """Settings: the shipped policy with red in working time, and a clock in 2099."""
    policies = tmp_path / "policies"
    policies.mkdir()
    shipped = (REPOSITORY / "deploy" / "policies" / "household_conflict.yaml").read_text()
    counted = shipped.replace("{hours: 2}", "{hours: 2, counted: working}")
    (policies / "household_conflict.yaml").write_text(counted)
    copy(REPOSITORY / "deploy" / "policies" / "triage.yaml", policies)
    SharedClock(tmp_path / "clock.json").set(NOW_MS, 0)
    return {
        "SANSE_POLICIES_DIR": str(policies),
        "SANSE_CLOCK_FILE": str(tmp_path / "clock.json"),
        "SANSE_ROSTER_FILE": str(write_roster(tmp_path / "roster.csv")),
    }


async def test_red_decision_has_its_duty(
    kafka: str,
    redis_url: str,
    sanse_prefix: str,
    tmp_path: Path,
    year_without_calendar: dict[str, str],
) -> None:
    """The worker starts with a warning; a red decision is told to its owner with a deadline; nothing is dead."""
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=sanse_prefix, partitions=1)
    ensure_topics(settings)
    env = {
        "SANSE_KAFKA": kafka,
        "SANSE_REDIS": redis_url,
        "SANSE_PREFIX": sanse_prefix,
        "SANSE_PARTITIONS": "1",
        **year_without_calendar,
    }
    command = [sys.executable, "-m", "services.escalation"]
    process = spawn("escalation", command, tmp_path / "escalation.log", env)
    producer = LaneProducer(settings)
    await producer.start()
    try:
        process.wait_until(lambda: process.has_logged("service.ready"), WAIT_S)
        value = risk_value(decision(1, HOUSEHOLD, 3, decided_at_ms=NOW_MS))
        await producer.send([(lane_of(HOUSEHOLD), Outgoing(Topic.RISK, value))])
        (duty,) = await until(settings, 1)
    finally:
        await producer.stop()
        process.stop()
    assert (duty.recipient_id, duty.act_due_ms) == (COUNTY, NOW_MS + 2 * 3_600_000)
    assert process.has_logged("calendar.runs_out")
    assert process.has_logged("deadline.calendar_assumed")
    assert not process.has_logged("record.dead")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Monday to Friday"), ("zh", "只按周一至周五计算")]
)
def test_doctor_says_so(year_without_calendar: dict[str, str], language: str, said: str) -> None:
    """sanse doctor names the missing calendar and what to do, in the chosen language."""
    told = _doctor(year_without_calendar | {"SANSE_LANG": language})
    assert told.returncode == 1
    assert said in told.stdout and "complete_years" in told.stdout


def test_doctor_is_content_with_a_completed_year(year_without_calendar: dict[str, str]) -> None:
    """With the year completed by the local file, the doctor counts the days that are left."""
    folder = Path(year_without_calendar["SANSE_POLICIES_DIR"])
    (folder / LOCAL_FILE).write_text("holidays: [2099-01-01]\ncomplete_years: [2099]\n")
    told = _doctor(year_without_calendar | {"SANSE_LANG": "en"})
    assert "ok Calendar of working days reaches 361 more days" in told.stdout, told


def test_dates_with_a_time_are_refused(tmp_path: Path) -> None:
    """A holiday written with a time would match no day, so it is named as wrong; so is a year that is no number."""
    file = tmp_path / LOCAL_FILE
    file.write_text("holidays: [2099-01-01 00:00:00]\n")
    with pytest.raises(WorkdayFileWrong, match="is no date"):
        Workdays.load(tmp_path)
    file.write_text("complete_years: 2099\n")
    with pytest.raises(WorkdayFileWrong, match="list of years"):
        Workdays.load(tmp_path)
    file.write_text("workdays: [2099-01-03]\n")
    assert Workdays.load(tmp_path).is_workday(date(2099, 1, 3))


def _doctor(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.main", "doctor"],
        env={**os.environ, "COLUMNS": "400", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
