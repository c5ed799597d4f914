"""One simulator process for all honesty tests, emptied before each."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.simulators.receiver import Receiver
from tests.simulators.client import Simulators


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    """The simulators, started once."""
    where: Path = tmp_path_factory.mktemp("simulators")
    with Simulators.start(where) as started:
        yield started


@pytest.fixture
def simulators(process: Simulators, monkeypatch: pytest.MonkeyPatch) -> Simulators:
    """The simulators with empty phones and good manners."""
    # The vendors' SDKs would otherwise follow a proxy of the surroundings.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    process.reset(everything=True)
    return process


@pytest.fixture
def http(simulators: Simulators) -> Iterator[httpx.Client]:
    """A plain client with the simulators as its base address."""
    with httpx.Client(base_url=simulators.http, trust_env=False, timeout=5.0) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of pushed receipts and replies."""
    with Receiver() as started:
        yield started
