"""Duty as a calendar (iCalendar, RFC 5545): stretches out, duty tables in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import recurring_ical_events
from icalendar import Calendar, Component, Event

from services.cli.roster.tables import person_called
from services.common.duty.facts import DutyRoster, Person, PostKey, Schedule, Shift
from services.common.duty.gaps import Stretch
from services.common.duty.moments import moment_of
from services.common.duty.plain import POST_FORM, post_of
from services.common.ids import derived_id
from services.common.text import Text

_POST, _PERSON = "X-SANSE-POST", "X-SANSE-PERSON"
_PRODUCT = "-//Sanse//duty roster//ZH"
# Further than this no table is of use to anybody.
OCCURRENCES_MOST = 5_000
_REPEATS = ("rrule", "rdate", "recurrence-id")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_RULE = Text("RFC 5545 的 RRULE", "an RRULE of RFC 5545")
_SPAN = Text("DTSTART 与晚于它的 DTEND", "DTSTART and a DTEND after it")


class Window(NamedTuple):
    """From a moment until another: how far events that repeat are listed."""

    from_ms: int
    until_ms: int


class CalendarWrong(ValueError):
    """A calendar that cannot be understood: the number of the event, what is wrong, and what is allowed."""

    def __init__(self, file: Path, event: int, problem: Text, allowed: Text) -> None:
        super().__init__(
            f"{file} 第 {event} 个事件：{problem.zh}；允许：{allowed.zh} / "
            f"event {event}: {problem.en}; allowed: {allowed.en}"
        )
        self.event, self.problem, self.allowed = event, problem, allowed


def to_calendar(found: Sequence[Stretch], titles: dict[PostKey, str], at_ms: int) -> bytes:
    """One event for each stretch that somebody is on duty; gaps have none. No telephone number is in it."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for one in found:
        if isinstance(one.who, Person):
            calendar.add_component(_event(one, one.who, titles[one.post], at_ms))
    return bytes(calendar.to_ical())


def schedules_from(
    file: Path, roster: DutyRoster, otherwise: PostKey | None, window: Window
) -> list[Schedule]:
    """A duty table of each post of a calendar; events without a post are of the post given.

    An event that repeats is listed one by one, as far as it lies in the window.
    """
    try:
        calendar = Calendar.from_ical(file.read_bytes())
    except ValueError as wrong:
        problem = Text("不是 iCalendar", "not iCalendar")
        raise CalendarWrong(file, 0, problem, Text("*.ics", "*.ics")) from wrong
    lines: dict[PostKey, list[Shift]] = {}
    for number, event in _each(file, calendar, window):
        post = _post(file, number, event, roster, otherwise)
        lines.setdefault(post, []).append(_shift(file, number, event, roster))
    if not lines:
        problem = Text("没有事件", "there is no event")
        raise CalendarWrong(file, 0, problem, Text("至少一个 VEVENT", "at least one VEVENT"))
    return [_schedule(post, shifts, file.stem) for post, shifts in lines.items()]


def _each(file: Path, calendar: Component, window: Window) -> Iterator[tuple[int, Component]]:
    """Every event with its number in the file; of a series each occurrence, with the number of its first event."""
    series: dict[str, list[tuple[int, Component]]] = {}
    for number, event in enumerate(calendar.walk("VEVENT"), 1):
        for name, wrong in event.errors:
            problem = Text(f"{name} 无法读取：{wrong}", f"{name} cannot be read: {wrong}")
            raise CalendarWrong(file, number, problem, Text("RFC 5545 的写法", "as in RFC 5545"))
        series.setdefault(str(event.get("uid", number)), []).append((number, event))
    for members in series.values():
        if not any(name in event for _, event in members for name in _REPEATS):
            yield from members
            continue
        number, events = members[0][0], [event for _, event in members]
        for occurrence in _occurrences(
            file, number, [*calendar.walk("VTIMEZONE"), *events], window
        ):
            yield number, occurrence


def _occurrences(
    file: Path, number: int, parts: Sequence[Component], window: Window
) -> Sequence[Component]:
    for one in parts:
        rule = one.get("rrule") if one.name == "VEVENT" else None
        # A list of rules, where somebody wrote several.
        for text in rule if isinstance(rule, list) else filter(None, [rule]):
            if text.get("freq", [""])[0] not in _FREQUENCIES:
                problem = Text("重复过密", "an event that repeats too often")
                raise CalendarWrong(file, number, problem, Text(*[", ".join(_FREQUENCIES)] * 2))
    alone = Calendar()
    for one in parts:
        alone.add_component(one)
    try:
        found: list[Component] = recurring_ical_events.of(alone).between(
            _utc(window.from_ms), _utc(window.until_ms)
        )
    except (recurring_ical_events.InvalidCalendar, ValueError) as wrong:
        problem = Text(f"重复规则不可用：{wrong}", f"its rule of repetition is not usable: {wrong}")
        raise CalendarWrong(file, number, problem, _RULE) from wrong
    if not found or len(found) > OCCURRENCES_MOST:
        count = len(found)
        problem = Text(f"时段内有 {count} 次", f"{count} occurrences in the time to be listed")
        raise CalendarWrong(file, number, problem, Text(*[f"1 … {OCCURRENCES_MOST}"] * 2))
    return found


def _schedule(post: PostKey, shifts: list[Shift], title: str) -> Schedule:
    return Schedule(
        post=post,
        from_ms=min(one.from_ms for one in shifts),
        until_ms=max(one.until_ms for one in shifts),
        shifts=tuple(sorted(shifts, key=lambda one: one.from_ms)),
        title=title,
    )


def _event(one: Stretch, who: Person, title: str, at_ms: int) -> Event:
    event = Event()
    event.add("uid", derived_id("roster_event", one.post, one.from_ms, who.person_id))
    event.add("dtstamp", _utc(at_ms))
    event.add("dtstart", _utc(one.from_ms))
    event.add("dtend", _utc(one.until_ms))
    event.add("summary", f"{title} {who.name or who.person_id}")
    event.add(_POST, str(one.post))
    event.add(_PERSON, who.person_id)
    return event


def _post(
    file: Path, number: int, event: Component, roster: DutyRoster, otherwise: PostKey | None
) -> PostKey:
    text = str(event.get(_POST, "")) or str(otherwise or "")
    try:
        post = post_of(text)
    except (KeyError, ValueError):
        post = None
    if post is None or post not in roster.by_post:
        problem = Text(f"没有岗位 {text!r}", f"there is no post {text!r}")
        allowed = Text(
            f"{_POST} 或 --post，如 {POST_FORM}", f"{_POST} or --post, such as {POST_FORM}"
        )
        raise CalendarWrong(file, number, problem, allowed)
    return post


def _shift(file: Path, number: int, event: Component, roster: DutyRoster) -> Shift:
    name = str(event.get(_PERSON, "") or event.get("summary", "")).strip()
    person = person_called(roster, name)
    if isinstance(person, Text):
        allowed = Text("一名在册人员的姓名或编号", "the name or id of one person of the roster")
        raise CalendarWrong(file, number, person, allowed)
    start, end = _moment(event, "dtstart"), _moment(event, "dtend")
    if start is None or end is None or start >= end:
        problem = Text("起止时间不可用", "its start and end are not usable")
        raise CalendarWrong(file, number, problem, _SPAN)
    return Shift(person=person, from_ms=start, until_ms=end)


def _moment(event: Component, name: str) -> int | None:
    value = event.decoded(name) if name in event else None
    return moment_of(value) if isinstance(value, date) else None


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
