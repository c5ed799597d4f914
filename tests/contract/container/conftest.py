"""The container lane: runs when a container engine answers, and says loudly when none does."""

from __future__ import annotations

import os
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException
from testcontainers.core.config import testcontainers_config

REQUIRED = "SANSE_REQUIRE_CONTAINERS"
# The reaper is an image of its own; closed networks have only the images of the deployment.
testcontainers_config.ryuk_disabled = True


def engine_answers() -> bool:
    """Whether a container engine can be reached."""
    try:
        docker.from_env(timeout=5).ping()
    except DockerException:
        return False
    return True


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Without an engine nothing here is collected; where the lane is required that is an error."""
    if collection_path.name.startswith("test_") and not engine_answers():
        if os.environ.get(REQUIRED):
            raise pytest.UsageError(f"{REQUIRED} is set and no container engine answers")
        return True
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nobody may take silence for success."""
    if not engine_answers():
        terminalreporter.section("CONTAINER LANE DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"no container engine answers; set {REQUIRED}=1 to make this an error"
        )
