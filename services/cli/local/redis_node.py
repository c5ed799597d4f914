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
    def start(cls, data_dir: Path, port: int = 0, server: str = "") -> RedisNode:
        """Start the system's server, or the one given, and wait until the port answers."""
        server = server or system_server()
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


def system_server() -> str:
    """The program of the system; NotReady, with what to do, when there is none."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise NotReady(
            "未设置 Redis（SANSE_REDIS），本机也没有 redis-server："
            "请安装（apt-get install redis-server），或设置 SANSE_REDIS；只想试用：make embedded"
            " / no Redis is set (SANSE_REDIS) and redis-server is not installed: "
            "apt-get install redis-server, or set SANSE_REDIS; only to try it out: make embedded"
        )
    return found
