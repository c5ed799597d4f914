"""The auditor's watch as it runs: it outlives what is away and says so, and an engine that was stopped is told of."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.local.process import LocalProcess, free_port, spawn
from services.cli.local.redis_node import RedisNode
from services.cli.main import app
from services.common.clock import SharedClock, SystemClock
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.escalation.auditor.main import watch
from services.escalation.auditor.settings import AuditSettings
from services.escalation.domain.audit_course import Course
from tests.contract.escalation.outside import Outside, listening
from tests.contract.escalation.records import decision, risk_value
from tests.contract.escalation.test_process import HOUSEHOLD, start
from tests.unit.escalation.desk import START_MS

WAIT_S = 60.0


def page(folder: Path, **seconds: int) -> Path:
    """The shipped page with shorter limits."""
    lines = CommonSettings().audit_file.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.partition("_s:")[0] not in seconds]
    file = folder / "audit.yaml"
    changed = [f"{name}_s: {value}" for name, value in seconds.items()]
    file.write_text("\n".join([*kept, *changed]), encoding="utf-8")
    return file


@asynccontextmanager
async def watching(settings: AuditSettings) -> AsyncIterator[Course]:
    """The watch, which ends by itself when it is told to."""
    stop, course = asyncio.Event(), Course(SystemClock().now_ms())
    running = asyncio.create_task(watch(settings, stop, course))
    try:
        yield course
    finally:
        stop.set()
        await asyncio.wait_for(running, WAIT_S)


def settings_for(outside: Outside, folder: Path, **parts: str) -> AuditSettings:
    """An auditor that looks often and says soon that it cannot."""
    return AuditSettings(
        **parts,  # type: ignore[arg-type]
        partitions=1,
        audit_file=page(folder, incomplete_after=1),
        audit_heartbeat_url=f"{outside.url}/beat",
        audit_alarm_url=f"{outside.url}/alarm",
        audit_every_s=0.2,
        audit_settle_s=0.0,
    )


async def test_an_auditor_without_redis_says_so_and_goes_on_when_it_is_back(
    kafka: str, sanse_prefix: str, tmp_path: Path
) -> None:
    """No heartbeat and an alarm while nothing can be compared; clean passes feed the heartbeat afterwards."""
    port = free_port()
    async with listening() as outside:
        settings = settings_for(
            outside,
            tmp_path,
            kafka=kafka,
            prefix=sanse_prefix,
            redis=f"redis://127.0.0.1:{port}/0",
        )
        await asyncio.to_thread(ensure_topics, settings)
        async with watching(settings) as course:
            failed = await asyncio.to_thread(outside.next_at, "/beat/fail")
            alarm = await asyncio.to_thread(outside.next_at, "/alarm")
            was = (course.complete_ms, course.error)
            redis = await asyncio.to_thread(RedisNode.start, tmp_path / "redis", port)
            try:
                beat = await asyncio.to_thread(outside.next_at, "/beat")
                told = (course.failed, course.clean_ms > 0)
            finally:
                await asyncio.to_thread(redis.stop)
    assert failed["reasons"] == alarm["reasons"] == {"audit_incomplete": 1}
    assert "无人监督" in alarm["zh"] and "nobody watches" in alarm["en"]
    assert was == (0, "ConnectionError")
    assert beat["reasons"] == {} and told == (0, True)


async def test_an_auditor_that_never_reached_its_broker_says_so(tmp_path: Path) -> None:
    """It does not end: it tries again and is heard."""
    async with listening() as outside:
        settings = settings_for(outside, tmp_path, kafka=f"127.0.0.1:{free_port()}")
        async with watching(settings) as course:
            alarm = await asyncio.to_thread(outside.next_at, "/alarm")
            assert course.error == "KafkaConnectionError"
    assert alarm["reasons"] == {"audit_incomplete": 1}


@contextmanager
def auditing_process(
    settings: CommonSettings, outside: Outside, folder: Path, clock_file: Path
) -> Iterator[tuple[LocalProcess, str]]:
    """python -m services.escalation.auditor with short limits, and its door."""
    door = f"127.0.0.1:{free_port()}"
    env = {
        "SANSE_KAFKA": settings.kafka,
        "SANSE_REDIS": settings.redis,
        "SANSE_PREFIX": settings.prefix,
        "SANSE_PARTITIONS": str(settings.partitions),
        "SANSE_CLOCK_FILE": str(clock_file),
        "SANSE_GRPC_LISTEN": door,
        "SANSE_AUDIT_FILE": str(page(folder, silent_after=1, still_after=1)),
        "SANSE_AUDIT_ALARM_URL": f"{outside.url}/alarm",
        "SANSE_AUDIT_EVERY_S": "0.3",
        "SANSE_AUDIT_SETTLE_S": "0.1",
    }
    command = [sys.executable, "-m", "services.escalation.auditor"]
    process = spawn("auditor", command, folder / "auditor.log", env)
    try:
        yield process, door
    finally:
        process.stop()


def alarm_of(outside: Outside, *reasons: str) -> dict[str, int]:
    """Wait for an alarm with all these reasons; gives what it counts by reason."""
    while True:
        told: dict[str, int] = outside.next_at("/alarm")["reasons"]
        if set(reasons) <= set(told):
            return told


def doctor(door: str) -> str:
    """What "sanse doctor" says when it knows the auditor's door; it ends with 1, since something is wrong."""
    env = {"SANSE_ESCALATION_AUDITOR_GRPC": door, "SANSE_LANG": "en"}
    done = CliRunner().invoke(app, ["doctor"], env=env)
    assert done.exit_code == 1, done.output
    return done.output


@pytest.fixture
def settings(kafka: str, redis_url: str, sanse_prefix: str) -> CommonSettings:
    """Topics of this test's own."""
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=sanse_prefix, partitions=1)
    ensure_topics(settings)
    return settings


async def test_an_engine_that_was_stopped_is_told_of_though_nothing_is_due(
    settings: CommonSettings, tmp_path: Path
) -> None:
    """SIGSTOP: no case is open and nothing comes in, and its silence is told; what then waits for it is told, too."""
    clock_file = tmp_path / "clock.json"
    SharedClock(clock_file).set(START_MS, 0)
    engine = start(settings, tmp_path, clock_file, SANSE_SESSION_TIMEOUT_S="3")
    async with listening() as outside:
        with auditing_process(settings, outside, tmp_path, clock_file) as (auditor, door):
            try:
                # Neither scoring nor a notifier runs here: the auditor looks, and the engine is there.
                living = await asyncio.to_thread(alarm_of, outside, "service_silent")
                os.kill(engine.pid, signal.SIGSTOP)
                stopped = await asyncio.to_thread(alarm_of, outside, "engine_silent")
                producer = LaneProducer(settings)
                await producer.start()
                value = risk_value(decision(1, HOUSEHOLD, 3))
                await producer.send([(lane_of(HOUSEHOLD), Outgoing(Topic.RISK, value))])
                await producer.stop()
                await asyncio.to_thread(alarm_of, outside, "engine_silent", "group_stands_still")
                told = await asyncio.to_thread(doctor, door)
            finally:
                os.kill(engine.pid, signal.SIGCONT)
                engine.stop()
    assert not {"engine_silent", "group_stands_still"} & set(living)
    assert auditor.popen.returncode == 0, auditor.log_tail()
    assert auditor.has_logged("audit.found") and not auditor.has_logged("WARNING:kafka")
    assert "group_stands_still" not in stopped
    assert "engine_silent (1): engine the escalation engine is silent" in told
    assert "service_silent (2): notifier, risk_scoring" in told
    assert "group_stands_still" in told and "audit: a pass completed" in told
