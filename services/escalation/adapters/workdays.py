"""Which days are working days in China: the official calendar of chinesecalendar, and a local file over it.

Holidays are announced each November. A year that neither knows is counted Monday to Friday, and `knows` says so:
a duty with a deadline that may be too early is better than none (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import chinese_calendar
import yaml

from services.escalation.domain.policy import Policies

LOCAL_FILE = "workdays.local"
# From so many days before its end the missing calendar is asked for.
WARN_DAYS = 60
_KEYS = ("holidays", "workdays", "complete_years")


class WorkdayFileWrong(ValueError):
    """The local file of holidays cannot be used; the message names file, key and what is allowed."""


class Workdays:
    """Answers `is_workday(day)` and `knows(year)`; give the bound methods to the domain."""

    def __init__(
        self,
        overrides: Mapping[date, bool] | None = None,
        complete_years: frozenset[int] = frozenset(),
    ) -> None:
        self._overrides = dict(overrides or {})
        self._complete_years = complete_years
        self.knows = lru_cache(maxsize=64)(self._knows)
        self.is_workday = lru_cache(maxsize=4096)(self._is_workday)

    def _is_workday(self, day: date) -> bool:
        if day in self._overrides:
            return self._overrides[day]
        if day.year in self._complete_years or not self.knows(day.year):
            return self.assumed(day)
        return bool(chinese_calendar.is_workday(day))

    @staticmethod
    def assumed(day: date) -> bool:
        """What a day is taken for when no calendar says: worked from Monday to Friday."""
        return day.weekday() < 5

    def _knows(self, year: int) -> bool:
        """Whether the year's holidays are announced: in the package, or completed by the local file."""
        if year in self._complete_years:
            return True
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            return False
        return True

    def days_left(self, today: date) -> int:
        """How many days the calendar still reaches from today, today included; 0 when it is over."""
        year = today.year
        while self.knows(year):
            year += 1
        return max(0, (date(year, 1, 1) - today).days)

    @classmethod
    def load(cls, folder: Path) -> Workdays:
        """With the local file of a policy folder, when there is one."""
        path = folder / LOCAL_FILE
        if not path.exists():
            return cls()
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return _from_content(path, content)


@dataclass(frozen=True, slots=True)
class CalendarState:
    """How far the calendar reaches, whether a policy counts by it, and what to say of that."""

    days_left: int
    used: bool

    @property
    def runs_out(self) -> bool:
        """Whether deadlines may soon be counted, or are counted, in a year without a calendar."""
        return self.used and self.days_left <= WARN_DAYS

    @property
    def zh(self) -> str:
        """What to do, in Chinese."""
        return (
            f"工作日历还剩 {self.days_left} 天，之后只按周一至周五计算，法定节假日也计入时限："
            f"请更新 chinesecalendar，或在政策目录的 {LOCAL_FILE} 中列出下一年节假日并写入 complete_years"
        )

    @property
    def en(self) -> str:
        """What to do, in English."""
        return (
            f"the calendar of working days reaches {self.days_left} more days; after that Monday to Friday "
            f"count, holidays too: update chinesecalendar, or list next year's holidays in {LOCAL_FILE} of "
            "the policy folder and name the year under complete_years"
        )


def check_calendar(policies: Policies, workdays: Workdays, today: date) -> CalendarState:
    """How long the calendar lasts from today, and whether a policy needs it."""
    used = any(policy.uses_working_time for policy in policies)
    return CalendarState(workdays.days_left(today), used)


def _from_content(path: Path, content: Any) -> Workdays:
    if not isinstance(content, dict) or not set(content) <= set(_KEYS):
        raise WorkdayFileWrong(f"{path}: allowed keys are {', '.join(_KEYS)}")
    overrides = {day: False for day in _days(path, content, "holidays")}
    overrides |= {day: True for day in _days(path, content, "workdays")}
    years = content.get("complete_years") or []
    if not isinstance(years, list) or not all(type(year) is int for year in years):
        raise WorkdayFileWrong(f"{path}: complete_years must be a list of years, got {years!r}")
    return Workdays(overrides, frozenset(years))


def _days(path: Path, content: Mapping[str, Any], key: str) -> list[date]:
    days = content.get(key) or []
    if not isinstance(days, list):
        raise WorkdayFileWrong(f"{path}: {key} must be a list of dates, got {days!r}")
    # A date with a time is a datetime, which is a date too but equals none.
    wrong = [day for day in days if type(day) is not date]
    if wrong:
        raise WorkdayFileWrong(f"{path}: {key}: {wrong[0]!r} is no date; write it as 2027-01-01")
    return list(days)
