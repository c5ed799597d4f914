"""Deadlines in working time: the clock runs in office hours of working days and stands still otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from services.common.spans import MINUTE_MS

# China has one time zone and no summer time.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")

IsWorkday = Callable[[date], bool]
# Whether the holidays of a year are announced; else its days are only assumed.
KnowsYear = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """From when to when time counts on a working day, in minutes after midnight."""

    opens_minute: int = 0
    closes_minute: int = 24 * 60


def local_date(at_ms: int) -> date:
    """The date in China at a moment."""
    return datetime.fromtimestamp(at_ms / 1000, CHINA).date()


def every_year(_: int) -> bool:
    """A calendar that reaches everywhere."""
    return True


def years_between(start_ms: int, end_ms: int) -> range:
    """The years a count from start to end looked at."""
    return range(local_date(start_ms).year, local_date(end_ms).year + 1)


def add_working(start_ms: int, length_ms: int, hours: OfficeHours, is_workday: IsWorkday) -> int:
    """The moment at which `length_ms` of working time has passed since `start_ms`."""
    day, left, now = local_date(start_ms), length_ms, start_ms
    while True:
        if is_workday(day):
            midnight = _midnight_ms(day)
            opens = max(now, midnight + hours.opens_minute * MINUTE_MS)
            closes = midnight + hours.closes_minute * MINUTE_MS
            if closes - opens >= left:
                return opens + left
            left -= max(0, closes - opens)
        day += timedelta(days=1)


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=CHINA).timestamp() * 1000)
