"""What the law demands is owed whatever the level: it opens a case, comes first, and holds the case open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour
from services.escalation.domain.cases import CaseStatus, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import (
    ApproveLowering,
    FindingReason,
    FulfilDuty,
    LegalDuty,
    RequestLowering,
)
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import COUNTY, PREFECTURE, START_MS, TOWNSHIP, VILLAGE, Desk


def _duty(hours: float, name: str = "report", at_ms: int = START_MS) -> LegalDuty:
    return LegalDuty(name, at_ms + int(hours * HOUR_MS))


def test_duty_comes_before_a_later_visit() -> None:
    """After the acknowledgement the duty due in 24 hours comes before the visit due in 72, then the visit again."""
    desk = Desk()
    desk.finds(Level.YELLOW, legal_duties=(_duty(30),))
    assert desk.expects(NoticeKind.DUTY_ASSIGNED, TOWNSHIP).duty_ids == ("report",)
    assert desk.case.next_act is NextAct.ACKNOWLEDGE
    desk.acknowledges(TOWNSHIP)
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.LEGAL_DUTY,
        START_MS + 30 * HOUR_MS,
    )
    assert desk.does(TOWNSHIP, FulfilDuty("report")).reason is Reason.DUTY_FULFILLED
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.FIRST_VISIT,
        START_MS + 72 * HOUR_MS,
    )
    assert desk.happened()[:2] == [EntryType.OPENED, EntryType.DUTY_AROSE]
    desk.expects_nothing_more()


def test_duty_sooner_than_the_acknowledgement() -> None:
    """With care due in 12 hours, nobody has 24 to acknowledge."""
    desk = Desk()
    desk.finds(Level.YELLOW, legal_duties=(_duty(12),))
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.ACKNOWLEDGE,
        START_MS + 12 * HOUR_MS,
    )


@pytest.mark.parametrize("contributes", [True, False])
def test_green_with_a_duty_opens(contributes: bool) -> None:
    """A duty opens a case at green, also where green alone would not."""
    desk = Desk()
    decision = desk.finds(Level.GREEN, has_contribution=contributes, legal_duties=(_duty(24),))
    opened = Reason.OPENED_BY_DECISION if contributes else Reason.LEGAL_DUTY_AROSE
    assert decision.reason is opened
    assert desk.case.owner_id == VILLAGE


def test_overdue_duty_climbs_and_stops() -> None:
    """A duty not done gets the white notice and the ladder; done, it gets no more."""
    desk = Desk()
    desk.finds(Level.YELLOW, legal_duties=(_duty(30),))
    desk.acknowledges(TOWNSHIP)
    desk.unread.clear()
    desk.passes(30)
    notice = desk.expects(NoticeKind.SUPERVISION, TOWNSHIP, NoticeColour.WHITE)
    assert notice.act is NextAct.LEGAL_DUTY
    assert Reason.LEGAL_DUTY_OVERDUE in [entry.reason for entry in desk.entries]
    desk.does(TOWNSHIP, FulfilDuty("report"))
    desk.passes(24)
    desk.expects_nothing_more()


def test_no_closing_while_owed() -> None:
    """Visited and settled is not enough: the case closes when the law is satisfied."""
    desk = Desk()
    desk.finds(Level.YELLOW, legal_duties=(_duty(300),))
    desk.visits(TOWNSHIP)
    assert desk.resolves(TOWNSHIP).reason is Reason.DUTY_UNFULFILLED
    assert desk.does(TOWNSHIP, FulfilDuty("something_else")).reason is Reason.DUTY_NOT_OWED
    desk.does(TOWNSHIP, FulfilDuty("report"))
    assert desk.does(TOWNSHIP, FulfilDuty("report")).reason is Reason.DUTY_NOT_OWED
    assert desk.resolves(TOWNSHIP).reason is Reason.RESOLVED


def test_duty_joins_an_open_case() -> None:
    """A new duty joins the case that is open, once, and its owner is told; a visit does not make it forgotten."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.visits(TOWNSHIP)
    desk.unread.clear()
    again = {"reason": FindingReason.UNCHANGED}
    desk.finds(Level.YELLOW, legal_duties=(_duty(24),), **again)
    desk.expects(NoticeKind.LEGAL_DUTY, TOWNSHIP)
    assert desk.case.next_act is NextAct.LEGAL_DUTY
    desk.visits(TOWNSHIP)
    assert (desk.case.next_act, desk.case.after_duty_act) == (NextAct.LEGAL_DUTY, NextAct.REVISIT)
    assert desk.finds(Level.YELLOW, legal_duties=(_duty(48),), **again).reason is Reason.NOTHING_NEW
    assert len(desk.case.legal_duties) == 1
    desk.expects_nothing_more()


def test_duty_after_resolution_opens_anew() -> None:
    """What the law demands anew after a resolution is a new case, however mild."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.visits(TOWNSHIP)
    desk.resolves(TOWNSHIP)
    desk.now_ms += HOUR_MS
    mild = {"computed_level": Level.GREEN, "reason": FindingReason.FALL_RECORDED}
    decision = desk.finds(Level.YELLOW, legal_duties=(_duty(48),), **mild)
    assert decision.reason is Reason.LEGAL_DUTY_AROSE
    assert len(desk.subject.cases) == 2


def test_lowering_keeps_the_duty() -> None:
    """A lower level leaves the law's demand where it is, with the act behind it on the new clock."""
    desk = Desk()
    desk.finds(Level.RED, legal_duties=(_duty(20),))
    desk.acknowledges(COUNTY)
    desk.now_ms += HOUR_MS
    desk.finds(Level.RED, computed_level=Level.YELLOW, reason=FindingReason.FALL_RECORDED)
    assessment = desk.case.assessment_decision_id
    desk.does(COUNTY, RequestLowering(Level.YELLOW, assessment))
    assert desk.does(PREFECTURE, ApproveLowering()).reason is Reason.LOWERED_BY_TWO_PERSONS
    assert (desk.case.next_act, desk.case.after_duty_act) == (
        NextAct.LEGAL_DUTY,
        NextAct.FIRST_VISIT,
    )
    assert desk.case.after_duty_due_ms == desk.now_ms + 72 * HOUR_MS


@given(
    st.lists(st.floats(1, 400), max_size=3),
    st.lists(st.sampled_from(["ack", "visit", "fulfil", "finds", "wait"]), max_size=10),
)
def test_one_next_act(hours: list[float], acts: list[str]) -> None:
    """Whatever people do, an open case waits for exactly one act, and no duty owed is due before it."""
    desk = Desk()
    duties = tuple(_duty(due, f"d{n}") for n, due in enumerate(hours))
    desk.finds(Level.YELLOW, legal_duties=duties)
    for act in acts:
        if act == "ack":
            desk.acknowledges(TOWNSHIP)
        elif act == "visit":
            desk.visits(TOWNSHIP)
        elif act == "fulfil" and desk.case.duties_owed:
            desk.does(TOWNSHIP, FulfilDuty(desk.case.duties_owed[-1].duty_id))
        elif act == "finds":
            soon = _duty(5, f"n{desk.count}", desk.now_ms)
            desk.finds(Level.YELLOW, reason=FindingReason.UNCHANGED, legal_duties=(soon,))
        elif act == "wait":
            desk.now_ms += HOUR_MS
        case = desk.case
        assert case.status is not CaseStatus.RESOLVED
        assert case.next_act is not NextAct.NONE and case.next_due_ms > 0
        owed = case.duties_owed
        if owed:
            assert case.next_due_ms <= owed[0].due_ms
        if case.next_act is NextAct.LEGAL_DUTY:
            assert owed and case.after_duty_act is not NextAct.NONE
        else:
            assert case.after_duty_act is NextAct.NONE
