"""The four services as local processes, with the broker and Redis they need: what demo, up and the journeys run."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.cli.local import embedded
from services.cli.local.kafka_node import KafkaNode, ensure_jars
from services.cli.local.process import LocalProcess, NotReady, free_port, spawn
from services.cli.local.redis_node import RedisNode, system_server
from services.common.kafka_admin import ensure_topics
from services.common.settings import REPOSITORY, CommonSettings

SERVICES = ("intake", "risk_scoring", "escalation", "notifier")
# Watches the escalation engine past it; no part of what it watches.
AUDITOR = "escalation.auditor"
START_TIMEOUT_S = 60.0
TLS_SETTINGS = ("SANSE_TLS_CERTIFICATE", "SANSE_TLS_KEY", "SANSE_TLS_CLIENT_CA")
JARS = REPOSITORY / "var" / "broker" / "jars"


@dataclass(frozen=True, slots=True)
class Part:
    """A server's address, in words where it comes from, and whether it is for trying out only."""

    address: str
    origin: str
    trial_only: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """Addresses of the broker and Redis, and in words where they come from."""

    kafka: str
    redis: str
    kafka_origin: str
    redis_origin: str
    # Those that come from a wheel: said on the screen.
    trial_only: tuple[str, ...] = ()


@contextmanager
def found_parts(folder: Path, *, last_resort: bool = False) -> Iterator[Parts]:
    """The broker and Redis that `start_parts` finds; those it started are ended on leaving."""
    own: dict[str, LocalProcess] = {}
    try:
        yield start_parts(folder, own, last_resort=last_resort)
    finally:
        stop_parts(own)


def start_parts(folder: Path, own: dict[str, LocalProcess], *, last_resort: bool) -> Parts:
    """The broker and Redis of the settings, else local real ones under `folder`, else, as a last resort, wheels.

    What is started is added to `own`. NotReady says what to install when a part cannot be had.
    """
    kafka = _broker(folder / "kafka", own, last_resort)
    redis = _redis(folder / "redis", own, last_resort)
    trial_only = tuple(part.origin for part in (kafka, redis) if part.trial_only)
    return Parts(kafka.address, redis.address, kafka.origin, redis.origin, trial_only)


def stop_parts(own: Mapping[str, LocalProcess]) -> None:
    """End what was started, the last first."""
    for process in reversed(list(own.values())):
        process.stop()


def _broker(folder: Path, own: dict[str, LocalProcess], last_resort: bool) -> Part:
    given = os.environ.get("SANSE_KAFKA")
    if given:
        return Part(given, "SANSE_KAFKA")
    try:
        jars = ensure_jars(JARS)
    except NotReady:
        program = embedded.BROKER.program() if last_resort else None
        if program is None:
            raise
        own["kafka"], address = embedded.start_broker(program, folder)
        return Part(address, embedded.BROKER.origin, trial_only=True)
    node = KafkaNode.start(folder, jars)
    own["kafka"] = node.process
    return Part(node.address, "Apache Kafka 4.1 (local node)")


def _redis(folder: Path, own: dict[str, LocalProcess], last_resort: bool) -> Part:
    given = os.environ.get("SANSE_REDIS")
    if given:
        return Part(given, "SANSE_REDIS")
    try:
        server, wheel = system_server(), False
    except NotReady:
        program = embedded.REDIS.program() if last_resort else None
        if program is None:
            raise
        server, wheel = str(embedded.runnable(program)), True
    node = RedisNode.start(folder, server=server)
    own["redis"] = node.process
    return Part(node.url, embedded.REDIS.origin if wheel else "redis-server (local)", wheel)


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

    @property
    def scheme(self) -> str:
        """How the HTTP doors speak: https when the services have a certificate."""
        return "https" if self.env.get("SANSE_TLS_CERTIFICATE") else "http"

    def _env(self, service: str, instance: str) -> Mapping[str, str]:
        env = {
            # The shell's certificates are for the services it runs for real: a trial has its own env.
            **dict.fromkeys(TLS_SETTINGS, ""),
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
            page = f"{self.scheme}://{self.address(service, 'page', instance)}"
            env.setdefault("SANSE_PUBLIC_URL", page)
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
