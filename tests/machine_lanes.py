"""The lanes of the tests that not every machine can run: each says loudly when it does not, and may be required."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException

from services.cli.local import embedded

TESTS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Lane:
    """A folder of tests, whether this machine can run it, and what to do when it cannot.

    required: the environment variable that makes its absence an error; "" where nothing does.
    """

    name: str
    folder: Path
    runs: Callable[[], bool]
    advice: str
    required: str = ""

    def is_missing(self) -> bool:
        """Whether it cannot run here; UsageError when it must."""
        if self.runs():
            return False
        if self.required and os.environ.get(self.required):
            raise pytest.UsageError(f"{self.required} is set, and: {self.advice}")
        return True


@cache
def _engine_answers() -> bool:
    try:
        with closing(docker.from_env(timeout=5)) as client:
            client.ping()
    except DockerException:
        # The library leaves the socket that did not connect open. Collected in the middle of an import, its warning
        # imports too, which ends this interpreter's import lock with a KeyError (python/cpython issue 106176).
        gc.collect()
        return False
    return True


def _wheels_installed() -> bool:
    return None not in (embedded.BROKER.program(), embedded.REDIS.program())


def _kannel_installed() -> bool:
    return all(Path("/usr/sbin", name).exists() for name in ("bearerbox", "smsbox"))


LANES = (
    Lane(
        "CONTAINER LANE",
        TESTS / "contract" / "container",
        _engine_answers,
        "no container engine answers; set SANSE_REQUIRE_CONTAINERS=1 to make this an error",
        "SANSE_REQUIRE_CONTAINERS",
    ),
    # No other lane may come to need the wheels.
    Lane(
        "EMBEDDED LANE",
        TESTS / "contract" / "embedded",
        _wheels_installed,
        "the wheels are not installed: make embedded",
    ),
    Lane(
        "KANNEL LANE",
        TESTS / "contract" / "kannel",
        _kannel_installed,
        "Kannel is not installed: apt-get install kannel; set SANSE_REQUIRE_KANNEL=1 to make this an error",
        "SANSE_REQUIRE_KANNEL",
    ),
)
