"""Each journey gets a prefecture of its own on the session's broker, Redis and gateways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.cli.stack import Parts
from tests.journey.prefecture import Prefecture, settle_prefecture
from tests.simulators.client import Simulators

Settle = Callable[..., Prefecture]


@pytest.fixture
def settle(
    kafka: str, redis_url: str, sanse_prefix: str, folder: Path, simulators: Simulators
) -> Iterator[Settle]:
    """Starts a prefecture, with a gap in the roster if wished; ends its services."""
    running: list[Prefecture] = []

    def start(gap: str = "") -> Prefecture:
        parts = Parts(kafka, redis_url, "test", "test")
        number = len(running)
        place = folder / str(number)
        place.mkdir()
        prefix = f"{sanse_prefix}x{number}"
        prefecture = settle_prefecture(parts, place, prefix, simulators, gap)
        running.append(prefecture)
        return prefecture

    simulators.reset(everything=True)
    yield start
    for prefecture in running:
        prefecture.stack.stop()


@pytest.fixture
def prefecture(settle: Settle) -> Prefecture:
    """A prefecture with a full roster."""
    return settle()
