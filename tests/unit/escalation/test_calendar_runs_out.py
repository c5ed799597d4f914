"""A warning is never left without a duty because the next year's calendar of working days is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from services.common.spans import HOUR_MS
from services.common.terms import Level
from services.escalation.adapters.workdays import WARN_DAYS, Workdays, check_calendar
from services.escalation.domain.cases import NextAct
from services.escalation.domain.draft import Rules
from services.escalation.domain.events import NoticeKind
from services.escalation.domain.messages import Acknowledge
from services.escalation.domain.policy import Policies, Policy, Term
from services.escalation.domain.reasons import Reason
from services.escalation.domain.worktime import CHINA, OfficeHours
from tests.unit.escalation.desk import COUNTY, POLICY, Desk, Roster


def working_policy(resolve_hours: float = 16) -> Policy:
    """The policy of the desk with the terms of red in working time."""
    red = replace(
        POLICY.duties[Level.RED],
        acknowledge_within=Term(2, working=True),
        first_visit_within=Term(4, working=True),
        resolve_within=Term(resolve_hours, working=True),
        ladder_every=Term(2, working=True),
    )
    duties = {**POLICY.duties, Level.RED: red}
    return replace(POLICY, duties=duties, office_hours=OfficeHours(510, 1050))


def year_end_desk(moment: str, policy: Policy, workdays: Workdays) -> Desk:
    """A desk at a local time, with a calendar."""
    rules = Rules(Policies([policy]), Roster(), workdays.is_workday, workdays.knows)
    return Desk(rules=rules, now_ms=ms(moment))


def ms(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=CHINA).timestamp() * 1000)


# Of a year that no release of the library will know while this test lives.
LAST_KNOWN = Workdays(complete_years=frozenset({2098}))


def test_red_at_the_end_of_the_last_known_year() -> None:
    """A red decision on the last afternoon opens its case, tells its owner, and says that 2099 was assumed."""
    desk = year_end_desk("2098-12-31 16:30", working_policy(), LAST_KNOWN)

    decision = desk.finds(Level.RED)

    assert decision.reason is Reason.OPENED_BY_DECISION
    assert decision.assumed_years == (2099,)
    assert desk.case.next_due_ms == ms("2099-01-01 09:30")
    desk.expects(NoticeKind.DUTY_ASSIGNED, COUNTY)
    desk.expects_nothing_more()


def test_long_term_months_before() -> None:
    """A term of months meets the unknown year in autumn already, and is counted all the same."""
    desk = year_end_desk("2098-10-06 10:00", working_policy(resolve_hours=720), LAST_KNOWN)

    assert desk.finds(Level.RED).assumed_years == (2099,)
    desk.expects(NoticeKind.DUTY_ASSIGNED, COUNTY)


def test_acts_and_the_ladder_go_on_in_the_unknown_year() -> None:
    """In the unknown year acts are accepted and the ladder climbs: each decision says that it was assumed."""
    desk = year_end_desk("2099-01-05 09:00", working_policy(), LAST_KNOWN)
    desk.finds(Level.RED)
    desk.now_ms += 2 * HOUR_MS
    struck = desk.clock_strikes()
    acted = desk.does(COUNTY, Acknowledge())

    assert (struck.reason, struck.assumed_years) == (Reason.ACKNOWLEDGE_OVERDUE, (2099,))
    assert (acted.reason, acted.assumed_years) == (Reason.ACKNOWLEDGED, (2099,))
    assert desk.case.next_act is NextAct.FIRST_VISIT


def test_nothing_is_assumed_in_known_years_or_calendar_time() -> None:
    """A count inside known years, or one that runs day and night, assumes nothing."""
    known = year_end_desk("2098-12-01 09:00", working_policy(), LAST_KNOWN)
    assert known.finds(Level.RED).assumed_years == ()
    calendar = year_end_desk("2099-06-01 09:00", POLICY, LAST_KNOWN)
    assert calendar.finds(Level.RED).assumed_years == ()


def test_local_file_completes_a_year() -> None:
    """Holidays listed for a completed year are off, and nothing is assumed."""
    complete = Workdays({date(2099, 1, 1): False}, frozenset({2098, 2099}))
    desk = year_end_desk("2098-12-31 16:30", working_policy(), complete)

    assert desk.finds(Level.RED).assumed_years == ()
    assert desk.case.next_due_ms == ms("2099-01-02 09:30")


@pytest.mark.parametrize(
    ("today", "runs_out"),
    [(date(2098, 11, 1), False), (date(2098, 11, 2), True), (date(2099, 3, 1), True)],
)
def test_warned_in_time(today: date, runs_out: bool) -> None:
    """The calendar is asked for from 60 days before its end, and when it is over, if a policy counts by it."""
    state = check_calendar(Policies([working_policy()]), LAST_KNOWN, today)

    assert state.runs_out is runs_out
    assert (state.days_left <= WARN_DAYS) is runs_out
    assert not check_calendar(Policies([POLICY]), LAST_KNOWN, today).runs_out


def test_warning_names_what_to_do() -> None:
    """Both languages name the file, its key and the package."""
    state = check_calendar(Policies([working_policy()]), LAST_KNOWN, date(2098, 12, 1))
    for text in (state.zh, state.en):
        assert "31" in text
        assert "workdays.local" in text and "complete_years" in text and "chinesecalendar" in text
    assert state.en.isascii() and not state.zh.isascii()
