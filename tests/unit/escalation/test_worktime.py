"""Working time runs in office hours of working days and stands still otherwise."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import HOUR_MS
from services.escalation.adapters.workdays import Workdays
from services.escalation.domain.worktime import CHINA, OfficeHours, add_working, local_date

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
        # A minute before midnight: over the night, the weekend, and the year with a make-up Sunday behind it.
        ("2026-03-03 23:59", 1, WHOLE_DAY, "2026-03-04 00:59"),
        ("2026-03-06 23:59", 1, WHOLE_DAY, "2026-03-09 00:59"),
        ("2025-12-31 23:59", 1, WHOLE_DAY, "2026-01-04 00:59"),
        # At midnight: of a workday, and of a Saturday that is not worked.
        ("2026-03-04 00:00", 1, WHOLE_DAY, "2026-03-04 01:00"),
        ("2026-03-07 00:00", 1, WHOLE_DAY, "2026-03-09 01:00"),
        # Over the year: 1 to 3 January 2026 are off, Sunday the 4th is a make-up workday.
        ("2025-12-31 16:30", 2, OFFICE, "2026-01-04 09:30"),
        # Over the Spring Festival of 2026 (15 to 23 February); Saturday the 14th is worked.
        ("2026-02-13 17:00", 9, OFFICE, "2026-02-14 17:00"),
        ("2026-02-14 17:00", 1, OFFICE, "2026-02-24 09:00"),
        # Whole days: the clock stands still on days off only.
        ("2026-03-06 12:00", 24, WHOLE_DAY, "2026-03-09 12:00"),
        ("2026-03-07 12:00", 24, WHOLE_DAY, "2026-03-10 00:00"),
        # One minute before midnight and at midnight: before a workday, before a day off, on a make-up workday.
        ("2026-03-03 23:59", 1, WHOLE_DAY, "2026-03-04 00:59"),
        ("2026-03-06 23:59", 1, WHOLE_DAY, "2026-03-09 00:59"),
        ("2026-03-07 00:00", 1, WHOLE_DAY, "2026-03-09 01:00"),
        ("2026-02-13 23:59", 1, WHOLE_DAY, "2026-02-14 00:59"),
        ("2026-02-14 23:59", 1, WHOLE_DAY, "2026-02-24 00:59"),
        # Whole days over the year: the holidays of the new year, then its make-up Sunday.
        ("2025-12-31 23:59", 1, WHOLE_DAY, "2026-01-04 00:59"),
    ],
)
def test_official_calendar(start: str, hours: int, office: OfficeHours, due: str) -> None:
    """Weekends and holidays do not count, make-up workdays do."""
    found = add_working(ms(start), hours * HOUR_MS, office, CALENDAR.is_workday)

    assert found == ms(due)


def test_unknown_year_is_counted_monday_to_friday() -> None:
    """A year without a calendar has no holidays and no make-up workdays, and is known as unknown."""
    # New Year's Day of 2099 is a Thursday: off in every announced calendar, worked in an assumed one.
    due = add_working(ms("2098-12-31 17:00"), HOUR_MS, OFFICE, CALENDAR.is_workday)

    assert due == ms("2099-01-01 09:00")
    assert add_working(due, 20 * HOUR_MS, OFFICE, CALENDAR.is_workday) == ms("2099-01-05 11:00")
    assert not CALENDAR.knows(2099)
    assert CALENDAR.knows(2026)


def test_days_left() -> None:
    """The calendar reaches to the end of the last year known without a gap; none is left after it."""
    calendar = Workdays(complete_years=frozenset({2099}))
    assert calendar.days_left(date(2099, 11, 2)) == 60
    assert calendar.days_left(date(2099, 12, 31)) == 1
    assert calendar.days_left(date(2100, 1, 1)) == 0


announced = st.dates(date(2005, 1, 1), date(2025, 6, 30))


@given(announced, st.integers(1, 60 * HOUR_MS))
def test_assumed_count_is_later_only_by_make_up_days(start: date, length: int) -> None:
    """Measured on years whose truth is known: assuming Monday to Friday is late by weekend days worked, never else."""
    start_ms = ms(f"{start} 09:00")
    truth = add_working(start_ms, length, OFFICE, CALENDAR.is_workday)
    assumed = add_working(start_ms, length, OFFICE, Workdays.assumed)
    days = [start + timedelta(days=n) for n in range((local_date(truth) - start).days + 1)]
    made_up = any(day.weekday() >= 5 and CALENDAR.is_workday(day) for day in days)

    assert assumed <= truth or made_up


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
