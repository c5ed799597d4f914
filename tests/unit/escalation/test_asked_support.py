"""Who asks for support gets it as a duty of the tier above, and keeps the own one."""

from __future__ import annotations

import pytest

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import CaseStatus, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import AskSupport, Command
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    CATCH_ALL,
    COUNTY,
    HOUSEHOLD,
    PREFECTURE,
    STRANGER,
    TOWNSHIP,
    VILLAGE,
    Desk,
    Roster,
    rules,
)


def asked(desk: Desk, who: str = TOWNSHIP) -> None:
    """The owner asks, and what follows from it is decided as the lane does."""
    decision = desk.does(who, AskSupport())
    assert decision.then is not None
    desk.takes(decision.then)


@pytest.fixture
def desk() -> Desk:
    """A yellow case of the township, its owner told."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.unread.clear()
    return desk


def test_the_tier_above_gets_a_duty_with_its_own_deadlines(desk: Desk) -> None:
    """The county is told who asks, takes a case of its own on within the level's terms, and is late by the ladder."""
    asked(desk)
    household, above = desk.subject.cases
    assert (above.owner_id, above.tier, above.pack_id) == (COUNTY, Tier.COUNTY, "support_request")
    assert (above.next_act, above.next_due_ms) == (NextAct.ACKNOWLEDGE, desk.now_ms + 24 * HOUR_MS)
    assert above.resolve_due_ms == desk.now_ms + 72 * HOUR_MS
    assert desk.expects(NoticeKind.SUPPORT_ASKED, COUNTY).case_no == household.case_no
    assert desk.expects(NoticeKind.DUTY_ASSIGNED, COUNTY).case_no == above.case_no
    desk.passes(25)
    desk.expects(NoticeKind.SUPERVISION, COUNTY, NoticeColour.WHITE)


def test_asking_changes_nothing_for_who_asks(desk: Desk) -> None:
    """Owner, status, act, deadline and ladder stay: nobody wins time by asking."""
    before = desk.case
    asked(desk)
    after = desk.subject.cases[0]
    kept = ("owner_id", "status", "next_act", "next_due_ms", "ladder_due_ms", "ladder_step", "tier")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.status is CaseStatus.OPENED


def test_the_ledgers_say_who_asked_whom(desk: Desk) -> None:
    """The household's ledger names the asker and the official above; the new case was opened by the asker."""
    asked(desk)
    told, opened = desk.entries[-2:]
    assert (told.type, told.actor_id, told.recipient_id) == (
        EntryType.SUPPORT_ASKED,
        TOWNSHIP,
        COUNTY,
    )
    assert (opened.type, opened.actor_id, opened.reason) == (
        EntryType.OPENED,
        TOWNSHIP,
        Reason.OPENED_BY_SUPPORT,
    )


def test_the_same_request_twice_is_one_duty(desk: Desk) -> None:
    """A reply brought twice is the same command, and raises nothing the second time."""
    command = Command("c1", desk.case.case_id, HOUSEHOLD, TOWNSHIP, desk.now_ms, AskSupport())
    first, again = desk.takes(command), desk.takes(command)
    assert first.then is not None
    assert (again.reason, again.then) == (Reason.DUPLICATE, None)
    opened = [desk.takes(first.then).reason for _ in range(2)]
    assert opened == [Reason.OPENED_BY_SUPPORT, Reason.DUPLICATE]
    assert len(desk.subject.cases) == 2


@pytest.mark.parametrize(
    ("who", "reason"),
    [(VILLAGE, Reason.BELOW_RESPONSIBLE_TIER), (STRANGER, Reason.OUTSIDE_JURISDICTION)],
)
def test_only_the_line_of_the_owner_may_ask(desk: Desk, who: str, reason: Reason) -> None:
    """A stranger's request is refused in the ledger and raises nothing."""
    decision = desk.does(who, AskSupport())
    assert (decision.reason, decision.then) == (reason, None)


def test_at_the_top_nobody_is_left_to_ask() -> None:
    """The prefecture's own request is refused with a reason."""
    desk = Desk(rules(Roster([PREFECTURE])))
    desk.finds(Level.YELLOW)
    decision = desk.does(PREFECTURE, AskSupport())
    assert (decision.reason, decision.then) == (Reason.NO_TIER_ABOVE, None)


def test_a_gap_above_goes_to_the_next_tier_and_is_told() -> None:
    """Nobody at the county: the prefecture gets the duty and hears of the gap; nobody at all: the last resort."""
    desk = Desk(rules(Roster([TOWNSHIP, PREFECTURE])))
    desk.finds(Level.YELLOW)
    desk.unread.clear()
    asked(desk)
    assert desk.case.owner_id == PREFECTURE
    desk.expects(NoticeKind.SUPPORT_ASKED, PREFECTURE)
    desk.expects(NoticeKind.ROSTER_GAP, PREFECTURE)
    alone = Desk(rules(Roster([TOWNSHIP])))
    alone.finds(Level.YELLOW)
    asked(alone)
    assert alone.case.owner_id == CATCH_ALL
