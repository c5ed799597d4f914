"""Laws of who is on duty."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.common.duty.facts import (
    FOREVER_MS,
    Gap,
    GapReason,
    Holding,
    Item,
    Known,
    Leave,
    Override,
    Person,
    Schedule,
    Shift,
    build,
)
from services.common.duty.gaps import gaps, stretches
from services.common.duty.hand_over import Every, HandOver
from services.common.duty.moments import moment_of, written
from services.common.duty.on_duty import on_duty, people_of, posts_at
from services.common.duty.plain import item_id, item_of, kind_of, plain
from services.common.spans import DAY_MS, MINUTE_MS
from tests.unit.duty.rosters import (
    DAYS,
    PEOPLE,
    START,
    TOWN,
    days,
    hand_overs,
    items,
    moments,
    nights,
    roster_of,
)


def who(roster: object, moment: str) -> str:
    found = on_duty(roster, TOWN, moment_of(moment))  # type: ignore[arg-type]
    return found.person_id if isinstance(found, Person) else found.reason.value


@given(items, moments)
@settings(deadline=None)
def test_one_person_or_a_named_gap_at_every_moment(some: list[Item], at_ms: int) -> None:
    """Whatever the roster says, there is one person who is not on leave, or a gap with its reason."""
    roster = roster_of(some)
    found = on_duty(roster, TOWN, at_ms)
    if isinstance(found, Gap):
        assert isinstance(found.reason, GapReason)
        return
    assert found.person_id in PEOPLE
    assert not any(one.covers(at_ms) for one in roster.leaves(found.person_id))
    assert found.person_id in people_of(roster, TOWN, at_ms)
    assert TOWN in posts_at(roster, found.person_id, at_ms)


@given(items, moments)
@settings(deadline=None)
def test_a_stand_in_wins(some: list[Item], at_ms: int) -> None:
    """Whoever stands in for everybody is on duty, whatever else was said before."""
    present = [i for i in some if not isinstance(i, Leave)]
    stand_in = Override(post=TOWN, person="P-4", from_ms=at_ms, until_ms=at_ms + 1)
    assert on_duty(roster_of([*present, stand_in]), TOWN, at_ms) == Person("P-4")
    assert on_duty(roster_of([*present, stand_in]), TOWN, at_ms + 1) == on_duty(
        roster_of(present or [stand_in]), TOWN, at_ms + 1
    )


@given(items, moments, st.integers(1, 14 * 24 * 60))
@settings(deadline=None)
def test_stretches_say_the_same_as_every_single_moment(
    some: list[Item], at_ms: int, minutes: int
) -> None:
    """The gaps found ahead are those that come: nothing changes inside a stretch, and none is left out."""
    roster, end_ms = roster_of(some), START + (DAYS + 4) * DAY_MS
    found = stretches(roster, TOWN, START, end_ms)
    assert [one.until_ms for one in found[:-1]] == [one.from_ms for one in found[1:]]
    assert (found[0].from_ms, found[-1].until_ms) == (START, end_ms)
    # The end itself is in no stretch any more.
    for moment in (min(at, end_ms - 1) for at in (at_ms, START + minutes * MINUTE_MS)):
        inside = next(one for one in found if one.from_ms <= moment < one.until_ms)
        assert on_duty(roster, TOWN, moment) == inside.who
    missing = [one for one in found if isinstance(one.who, Gap)]
    assert gaps(roster, [TOWN], START, end_ms) == missing


@given(hand_overs(), moments, moments)
@settings(deadline=None)
def test_the_turns_are_the_hand_overs_counted(rule: HandOver, one: int, other: int) -> None:
    """How many turns have passed is how many hand-overs there were, for every kind of rotation."""
    first, last = min(one, other), max(one, other)
    assert rule.turns(first, last) == len(list(rule.between(first, first, last + 1)))


@given(items)
@settings(deadline=None)
def test_an_item_written_down_is_the_same_item(some: list[Item]) -> None:
    """What goes to the change log comes back: the same item with the same id."""
    for item in some:
        again = item_of(kind_of(item), plain(item))
        assert again == item
        assert item_id(again) == item_id(item)


@given(items, items, moments)
@settings(deadline=None)
def test_what_was_said_later_does_not_change_what_was_decided(
    before: list[Item], after: list[Item], at_ms: int
) -> None:
    """The roster as it was known at a moment gives the same person for ever."""
    base = [Known(item_id(item), item) for item in before]
    then = build("test", map(Person, PEOPLE), base)
    withdrawn = [Known(one.item_id, one.item, 0, at_ms + 1) for one in base]
    later = [*withdrawn, *(Known(item_id(item), item, at_ms + 1) for item in after)]
    now = build("test", map(Person, PEOPLE), later)
    assert on_duty(now.as_known(at_ms), TOWN, at_ms) == on_duty(then, TOWN, at_ms)


def test_hand_over_at_midnight_and_over_the_year() -> None:
    """The last millisecond belongs to the one before, the first to the one after, also at New Year."""
    roster = roster_of([nights("P-1", "P-2", "P-3")])
    assert who(roster, "2026-12-31 23:59:59.999") == "P-1"
    assert who(roster, "2027-01-01 00:00") == "P-2"
    assert who(roster, "2027-01-02 00:00") == "P-3"


def test_a_week_goes_from_monday_to_monday_over_the_year() -> None:
    """Weekly at 08:30 on Mondays: the turn goes on over New Year and changes on 4 January."""
    rule = {"every": Every.WEEKLY, "on": (0,), "at": (8 * 60 + 30,)}
    roster = roster_of([nights("P-1", "P-2", start="2026-12-28 08:30", **rule)])
    assert who(roster, "2027-01-01 12:00") == "P-1"
    assert who(roster, "2027-01-04 08:29:59.999") == "P-1"
    assert who(roster, "2027-01-04 08:30") == "P-2"
    assert who(roster, "2027-01-11 08:30") == "P-1"


def test_a_turn_of_ten_days_is_counted_from_its_first_day() -> None:
    """Ten days each, handed over at 18:00, whenever in the day the rotation began."""
    rule = {"every": Every.DAYS, "days": 10, "at": (18 * 60,)}
    roster = roster_of([nights("P-1", "P-2", start="2026-12-28 20:00", **rule)])
    assert who(roster, "2027-01-07 17:59") == "P-1"
    assert who(roster, "2027-01-07 18:00") == "P-2"


def test_no_hour_is_lost_or_doubled_in_spring_and_autumn() -> None:
    """China has no summer time: a day's turn is 24 hours on every day of the year."""
    roster = roster_of([nights("P-1", "P-2", start="2026-01-01")])
    for one in stretches(roster, TOWN, moment_of("2026-01-02"), moment_of("2026-12-31")):
        assert one.until_ms - one.from_ms == DAY_MS


def test_the_holiday_table_replaces_the_rotation() -> None:
    """While the table stands the rotation does not; a day the table leaves open is a gap of the table."""
    table = Schedule(
        post=TOWN,
        from_ms=days(4),
        until_ms=days(7),
        shifts=(Shift(person="P-4", from_ms=days(4), until_ms=days(6)),),
    )
    roster = roster_of([nights("P-1", "P-2"), table])
    assert who(roster, "2027-01-01 10:00") == "P-4"
    assert who(roster, "2027-01-03 10:00") == GapReason.TABLE_HAS_HOLE
    assert who(roster, "2027-01-04 10:00") == "P-2"
    (hole,) = gaps(roster, [TOWN], days(0), days(14))
    assert (written(hole.from_ms), written(hole.until_ms)) == (
        "2027-01-03 00:00",
        "2027-01-04 00:00",
    )


def test_leave_with_and_without_a_substitute() -> None:
    """The substitute takes over and may act; without one there is a gap that names who is missing."""
    hold = Holding(post=TOWN, person="P-1")
    away = Leave(person="P-1", from_ms=days(1), until_ms=days(3))
    roster = roster_of([hold, away])
    assert on_duty(roster, TOWN, days(2)) == Gap(GapReason.ON_LEAVE, "P-1")
    stand_in = Leave(person="P-1", substitute="P-2", from_ms=days(1), until_ms=days(3))
    roster = roster_of([hold, stand_in])
    assert on_duty(roster, TOWN, days(2)) == Person("P-2")
    assert posts_at(roster, "P-2", days(2)) == [TOWN]
    assert posts_at(roster, "P-2", days(3)) == []


@given(moments)
@settings(deadline=None)
@example(START)
def test_a_stand_in_for_one_person_leaves_the_others_alone(at_ms: int) -> None:
    """X stands in for Y only in Y's turns."""
    turn = nights("P-1", "P-2")
    stand_in = Override(post=TOWN, person="P-3", instead_of="P-2", from_ms=0, until_ms=FOREVER_MS)
    regular, covered = roster_of([turn]), roster_of([turn, stand_in])
    expected = on_duty(regular, TOWN, at_ms)
    replaced = Person("P-3") if expected == Person("P-2") else expected
    assert on_duty(covered, TOWN, at_ms) == replaced
