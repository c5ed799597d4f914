"""Rosters for tests: one township, its centre above, and arbitrary items at one post."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from services.common.duty.facts import (
    DutyRoster,
    Holding,
    Item,
    Known,
    Leave,
    Override,
    Person,
    PostKey,
    Rotation,
    Schedule,
    Shift,
    build,
)
from services.common.duty.hand_over import Every, HandOver
from services.common.duty.moments import moment_of
from services.common.duty.plain import item_id
from services.common.spans import DAY_MS, HOUR_MS
from services.common.terms import Tier

TOWN = PostKey(Tier.TOWNSHIP, "532327101")
OTHER_TOWN = PostKey(Tier.TOWNSHIP, "532327102")
COUNTY = PostKey(Tier.COUNTY, "532327")
STATION = PostKey(Tier.TOWNSHIP, "532327101", department="police_station")
PEOPLE = ("P-1", "P-2", "P-3", "P-4")
START = moment_of("2026-12-28")
DAYS = 10


def roster_of(items: Sequence[Item], people: Sequence[str] = PEOPLE) -> DutyRoster:
    return build("test", map(Person, people), [Known(item_id(item), item) for item in items])


people = st.sampled_from(PEOPLE)
hours = st.integers(0, DAYS * 24)
moments = hours.map(lambda hour: START + hour * HOUR_MS)


@st.composite
def spans(draw: st.DrawFn) -> dict[str, int]:
    start, length = draw(hours), draw(st.integers(1, 72))
    return {"from_ms": START + start * HOUR_MS, "until_ms": START + (start + length) * HOUR_MS}


@st.composite
def hand_overs(draw: st.DrawFn) -> HandOver:
    every = draw(st.sampled_from(Every))
    at = tuple(sorted(draw(st.sets(st.integers(0, 1439), min_size=1, max_size=3))))
    on = tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1))))
    set_ones = tuple(sorted(draw(st.sets(moments, min_size=1, max_size=5))))
    if every is Every.MOMENTS:
        return HandOver(every, moments=set_ones)
    days = draw(st.integers(1, 9)) if every is Every.DAYS else 1
    return HandOver(every, at, on if every is Every.WEEKLY else (), days)


holdings = st.builds(lambda span, who: Holding(post=TOWN, person=who, **span), spans(), people)
overrides = st.builds(
    lambda span, who, other: Override(post=TOWN, person=who, instead_of=other, **span),
    spans(),
    people,
    st.sampled_from(("", *PEOPLE)),
)
leaves = st.builds(
    lambda span, who, other: Leave(person=who, substitute=other, **span),
    spans(),
    people,
    st.sampled_from(("", *PEOPLE)),
)
rotations = st.builds(
    lambda span, who, rule: Rotation(post=TOWN, persons=tuple(who), hand_over=rule, **span),
    spans(),
    st.lists(people, min_size=1, max_size=4),
    hand_overs(),
)
shifts = st.builds(lambda span, who: Shift(person=who, **span), spans(), people)
schedules = st.builds(
    lambda span, lines: Schedule(post=TOWN, shifts=tuple(lines), **span),
    spans(),
    st.lists(shifts, max_size=4),
)
items = st.lists(st.one_of(holdings, overrides, leaves, rotations, schedules), max_size=8)


def nights(*persons: str, start: str = "2026-12-28", **rule: object) -> Rotation:
    """A daily rotation at midnight unless told otherwise."""
    given = {"every": Every.DAILY, **rule}
    return Rotation(
        post=TOWN, persons=persons, hand_over=HandOver(**given), from_ms=moment_of(start)
    )


def days(count: float) -> int:
    return START + int(count * DAY_MS)
