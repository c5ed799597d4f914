"""A real Redis server on loopback, run from the system's redis-server when no address is set."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from services.cli.local.process import LocalProcess, NotReady, answers, free_port, spawn


@dataclass(slots=True)
class RedisNode:
    """A running server; append-only file on, so that a clean restart keeps the view."""

    process: LocalProcess
    port: int
    data_dir: Path

    @property
    def url(self) -> str:
        """redis://… for clients."""
        return f"redis://127.0.0.1:{self.port}/0"

    @classmethod
    def start(cls, data_dir: Path, port: int = 0) -> RedisNode:
        """Start and wait until the port answers."""
        server = shutil.which("redis-server") or shutil.which("valkey-server")
        if server is None:
            raise NotReady("no Redis is set (SANSE_REDIS) and redis-server is not installed")
        port = port or free_port()
        data_dir.mkdir(parents=True, exist_ok=True)
        command = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data_dir)]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
        process = spawn("redis", command, data_dir / "redis.log")
        process.wait_until(lambda: answers(port), 20)
        return cls(process, port, data_dir)

    def stop(self) -> None:
        """Stop cleanly."""
        self.process.stop()
