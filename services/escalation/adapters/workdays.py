"""Which days are working days in China: the official calendar of chinesecalendar, and a local file over it.

A year that neither knows is an error, never a guess: holidays are announced each November.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import chinese_calendar
import yaml

LOCAL_FILE = "workdays.local"
_KEYS = ("holidays", "workdays", "complete_years")


class YearUnknown(LookupError):
    """No calendar covers this year."""


class WorkdayFileWrong(ValueError):
    """The local file of holidays cannot be used; the message names file, key and what is allowed."""


class Workdays:
    """Answers `is_workday(day)`; give the bound method to the domain."""

    def __init__(
        self,
        overrides: Mapping[date, bool] | None = None,
        complete_years: frozenset[int] = frozenset(),
    ) -> None:
        self._overrides = dict(overrides or {})
        self._complete_years = complete_years
        self.is_workday = lru_cache(maxsize=4096)(self._is_workday)

    def _is_workday(self, day: date) -> bool:
        if day in self._overrides:
            return self._overrides[day]
        if day.year in self._complete_years:
            return day.weekday() < 5
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError as unknown:
            raise YearUnknown(
                f"no calendar of working days for {day.year}: update the package chinesecalendar, "
                f"or list the year's holidays in {LOCAL_FILE} and name it under complete_years"
            ) from unknown

    @classmethod
    def load(cls, folder: Path) -> Workdays:
        """With the local file of a policy folder, when there is one."""
        path = folder / LOCAL_FILE
        if not path.exists():
            return cls()
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return _from_content(path, content)


def _from_content(path: Path, content: Any) -> Workdays:
    if not isinstance(content, dict) or not set(content) <= set(_KEYS):
        raise WorkdayFileWrong(f"{path}: allowed keys are {', '.join(_KEYS)}")
    overrides = {day: False for day in _days(path, content, "holidays")}
    overrides |= {day: True for day in _days(path, content, "workdays")}
    years = content.get("complete_years") or []
    if not all(isinstance(year, int) for year in years):
        raise WorkdayFileWrong(f"{path}: complete_years must be a list of years, got {years!r}")
    return Workdays(overrides, frozenset(years))


def _days(path: Path, content: Mapping[str, Any], key: str) -> list[date]:
    days = content.get(key) or []
    wrong = [day for day in days if not isinstance(day, date)]
    if wrong:
        raise WorkdayFileWrong(f"{path}: {key}: {wrong[0]!r} is no date; write it as 2027-01-01")
    return list(days)
