"""Where the broker and Redis come from: the settings, else real local ones, else an error that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaProducer

from services.cli import stack
from services.cli.local import embedded
from services.cli.local.embedded import Wheel
from services.cli.local.kafka_node import ensure_jars
from services.cli.local.process import LocalProcess, NotReady, free_port, spawn
from services.cli.stack import JARS, found_parts, start_parts, stop_parts
from services.cli.topic_reader import read_topic
from services.common.kafka_admin import ensure_topics
from services.common.settings import CommonSettings
from services.common.topics import Topic

ABSENT = Wheel("no-such-package", "no_such_module", "program")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A shell with nothing on its path and no address set; the folder that is on its path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    for name in ("SANSE_KAFKA", "SANSE_REDIS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(embedded, "BROKER", ABSENT)
    monkeypatch.setattr(embedded, "REDIS", ABSENT)
    return programs


def test_settings_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Addresses in the settings are taken as they are, and nothing is started."""
    monkeypatch.setenv("SANSE_KAFKA", "broker:9092")
    monkeypatch.setenv("SANSE_REDIS", "redis://cache:6379/0")
    own: dict[str, LocalProcess] = {}

    parts = start_parts(tmp_path, own, last_resort=True)

    assert (parts.kafka, parts.redis) == ("broker:9092", "redis://cache:6379/0")
    assert (own, parts.trial_only) == ({}, ())


def test_real_ones_come_before_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where Java and redis-server are, no wheel is used; and after the machine failed, the same data is there again."""
    for name in ("SANSE_KAFKA", "SANSE_REDIS"):
        monkeypatch.delenv(name, raising=False)
    own: dict[str, LocalProcess] = {}
    try:
        parts = start_parts(tmp_path, own, last_resort=True)
        settings = CommonSettings(kafka=parts.kafka, prefix="parts", partitions=1)
        ensure_topics(settings)
        producer = KafkaProducer(bootstrap_servers=parts.kafka, acks="all")
        producer.send(settings.topics(Topic.EVENTS), b"kept").get(30)
        producer.close()
        for process in own.values():
            process.popen.kill()
            process.popen.wait()
        parts = start_parts(tmp_path, own, last_resort=True)
        found = read_topic(settings.model_copy(update={"kafka": parts.kafka}), Topic.EVENTS)
        assert [record.value for record in found] == [b"kept"]
    finally:
        stop_parts(own)

    assert parts.kafka_origin.startswith("Apache Kafka")
    assert parts.redis_origin.startswith("redis-server")
    assert parts.trial_only == ()
    assert not any(process.alive for process in own.values())


def test_what_never_became_ready_is_ended(tmp_path: Path) -> None:
    """A process nobody will ever name to "sanse down" is not left behind."""
    process = spawn("sleeper", ["sleep", "600"], tmp_path / "log")
    with pytest.raises(NotReady, match="sleeper is not ready"):
        process.wait_until(lambda: False, timeout_s=0.1)
    assert not process.alive


@pytest.mark.parametrize("last_resort", [False, True])
def test_nothing_to_be_had(bare: Path, tmp_path: Path, last_resort: bool) -> None:
    """Without Java and without the wheels the error names setting, package and trial, in both languages."""
    with pytest.raises(NotReady) as wrong, found_parts(tmp_path, last_resort=last_resort):
        raise AssertionError("no parts can be had here")
    zh, en = str(wrong.value).split(" / ")
    for text in (zh, en):
        assert "SANSE_KAFKA" in text and "openjdk-17" in text and "make embedded" in text
    assert en.isascii() and not zh.isascii()


def test_no_redis(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for Redis."""
    monkeypatch.setenv("SANSE_KAFKA", "broker:9092")
    with pytest.raises(NotReady, match=r"SANSE_REDIS.*redis-server.*make embedded"):
        start_parts(tmp_path, {}, last_resort=True)


def test_old_java_is_not_enough(bare: Path, tmp_path: Path) -> None:
    """A Java too old for the node is told at once, not as a stack trace of its class loader."""
    java = bare / "java"
    java.write_text("""#!/bin/sh\necho 'openjdk version "11.0.2" 2019-01-15' >&2\n""")
    java.chmod(0o755)
    with pytest.raises(NotReady, match="Java 17 is missing"):
        ensure_jars(JARS)


def test_wheels_are_asked_for_by_name_only_as_a_last_resort(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who did not ask for a last resort (a benchmark) never gets a wheel, though it is installed."""

    class Installed:
        def program(self) -> Path:
            raise AssertionError("the wheel was looked for")

    monkeypatch.setattr(stack.embedded, "BROKER", Installed())
    with pytest.raises(NotReady):
        start_parts(tmp_path, {}, last_resort=False)


# The demo as a process whose wheels are not installed and whose folder is the test's own.
DEMO = """
import sys, pathlib
from services.cli.demo import run
from services.cli.local import embedded
from services.cli.main import main
embedded.BROKER = embedded.Wheel("no-such-package", "no_such_module", "program")
run._FOLDER = pathlib.Path(sys.argv.pop())
main()
"""


def test_a_question_to_a_broker_that_is_away_ends_in_words() -> None:
    """sanse risk overdue without a broker: one sentence and 1, neither a traceback nor the client's own log."""
    told = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "risk", "overdue"],
        env={
            **os.environ,
            "SANSE_KAFKA": f"127.0.0.1:{free_port()}",
            "SANSE_LANG": "en",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert told.returncode == 1
    assert "Unable to bootstrap" in told.stderr and len(told.stderr.splitlines()) == 1, told.stderr


def test_command_ends_with_the_message(tmp_path: Path) -> None:
    """sanse demo without Java says what is missing and ends with 1, without a traceback."""
    told = subprocess.run(
        [sys.executable, "-c", DEMO, "demo", str(tmp_path / "demo")],
        env={**os.environ, "PATH": str(tmp_path), "SANSE_KAFKA": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told.returncode == 1
    assert "openjdk-17" in told.stderr and "Traceback" not in told.stderr
