"""Working time runs in office hours of working days and stands still otherwise."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.escalation.adapters.workdays import Workdays, YearUnknown
from services.escalation.domain.worktime import CHINA, HOUR_MS, OfficeHours, add_working

OFFICE = OfficeHours(8 * 60 + 30, 17 * 60 + 30)
WHOLE_DAY = OfficeHours()
CALENDAR = Workdays()


def ms(text: str) -> int:
    """Milliseconds of a local time in China."""
    return int(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp() * 1000)


@pytest.mark.parametrize(
    ("start", "hours", "office", "due"),
    [
        # An ordinary Tuesday.
        ("2026-03-03 09:00", 2, OFFICE, "2026-03-03 11:00"),
        # Over the night, then over the weekend.
        ("2026-03-03 16:30", 2, OFFICE, "2026-03-04 09:30"),
        ("2026-03-06 16:30", 2, OFFICE, "2026-03-09 09:30"),
        # Before and after office hours.
        ("2026-03-03 03:00", 1, OFFICE, "2026-03-03 09:30"),
        ("2026-03-03 23:00", 1, OFFICE, "2026-03-04 09:30"),
        # Over the year: 1 to 3 January 2026 are off, Sunday the 4th is a make-up workday.
        ("2025-12-31 16:30", 2, OFFICE, "2026-01-04 09:30"),
        # Over the Spring Festival of 2026 (15 to 23 February); Saturday the 14th is worked.
        ("2026-02-13 17:00", 9, OFFICE, "2026-02-14 17:00"),
        ("2026-02-14 17:00", 1, OFFICE, "2026-02-24 09:00"),
        # Whole days: the clock stands still on days off only.
        ("2026-03-06 12:00", 24, WHOLE_DAY, "2026-03-09 12:00"),
        ("2026-03-07 12:00", 24, WHOLE_DAY, "2026-03-10 00:00"),
    ],
)
def test_official_calendar(start: str, hours: int, office: OfficeHours, due: str) -> None:
    """Weekends and holidays do not count, make-up workdays do."""
    found = add_working(ms(start), hours * HOUR_MS, office, CALENDAR.is_workday)

    assert found == ms(due)


def test_unknown_year_is_an_error() -> None:
    """A year without a calendar is never guessed."""
    with pytest.raises(YearUnknown, match="2099"):
        add_working(ms("2099-01-05 09:00"), HOUR_MS, OFFICE, CALENDAR.is_workday)


def test_local_calendar_covers_a_year() -> None:
    """A local list of holidays stands in for a year the library does not know."""
    local = Workdays({date(2099, 1, 5): False, date(2099, 1, 10): True}, frozenset({2099}))

    assert not local.is_workday(date(2099, 1, 5))
    assert local.is_workday(date(2099, 1, 6))
    assert local.is_workday(date(2099, 1, 10))
    assert not local.is_workday(date(2099, 1, 11))


moments = st.integers(ms("2024-01-01 00:00"), ms("2026-06-01 00:00"))
lengths = st.integers(1, 100 * HOUR_MS)


@given(moments, lengths, st.sampled_from([OFFICE, WHOLE_DAY]))
def test_due_lies_in_office_hours_of_a_workday(start: int, length: int, hours: OfficeHours) -> None:
    """A deadline in working time never falls on a day off or outside office hours."""
    due = add_working(start, length, hours, CALENDAR.is_workday)

    moment = datetime.fromtimestamp((due - 1) / 1000, CHINA)
    minute = moment.hour * 60 + moment.minute
    assert CALENDAR.is_workday(moment.date())
    assert hours.opens_minute <= minute < hours.closes_minute
    assert due >= start + length


@given(moments, lengths, lengths)
def test_parts_add_up(start: int, one: int, other: int) -> None:
    """Waiting twice is waiting for the sum."""
    first = add_working(start, one, OFFICE, CALENDAR.is_workday)

    assert add_working(first, other, OFFICE, CALENDAR.is_workday) == add_working(
        start, one + other, OFFICE, CALENDAR.is_workday
    )


@given(moments, lengths, st.integers(0, 48 * HOUR_MS))
def test_later_start_is_never_due_sooner(start: int, length: int, delay: int) -> None:
    """Starting later never ends earlier."""
    assert add_working(start, length, OFFICE, CALENDAR.is_workday) <= add_working(
        start + delay, length, OFFICE, CALENDAR.is_workday
    )


@given(moments, lengths)
def test_without_days_off_it_is_the_calendar(start: int, length: int) -> None:
    """When every day is worked all day, working time is time."""
    assert add_working(start, length, WHOLE_DAY, lambda _: True) == start + length


def test_china_is_eight_hours_ahead() -> None:
    """One zone, no summer time."""
    assert CHINA.utcoffset(None) == timedelta(hours=8)
