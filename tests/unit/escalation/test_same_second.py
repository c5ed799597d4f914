"""Two who act in the same second: the log's order decides, and nothing is counted twice."""

from __future__ import annotations

import pytest

from services.common.terms import Level
from services.escalation.domain.cases import NextAct
from services.escalation.domain.events import EntryType
from services.escalation.domain.messages import CLOCK, DeadlineReached
from tests.unit.escalation.desk import COUNTY, PREFECTURE, Desk


@pytest.mark.parametrize(("first", "second"), [(COUNTY, PREFECTURE), (PREFECTURE, COUNTY)])
def test_two_acknowledge_in_the_same_second(first: str, second: str) -> None:
    """However the log orders them, the case is acknowledged once and the clock has nothing to fire."""
    desk = Desk()
    desk.finds(Level.RED)
    stale = desk.case
    desk.acknowledges(first)
    desk.acknowledges(second)
    assert desk.happened().count(EntryType.ACKNOWLEDGED) == 1
    assert desk.case.acknowledged_at_ms == desk.now_ms
    assert desk.case.next_act is not NextAct.ACKNOWLEDGE
    assert desk.case.ladder_due_ms > stale.ladder_due_ms


@pytest.mark.parametrize("clock_first", [True, False])
def test_the_clock_and_a_person_at_the_very_deadline(clock_first: bool) -> None:
    """At the due moment both orders leave one acknowledgement and at most the one notice of that rung."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.now_ms = desk.case.ladder_due_ms
    # What the clock proposed does not change when a person comes between.
    struck = DeadlineReached(desk.case.next_act, desk.now_ms, desk.case.ladder_step)
    acts = [lambda: desk.does(CLOCK, struck), lambda: desk.acknowledges(COUNTY)]
    for act in acts if clock_first else reversed(acts):
        act()
    assert desk.happened().count(EntryType.ACKNOWLEDGED) == 1
    assert len(desk.case.notices) == int(clock_first)
