"""The only place that reads the clock: real time, or a simulated time shared by all processes through a small file."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Gives the present as milliseconds since the Unix epoch, UTC."""

    def now_ms(self) -> int:
        """The present, in milliseconds since the epoch."""


class SystemClock:
    """Real time."""

    def now_ms(self) -> int:
        """The machine's clock."""
        return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """Simulated time runs from `simulated_ms` at real `real_ms`, `rate` simulated ms per real ms."""

    real_ms: int
    simulated_ms: int
    rate: float

    def at(self, real_ms: int) -> int:
        """The simulated time at a real time."""
        return self.simulated_ms + int((real_ms - self.real_ms) * self.rate)


class SharedClock:
    """Simulated time read from a file that whoever drives the simulation rewrites atomically.

    A rate of 0 stops the clock; tests then move it by hand.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = -1
        self._pace = Pace(0, 0, 1.0)

    def now_ms(self) -> int:
        """The simulated present; follows the file when it changes."""
        stamp = self._path.stat().st_mtime_ns
        if stamp != self._stamp:
            self._pace = Pace(**json.loads(self._path.read_text()))
            self._stamp = stamp
        return self._pace.at(SystemClock().now_ms())

    def set(self, simulated_ms: int, rate: float) -> None:
        """Make it `simulated_ms` now, running at `rate` from here on."""
        pace = {"real_ms": SystemClock().now_ms(), "simulated_ms": simulated_ms, "rate": rate}
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(pace))
        fresh.replace(self._path)


def clock_from(clock_file: Path | None) -> Clock:
    """The shared simulated clock when a file is given, else real time."""
    return SharedClock(clock_file) if clock_file else SystemClock()


def to_datetime(ms: int) -> datetime:
    """An aware UTC datetime from milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def to_local(ms: int) -> datetime:
    """The same moment in Asia/Shanghai, for people."""
    return to_datetime(ms).astimezone(SHANGHAI)


def to_ms(moment: datetime) -> int:
    """Milliseconds from an aware datetime; ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is ambiguous; add +08:00 or Z")
    return int(moment.timestamp() * 1000)
