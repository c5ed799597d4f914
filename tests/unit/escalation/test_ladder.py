"""What happens when an act stays undone."""

from __future__ import annotations

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import CLOCK, Command, DeadlineReached
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    COUNTY,
    HOUSEHOLD,
    PREFECTURE,
    TOWNSHIP,
    VILLAGE,
    Desk,
    Roster,
    rules,
)


def test_silence_climbs_from_village_to_prefecture() -> None:
    """White; yellow and the township; red and the county; red and the prefecture; red twice there; then no more."""
    desk = Desk()
    desk.finds(Level.GREEN)
    desk.expects(NoticeKind.DUTY_ASSIGNED, VILLAGE)

    desk.passes(72)
    desk.expects(NoticeKind.SUPERVISION, VILLAGE, NoticeColour.WHITE)
    desk.expects_nothing_more()
    assert Tier.VILLAGE is desk.case.tier

    desk.passes(72)
    desk.expects(NoticeKind.SUPERVISION, VILLAGE, NoticeColour.YELLOW)
    desk.expects(NoticeKind.DUTY_ASSIGNED, TOWNSHIP)
    desk.expects(NoticeKind.TAKEN_OVER, VILLAGE)
    desk.expects_nothing_more()

    desk.passes(72)
    desk.expects(NoticeKind.SUPERVISION, TOWNSHIP, NoticeColour.RED)
    desk.expects(NoticeKind.DUTY_ASSIGNED, COUNTY)
    desk.expects(NoticeKind.TAKEN_OVER, TOWNSHIP)
    desk.expects_nothing_more()

    desk.passes(72)
    desk.expects(NoticeKind.SUPERVISION, COUNTY, NoticeColour.RED)
    desk.expects(NoticeKind.DUTY_ASSIGNED, PREFECTURE)
    desk.expects(NoticeKind.TAKEN_OVER, COUNTY)
    desk.expects_nothing_more()

    desk.passes(144)
    desk.expects(NoticeKind.SUPERVISION, PREFECTURE, NoticeColour.RED)
    desk.expects(NoticeKind.SUPERVISION, PREFECTURE, NoticeColour.RED)
    desk.passes(10_000)
    desk.expects_nothing_more()
    assert (desk.case.next_act, desk.case.deadline_ms) == (NextAct.ACKNOWLEDGE, None)
    assert desk.case.next_due_ms > 0


def test_each_notice_has_its_own_serial_number() -> None:
    """Colour, county, year, case code and count: unique, and readable on the phone."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.passes(1000)

    serials = [notice.serial_no for notice in desk.case.notices]
    code = desk.case.case_no.split("-")[1]
    assert f"白-532301-2026-{code}-1" == serials[0]
    assert [serial[0] for serial in serials] == ["白", "黄", "红", "红"]
    assert len(set(serials)) == len(serials)


def test_new_owner_has_the_whole_interval() -> None:
    """The next rung counts from when the notice was issued, even if the clock woke up late."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.now_ms += 500 * HOUR_MS

    desk.clock_strikes()

    assert desk.now_ms + 24 * HOUR_MS == desk.case.ladder_due_ms
    assert desk.case.ladder_step == 1


def test_acknowledgement_stops_its_ladder_and_the_visit_has_its_own() -> None:
    """Acknowledged by the tier that took over, the next white notice is about the visit."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.passes(48)
    assert (desk.case.owner_id, desk.case.ladder_step) == (COUNTY, 2)

    desk.acknowledges(COUNTY)
    desk.unread.clear()
    desk.passes(71)
    desk.expects_nothing_more()
    desk.passes(1)

    told = desk.expects(NoticeKind.SUPERVISION, COUNTY, NoticeColour.WHITE)
    desk.expects_nothing_more()
    assert NextAct.FIRST_VISIT is told.act
    assert desk.entries[-2].reason == Reason.FIRST_VISIT_OVERDUE


def test_deadline_of_a_done_act_is_stale() -> None:
    """The clock's proposal read after the acknowledgement has no effect."""
    desk = Desk()
    desk.finds(Level.RED)
    case = desk.case
    desk.now_ms += 3 * HOUR_MS
    desk.acknowledges(COUNTY)

    late = DeadlineReached(case.next_act, case.ladder_due_ms, case.ladder_step)

    assert Reason.STALE_DEADLINE is desk.does(CLOCK, late).reason


def test_same_rung_proposed_twice_is_climbed_once() -> None:
    """Two owners of a lane may both propose; the second proposal is stale."""
    desk = Desk()
    desk.finds(Level.RED)
    case = desk.case
    desk.now_ms = case.ladder_due_ms
    reached = DeadlineReached(case.next_act, case.ladder_due_ms, case.ladder_step)

    first = desk.does(CLOCK, reached)
    again = desk.does(CLOCK, reached)

    assert Reason.ACKNOWLEDGE_OVERDUE is first.reason
    assert (again.reason, again.entries) == (Reason.STALE_DEADLINE, ())


def test_deadline_before_its_time_does_nothing() -> None:
    """A clock that runs ahead cannot make anybody late."""
    desk = Desk()
    desk.finds(Level.RED)

    assert Reason.NOT_DUE_YET is desk.clock_strikes().reason


def test_ladder_over_a_roster_gap_says_so() -> None:
    """Escalation lands where somebody is, and that official learns of the gap."""
    desk = Desk(rules(Roster([VILLAGE, COUNTY, PREFECTURE])))
    desk.finds(Level.GREEN)
    desk.passes(144)

    escalated = next(entry for entry in desk.entries if entry.type is EntryType.ESCALATED)
    assert (
        escalated.reason,
        escalated.recipient_id,
    ) == (Reason.ESCALATED_OVER_ROSTER_GAP, COUNTY)
    desk.expects(NoticeKind.ROSTER_GAP, COUNTY)


def test_resolution_date_comes_before_the_next_visit() -> None:
    """When the resolution is due first, it is what the case waits for; visits do not end that ladder."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.acknowledges(COUNTY)
    for _ in range(10):
        desk.visits(COUNTY)
        desk.passes(71)
    desk.visits(COUNTY)
    assert (NextAct.RESOLVE, desk.case.resolve_due_ms) == (
        desk.case.next_act,
        desk.case.next_due_ms,
    )
    desk.unread.clear()

    desk.passes(20)
    desk.expects(NoticeKind.SUPERVISION, COUNTY, NoticeColour.WHITE)
    step = desk.case.ladder_step
    desk.visits(desk.case.owner_id)

    assert (NextAct.RESOLVE, step) == (desk.case.next_act, desk.case.ladder_step)


def test_clock_of_an_unknown_case_is_dropped() -> None:
    """A command for a case of another subject leaves no trace."""
    desk = Desk()
    strange = Command(
        "x", "000-aaaaaaaaaaaa", HOUSEHOLD, CLOCK, 0, DeadlineReached(NextAct.RESOLVE, 1, 0)
    )

    assert Reason.UNKNOWN_CASE is desk.takes(strange).reason


def test_spent_ladder_takes_no_claim() -> None:
    """When the last red notice is out, a command that claims another deadline passed changes nothing."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.passes(1000)
    assert desk.case.deadline_ms is None
    told = len(desk.notices)
    assert desk.clock_strikes().reason is Reason.STALE_DEADLINE
    assert len(desk.notices) == told
