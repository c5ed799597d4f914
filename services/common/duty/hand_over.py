"""When a duty is handed to the next person: daily, weekly, every so many days, or at set moments; Asia/Shanghai."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.common.spans import DAY_MS, HOUR_MS, MINUTE_MS

# China has one time zone and no summer time, so local time is a sum.
SHANGHAI_MS = 8 * HOUR_MS
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# 1970-01-01 was a Thursday: three days after a Monday.
_MONDAY_MS = 3 * DAY_MS


class Every(StrEnum):
    """How often a duty is handed over."""

    DAILY = "daily"
    WEEKLY = "weekly"
    DAYS = "days"
    MOMENTS = "moments"


@dataclass(frozen=True, slots=True)
class HandOver:
    """The rule. `at`: minutes after midnight; `on`: 0 for Monday; `days`: length of a turn; `moments`: set ones."""

    every: Every
    at: tuple[int, ...] = (0,)
    on: tuple[int, ...] = ()
    days: int = 1
    moments: tuple[int, ...] = ()

    def turns(self, from_ms: int, at_ms: int) -> int:
        """How many hand-overs there are after `from_ms`, up to and with `at_ms`."""
        if self.every is Every.MOMENTS:
            return bisect_right(self.moments, at_ms) - bisect_right(self.moments, from_ms)
        return self._count(from_ms, at_ms) - self._count(from_ms, from_ms)

    def between(self, from_ms: int, start_ms: int, end_ms: int) -> Iterator[int]:
        """The hand-overs of a rotation that began at `from_ms`, after `start_ms` and before `end_ms`."""
        start_ms = max(start_ms, from_ms)
        if self.every is Every.MOMENTS:
            yield from (one for one in self.moments if start_ms < one < end_ms)
            return
        period, phase, offsets = self._cycle(from_ms)
        cycle = (start_ms + phase) // period
        while cycle * period - phase < end_ms:
            for offset in offsets:
                moment = cycle * period - phase + offset
                if start_ms < moment < end_ms:
                    yield moment
            cycle += 1

    def _count(self, from_ms: int, at_ms: int) -> int:
        period, phase, offsets = self._cycle(from_ms)
        whole, rest = divmod(at_ms + phase, period)
        return whole * len(offsets) + bisect_right(offsets, rest)

    def _cycle(self, from_ms: int) -> tuple[int, int, tuple[int, ...]]:
        """The period, what to add to a moment so that a period begins at 0, and the hand-overs in it."""
        minutes = tuple(minute * MINUTE_MS for minute in sorted(self.at))
        if self.every is Every.WEEKLY:
            days = sorted(self.on)
            offsets = tuple(day * DAY_MS + minute for day in days for minute in minutes)
            return 7 * DAY_MS, SHANGHAI_MS + _MONDAY_MS, offsets
        if self.every is Every.DAYS:
            first_day_ms = (from_ms + SHANGHAI_MS) // DAY_MS * DAY_MS
            return self.days * DAY_MS, SHANGHAI_MS - first_day_ms, minutes
        return DAY_MS, SHANGHAI_MS, minutes
