"""When things are reported: rounds of assessment day by day, in Shanghai time, from a given first day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.common.clock import SHANGHAI, to_ms

ROUNDS = 4
# "HH:MM:" of each minute of a day; stamps are made by the million.
_MINUTES = tuple(f"{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440))


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a round, from midnight in Shanghai; `number` counts from 0 within the round."""

    date: date
    text: str
    round_number: int
    round_id: str
    number: int
    starts_ms: int

    def stamp(self, second: int) -> str:
        """The time of day as reports write it; seconds count from midnight."""
        minute, seconds = divmod(second, 60)
        return f"{self.text}T{_MINUTES[minute]}{seconds:02d}+08:00"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Four rounds, one after the other, each of `round_days` days."""

    first_day: date
    round_days: int = 30

    def days(self) -> Iterator[Day]:
        """All days of all rounds, in order."""
        for number in range(ROUNDS):
            begins = self.first_day + timedelta(days=number * self.round_days)
            for step in range(self.round_days):
                day = begins + timedelta(days=step)
                midnight = to_ms(datetime.combine(day, time(), SHANGHAI))
                round_id = self.round_id(number + 1)
                yield Day(day, day.isoformat(), number + 1, round_id, step, midnight)

    def round_id(self, number: int) -> str:
        """The name of a round, for example 2026-1."""
        return f"{self.first_day.year}-{number}"

    @property
    def last_day(self) -> date:
        """The last day on which anything is reported."""
        return self.first_day + timedelta(days=ROUNDS * self.round_days - 1)
