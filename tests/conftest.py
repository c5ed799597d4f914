"""Real parts for the tests: one Apache Kafka node and one Redis server for the whole session."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from services.cli.local.kafka_node import KafkaNode, ensure_jars
from services.cli.local.redis_node import RedisNode
from services.cli.stack import JARS
from tests.machine_lanes import LANES
from tests.simulators.client import Simulators

_numbers = itertools.count(1)
# No test asserts wall-clock time, Hypothesis included.
settings.register_profile("sanse", deadline=None)
settings.load_profile("sanse")
_ROOMS = ("journey", "contract", "unit")
# Tests may run in several processes at once (pytest-xdist), each with parts of its own.
_PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "")


def pytest_configure() -> None:
    """A lane that must run and cannot ends the session before it begins.

    A parent's terminal size must not decide how tables wrap: a console reads it once, when it is made.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    # Nobody is told of their day because the tests happen to run in a working morning.
    os.environ["SANSE_MORNINGS_FILE"] = "none"
    for lane in LANES:
        lane.is_missing()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Tests of a lane that cannot run here are not collected."""
    for lane in LANES:
        if collection_path == lane.folder and lane.is_missing():
            return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no process is left alone with a journey at the end."""
    items.sort(
        key=lambda item: next((n for n, room in enumerate(_ROOMS) if room in item.nodeid), 9)
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nobody may take silence for success."""
    for lane in LANES:
        if lane.is_missing():
            terminalreporter.section(f"{lane.name} DID NOT RUN", sep="!", red=True, bold=True)
            terminalreporter.line(lane.advice)


@pytest.fixture(scope="session")
def kafka_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaNode]:
    """A real Apache Kafka node of this session's own."""
    node = KafkaNode.start(tmp_path_factory.mktemp("kafka"), ensure_jars(JARS), brief=True)
    yield node
    node.stop()


@pytest.fixture(scope="session")
def kafka(kafka_node: KafkaNode) -> str:
    """The broker's address."""
    return kafka_node.address


@pytest.fixture(scope="session")
def redis_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisNode]:
    """A real Redis server of this session's own."""
    node = RedisNode.start(tmp_path_factory.mktemp("redis"))
    yield node
    node.stop()


@pytest.fixture(scope="session")
def redis_url(redis_node: RedisNode) -> str:
    """The server's address."""
    return redis_node.url


@pytest.fixture
def sanse_prefix() -> str:
    """A prefix of topics, keys and groups that no other test uses."""
    return f"t{_PROCESS}{next(_numbers)}"


@pytest.fixture(scope="session")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    """The gateways, as one process."""
    running = Simulators.start(tmp_path_factory.mktemp("simulators"))
    yield running
    running.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fresh folder for a stack's files."""
    return tmp_path
