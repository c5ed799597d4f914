"""Simulated cadres behave the same for the same seed, and as often as stated."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.simulate.behaviour import HABITS, Habit, plan_for, resolvable


@given(case=st.text(), official=st.text(), seed=st.integers())
def test_plans_are_repeatable(case: str, official: str, seed: int) -> None:
    """The same case, official and seed always give the same plan."""
    assert plan_for(case, official, seed) == plan_for(case, official, seed)


@given(case=st.text(), seed=st.integers())
def test_the_end_of_a_case_does_not_depend_on_the_official(case: str, seed: int) -> None:
    """Whoever acts, a case that can be settled is settled in the same time and way."""
    ends = {
        (plan.resolve_after_h, plan.resolution)
        for plan in (plan_for(case, f"V-{number}", seed) for number in range(12))
        if plan.habit is not Habit.NEVER
    }
    assert len(ends) == 1
    assert ends != {(None, "")} or not resolvable(case, seed)


@given(case=st.text(), official=st.text())
def test_who_never_answers_does_nothing(case: str, official: str) -> None:
    """No acknowledgement means no visit and no resolution by this official."""
    plan = plan_for(case, official, 1)
    assert (plan.ack_after_min is None) == (plan.habit is Habit.NEVER)
    assert plan.waits_for_notice == (plan.habit is Habit.AFTER_NOTICE)
    if plan.ack_after_min is None:
        assert (plan.visit_after_h, plan.resolve_after_h) == (None, None)
    else:
        assert plan.ack_after_min >= 1
        assert plan.visit_after_h is not None


def test_shares_are_as_stated() -> None:
    """About 82.5 % of cases can be resolved, and each habit is as common as its weight."""
    cases = [f"case-{number}" for number in range(4000)]
    settled = sum(resolvable(case, 7) for case in cases) / len(cases)
    assert settled == pytest.approx(0.8251, abs=0.02)
    habits = Counter(plan_for(case, "V-1", 7).habit for case in cases)
    for habit, weight in HABITS.items():
        assert habits[habit] / len(cases) == pytest.approx(weight / 100, abs=0.02)
