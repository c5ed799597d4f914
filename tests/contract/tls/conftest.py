"""Services as processes with certificates of the test's own authority."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.cli.examples import example_env
from services.cli.local.process import LocalProcess, free_port, spawn
from services.common.kafka_admin import ensure_topics
from services.common.settings import CommonSettings
from tests.contract.tls.authority import Authority, Files


@dataclass(frozen=True, slots=True)
class Running:
    """A service with its doors; the files a caller needs."""

    process: LocalProcess
    grpc: str
    http: str
    page: str
    env: dict[str, str]


@dataclass(frozen=True, slots=True)
class Papers:
    """Everybody's certificates: the prefecture's authority and a stranger's."""

    authority: Authority
    server: Files
    client: Files
    stranger: Authority
    strange_client: Files


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Made once for all tests here."""
    folder = tmp_path_factory.mktemp("certificates")
    ours, theirs = Authority(folder, "ours"), Authority(folder, "theirs")
    return Papers(ours, ours.server(), ours.client(), theirs, theirs.client())


@pytest.fixture(scope="session")
def tls_settings(papers: Papers) -> dict[str, str]:
    """A server's certificate and key, as settings."""
    return {
        "SANSE_TLS_CERTIFICATE": str(papers.server.certificate),
        "SANSE_TLS_KEY": str(papers.server.key),
    }


@pytest.fixture(scope="session")
def mtls_settings(papers: Papers, tls_settings: dict[str, str]) -> dict[str, str]:
    """The same, and clients must show a certificate of ours."""
    return {**tls_settings, "SANSE_TLS_CLIENT_CA": str(papers.authority.ca)}


@pytest.fixture(scope="session")
def parts(kafka: str, redis_url: str) -> dict[str, str]:
    """Real Kafka and Redis, with topics."""
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix="tls", partitions=1)
    ensure_topics(settings)
    return {
        "SANSE_KAFKA": kafka,
        "SANSE_REDIS": redis_url,
        "SANSE_PREFIX": "tls",
        "SANSE_PARTITIONS": "1",
        "SANSE_MASTER_KEY": "5a" * 32,
        **example_env(),
    }


def start(service: str, folder: Path, env: dict[str, str]) -> Running:
    """Start a service and wait until it serves."""
    doors = [f"127.0.0.1:{free_port()}" for _ in range(3)]
    listen = ("SANSE_GRPC_LISTEN", "SANSE_HTTP_LISTEN", "SANSE_PAGE_LISTEN")
    env = {**env, **dict(zip(listen, doors, strict=True))}
    process = spawn(service, [sys.executable, "-m", f"services.{service}"], folder / "log", env)
    process.wait_until(lambda: process.has_logged("service.ready"))
    return Running(process, *doors, env)


@pytest.fixture(scope="session")
def intake_tls(
    parts: dict[str, str], tls_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Intake over TLS."""
    running = start("intake", tmp_path_factory.mktemp("tls"), {**parts, **tls_settings})
    yield running
    running.process.stop()


@pytest.fixture(scope="session")
def intake_mtls(
    parts: dict[str, str], mtls_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Intake over mutual TLS."""
    running = start("intake", tmp_path_factory.mktemp("mtls"), {**parts, **mtls_settings})
    yield running
    running.process.stop()


def report(number: int) -> str:
    """A grievance as one line of JSON."""
    return json.dumps(
        {
            "source_id": f"TLS-{number}",
            "type": "grievance",
            "occurred_at": "2026-03-01T09:30:00+08:00",
            "jurisdiction_code": "532327101207",
            "grievance": {"category": "land"},
        }
    )


@pytest.fixture(scope="session")
def workers_mtls(
    parts: dict[str, str], mtls_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Running]]:
    """The three workers over mutual TLS, by name."""
    running: dict[str, Running] = {}
    for service in ("risk_scoring", "escalation", "notifier"):
        running[service] = start(
            service, tmp_path_factory.mktemp(service), {**parts, **mtls_settings}
        )
    yield running
    for service in running.values():
        service.process.stop()
