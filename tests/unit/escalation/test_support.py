"""Laws of support plans: order and repetition change nothing, an active plan waits for one visit, an ended for none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import DAY_MS
from services.escalation.domain.support import (
    NEVER_MS,
    Fact,
    PlanReport,
    PlanState,
    Standing,
    Visit,
    VisitResult,
    plan_states,
)
from services.escalation.domain.support_totals import COUNTS, days_overdue, totals, visits_due

DAY_0 = 1_772_000_000_000
GRID = "532301001001003"
OFFER = 3


def day(number: float) -> int:
    """A moment, in days after the beginning."""
    return DAY_0 + int(number * DAY_MS)


def plan(at: float = 0, **values: Any) -> PlanReport:
    """Plan P of household H1: every 30 days, first by day 10, for a year."""
    given_values = {
        "event_id": f"p{at}",
        "source": "office",
        "plan_id": "P",
        "household_id": "H1",
        "jurisdiction_code": GRID,
        "at_ms": day(at),
        "visit_every_days": 30,
        "first_visit_due_ms": day(10),
        "ends_ms": day(365),
        "visitor_id": "GW-1",
    }
    return PlanReport(**{**given_values, **values})


def revoked(at: float) -> PlanReport:
    """A revocation of plan P: the number alone."""
    return plan(
        at,
        event_id=f"x{at}",
        revoked=True,
        visit_every_days=0,
        first_visit_due_ms=0,
        ends_ms=0,
        visitor_id="",
    )


def visit(at: float, result: str = "done", **values: Any) -> Visit:
    """A grid worker's visit under plan P in household H1."""
    made = Visit(f"v{at}", "grid", "P", "H1", day(at), VisitResult(result))
    return replace(made, **values)


def state(now: float, *facts: Fact) -> PlanState:
    """The one plan of these facts on a day."""
    (one,) = plan_states(facts, day(now), OFFER)
    return one


def test_the_first_visit_is_due_by_the_plans_date() -> None:
    """Before any visit; one moment later it is overdue."""
    assert state(10, plan()).due_ms == day(10)
    assert state(10, plan()).overdue_since_ms == 0
    assert state(10.001, plan()).overdue_since_ms == day(10)


def test_each_next_visit_is_due_an_interval_after_the_last() -> None:
    """Counted from when it was made, early or late."""
    assert state(9, plan(), visit(5)).due_ms == day(35)
    assert state(60, plan(), visit(5), visit(50)).due_ms == day(80)


def test_nobody_at_home_is_no_visit() -> None:
    """The visit stays due, and overdue."""
    found = state(20, plan(), visit(9, "not_home"), visit(12, "not_home"))
    assert (found.due_ms, found.overdue_since_ms) == (day(10), day(10))


def test_a_declined_visit_counts_as_made() -> None:
    """Nobody is pressed: the next is due an interval later."""
    found = state(20, plan(), visit(9, "declined"))
    assert (found.due_ms, found.overdue_since_ms, found.standing) == (day(39), 0, Standing.ACTIVE)


def test_after_so_many_declines_the_plan_is_offered_to_end() -> None:
    """In a row; nobody at home does not break the row, a visit that was made does. The visits go on."""
    declined = [visit(at, "declined") for at in (5, 30, 60)]
    assert state(61, plan(), *declined[:2]).standing is Standing.ACTIVE
    found = state(61, plan(), *declined, visit(40, "not_home"))
    assert (found.standing, found.due_ms) == (Standing.OFFER_TO_END, day(90))
    assert state(61, plan(), *declined, visit(45)).standing is Standing.ACTIVE


def test_who_needs_help_is_marked_until_the_next_visit() -> None:
    """The newest visit that was made says it."""
    asked = visit(9, "needs_help")
    assert state(10, plan(), asked).needs_help
    assert state(10, plan(), asked, visit(9.5, "not_home")).needs_help
    assert not state(30, plan(), asked, visit(20)).needs_help


def test_a_plan_ends_by_itself() -> None:
    """At its end, not a moment before; the last visit is due by then."""
    facts = (plan(), visit(350))
    assert (state(364, *facts).due_ms, state(364, *facts).active) == (day(365), True)
    assert (state(365, *facts).standing, state(365, *facts).due_ms) == (Standing.RAN_OUT, 0)


def test_a_plan_ends_with_its_category() -> None:
    """Also when the category's end was brought forward after the plan was made."""
    ended = plan(category_ends_ms=day(20))
    assert state(19, ended).active
    assert state(20, ended).standing is Standing.CATEGORY_ENDED
    assert state(19, replace(ended, first_visit_due_ms=day(25))).due_ms == day(20)


def test_a_revocation_is_final() -> None:
    """Ended from its moment; neither an older nor a newer report revives the plan."""
    assert state(14, plan(), revoked(15)).active
    for facts in ((plan(), revoked(15)), (plan(), revoked(15), plan(16), plan(3))):
        assert state(20, *facts).standing is Standing.REVOKED
        assert state(20, *facts).due_ms == 0


def test_the_newest_report_holds() -> None:
    """By when it was made, whatever order they came in; the interval counts from the last visit."""
    newer = plan(20, visit_every_days=14, ends_ms=day(100), visitor_id="GW-2")
    for facts in ((plan(), newer, visit(18)), (visit(18), newer, plan())):
        found = state(21, *facts)
        assert (found.due_ms, found.visitor_id) == (day(32), "GW-2")
        assert state(100, *facts).standing is Standing.RAN_OUT


def test_of_reports_made_at_one_moment_the_id_decides() -> None:
    """Of twenty plans, and of twenty visits, of the same moment: always the one with the greatest id."""
    names = [f"{number:02d}" for number in range(20)]
    plans = [plan(event_id=name, visitor_id=f"GW-{name}") for name in names]
    visits = [visit(5, "needs_help" if name == "19" else "done", event_id=name) for name in names]
    for facts in (plans + visits, visits[::-1] + plans[::-1]):
        found = state(6, *facts)
        assert (found.visitor_id, found.needs_help) == ("GW-19", True)


def test_a_visit_belongs_to_its_own_plan() -> None:
    """By number, and by household or source: two offices may use the same number for two households."""
    other = plan(event_id="o", source="other", household_id="H2")
    by_source = {
        one.source: one.due_ms
        for one in plan_states([plan(), other, visit(5), visit(6, plan_id="Q")], day(7), OFFER)
    }
    assert by_source == {"office": day(35), "other": day(10)}
    own = visit(5, source="other", household_id="H9")
    assert {one.source: one.due_ms for one in plan_states([plan(), other, own], day(7), OFFER)} == {
        "office": day(10),
        "other": day(35),
    }


def test_a_plan_reported_anew_keeps_the_visits_before_a_move() -> None:
    """The office sends the plan with the new household; visits in the old and in the new one count."""
    moved = plan(20, household_id="H2")
    assert state(21, plan(), visit(18), moved).due_ms == day(48)
    assert state(41, plan(), visit(18), moved, visit(40, household_id="H2")).due_ms == day(70)


def test_a_visit_without_a_plan_is_no_plan() -> None:
    """Nor is a revocation of a plan never reported."""
    assert plan_states([visit(5), revoked(6)], day(9), OFFER) == []


_days = st.integers(0, 40).map(lambda tenth: tenth * 10.0)
_plans = st.builds(
    plan,
    _days,
    event_id=st.uuids().map(str),
    source=st.sampled_from(["office", "other"]),
    plan_id=st.sampled_from(["P", "Q"]),
    household_id=st.sampled_from(["H1", "H2"]),
    visit_every_days=st.integers(1, 90),
    first_visit_due_ms=_days.map(day),
    ends_ms=_days.map(day),
    revoked=st.sampled_from([False, False, False, True]),
    category_ends_ms=_days.map(day) | st.just(NEVER_MS),
)
_visits = st.builds(
    visit,
    _days,
    st.sampled_from([result.value for result in VisitResult]),
    event_id=st.uuids().map(str),
    source=st.sampled_from(["office", "grid"]),
    plan_id=st.sampled_from(["P", "Q", "R"]),
    household_id=st.sampled_from(["H1", "H2"]),
)
_facts = st.lists(_plans | _visits, max_size=12)


@given(_facts, st.data(), _days)
def test_order_and_repetition_change_nothing(
    facts: list[Fact], data: st.DataObject, now: float
) -> None:
    """Shuffled, and some of them again: the same plans stand the same."""
    again = data.draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    shuffled = data.draw(st.permutations(facts + again))
    assert plan_states(shuffled, day(now), OFFER) == plan_states(facts, day(now), OFFER)


@given(_facts, _days)
def test_an_active_plan_waits_for_one_visit_within_bounds(facts: list[Fact], now: float) -> None:
    """Its one date is no later than an interval from now, the plan's first date, or its end."""
    latest = {}
    for one in facts:
        if isinstance(one, PlanReport) and not one.revoked and one.at_ms <= day(now):
            latest[one.source, one.plan_id] = max(
                latest.get((one.source, one.plan_id), 0), one.first_visit_due_ms
            )
    for one in plan_states(facts, day(now), OFFER):
        if one.active:
            assert 0 < one.due_ms <= max(day(now) + 90 * DAY_MS, latest[one.source, one.plan_id])
            assert one.overdue_since_ms in (0, one.due_ms)
            assert bool(one.overdue_since_ms) == (one.due_ms < day(now))


@given(_facts, _days)
def test_an_ended_plan_waits_for_nothing(facts: list[Fact], now: float) -> None:
    """No date, nothing overdue, nothing asked; and it is on no list."""
    states = plan_states(facts, day(now), OFFER)
    listed = visits_due(states, day(now), 366)
    for one in states:
        if not one.active:
            assert (one.due_ms, one.overdue_since_ms, one.needs_help) == (0, 0, False)
            assert one not in listed


@given(_facts, _days, st.integers(0, 60))
def test_what_happens_later_is_not_known_yet(facts: list[Fact], now: float, later: int) -> None:
    """The answer for a moment stays the same whatever comes after it."""
    known = [fact for fact in facts if fact.at_ms <= day(now)]
    assert plan_states(facts, day(now), OFFER) == plan_states(known, day(now), OFFER)


@given(_facts, _days, st.integers(0, 60))
def test_totals_add_up(facts: list[Fact], now: float, days: int) -> None:
    """Active and ended are all plans; the list holds just those counted as due or overdue, at every unit."""
    states = plan_states(facts, day(now), OFFER)
    sums = totals(states, day(now), days)
    assert set(sums) == ({"532300", "532301", "532301001", "532301001001"} if states else set())
    for row in sums.values():
        assert tuple(row) == COUNTS
        assert row["active"] + row["ended"] == len(states)
        assert row["due"] + row["overdue"] == len(visits_due(states, day(now), days))
        overdue = visits_due(states, day(now), days, only_overdue=True)
        assert row["overdue"] == len(overdue)
        assert all(one.overdue_since_ms for one in overdue)


def test_days_overdue_are_whole_days() -> None:
    """Less than a day is none."""
    assert [days_overdue(state(now, plan()), day(now)) for now in (9, 10.9, 11, 20.5)] == [
        0,
        0,
        1,
        10,
    ]
