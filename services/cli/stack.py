"""The four services as local processes, with the broker and Redis they need: what demo, up and the journeys run."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.cli.local.kafka_node import KafkaNode, ensure_jars
from services.cli.local.process import LocalProcess, free_port, spawn
from services.cli.local.redis_node import RedisNode
from services.common.kafka_admin import ensure_topics
from services.common.settings import REPOSITORY, CommonSettings

SERVICES = ("intake", "risk_scoring", "escalation", "notifier")
START_TIMEOUT_S = 60.0
JARS = REPOSITORY / "var" / "broker" / "jars"


@dataclass(frozen=True, slots=True)
class Parts:
    """Addresses of the broker and Redis, and in words where they come from."""

    kafka: str
    redis: str
    kafka_origin: str
    redis_origin: str


@contextmanager
def found_parts(folder: Path) -> Iterator[Parts]:
    """The broker and Redis of the settings, else local real ones under `folder`, ended on leaving."""
    kafka, redis = os.environ.get("SANSE_KAFKA"), os.environ.get("SANSE_REDIS")
    kafka_node = None if kafka else KafkaNode.start(folder / "kafka", ensure_jars(JARS))
    try:
        redis_node = None if redis else RedisNode.start(folder / "redis")
        try:
            yield Parts(
                kafka_node.address if kafka_node else str(kafka),
                redis_node.url if redis_node else str(redis),
                "Apache Kafka 4.1 (local node)" if kafka_node else "SANSE_KAFKA",
                "redis-server (local)" if redis_node else "SANSE_REDIS",
            )
        finally:
            if redis_node:
                redis_node.stop()
    finally:
        if kafka_node:
            kafka_node.stop()


@dataclass(slots=True)
class Stack:
    """Settings shared by the services, and the processes running with them."""

    parts: Parts
    folder: Path
    env: dict[str, str]
    prefix: str = "sanse"
    python: str = sys.executable
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, LocalProcess] = field(default_factory=dict)

    def settings(self) -> CommonSettings:
        """The settings the services see."""
        return CommonSettings(
            kafka=self.parts.kafka,
            redis=self.parts.redis,
            prefix=self.prefix,
            partitions=int(self.env.get("SANSE_PARTITIONS", "8")),
        )

    def prepare(self) -> None:
        """Create the topics."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ensure_topics(self.settings())

    def start(self, service: str, instance: str = "1", *arguments: str) -> LocalProcess:
        """Start one instance of a service with arguments, if any; does not wait."""
        name = f"{service}-{instance}"
        log_file = self.folder / f"{name}.log"
        process = spawn(
            name,
            [self.python, "-m", f"services.{service}", *arguments],
            log_file,
            self._env(service, instance),
        )
        self.processes[name] = process
        return process

    def start_all(self) -> None:
        """Start one instance of each service and wait until all serve."""
        for service in SERVICES:
            self.start(service)
        for service in SERVICES:
            self.wait_ready(service)

    def wait_ready(self, service: str, instance: str = "1", times: int = 1) -> None:
        """Wait until the instance has logged service.ready for the `times`-th time."""
        process = self.processes[f"{service}-{instance}"]
        process.wait_until(lambda: _readies(process) >= times, START_TIMEOUT_S)

    def stop(self) -> None:
        """End all processes, the last stage first."""
        for process in reversed(self.processes.values()):
            process.popen.terminate() if process.alive else None
        for process in self.processes.values():
            process.stop()

    def address(self, service: str, door: str = "grpc", instance: str = "1") -> str:
        """host:port of a service's door ("grpc", "http" or "page")."""
        key = f"{service}-{instance}-{door}"
        if key not in self.ports:
            self.ports[key] = free_port()
        return f"127.0.0.1:{self.ports[key]}"

    def _env(self, service: str, instance: str) -> Mapping[str, str]:
        env = {
            **self.env,
            "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "protos" / "gen")]),
            "SANSE_KAFKA": self.parts.kafka,
            "SANSE_REDIS": self.parts.redis,
            "SANSE_PREFIX": self.prefix,
            "SANSE_INSTANCE": instance,
            "SANSE_GRPC_LISTEN": self.address(service, "grpc", instance),
        }
        if service == "intake":
            env["SANSE_HTTP_LISTEN"] = self.address(service, "http", instance)
        if service == "notifier":
            env["SANSE_PAGE_LISTEN"] = self.address(service, "page", instance)
            env.setdefault("SANSE_PUBLIC_URL", f"http://{self.address(service, 'page', instance)}")
        return env

    def save(self, path: Path) -> None:
        """Write addresses and pids, so that a later command can use or end this stack."""
        content = {
            "kafka": self.parts.kafka,
            "redis": self.parts.redis,
            "prefix": self.prefix,
            "env": self.env,
            "ports": self.ports,
            "pids": {name: process.pid for name, process in self.processes.items()},
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2))


def _readies(process: LocalProcess) -> int:
    if not process.log_file.exists():
        return 0
    return process.log_file.read_text(errors="replace").count("service.ready")
