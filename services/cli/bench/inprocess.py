"""The limit of scoring: decode, decide and encode in one process, without Kafka and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.cli.bench.results import Figure
from services.cli.stack import Parts
from services.risk_scoring.service.limit import measure as limit

SECONDS = 5.0


def measure(_: Parts, __: Path) -> Iterator[Figure]:
    """Yield scoring.inprocess.limit."""
    yield Figure("scoring.inprocess.limit", "1/s", limit(SECONDS), {"seconds": SECONDS})
