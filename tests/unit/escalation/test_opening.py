"""When a finding opens a case, raises one, is noted, or changes nothing."""

from __future__ import annotations

import pytest

from services.common.spans import HOUR_MS
from services.common.terms import Level, Tier
from services.escalation.domain.cases import CaseStatus, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import FindingReason
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    CATCH_ALL,
    COUNTY,
    PREFECTURE,
    START_MS,
    TOWNSHIP,
    VILLAGE,
    Desk,
    Roster,
    finding,
    rules,
)


@pytest.mark.parametrize(
    ("level", "owner", "tier", "hours"),
    [
        (Level.GREEN, VILLAGE, Tier.VILLAGE, 72),
        (Level.YELLOW, TOWNSHIP, Tier.TOWNSHIP, 24),
        (Level.RED, COUNTY, Tier.COUNTY, 2),
    ],
)
def test_each_level_has_its_tier_and_clock(
    level: Level, owner: str, tier: Tier, hours: int
) -> None:
    """A case belongs to the tier of its level, who must acknowledge within the policy's time."""
    desk = Desk()

    decision = desk.finds(level, accepted_at_ms=START_MS - 40, trace_id="t1")

    assert Reason.OPENED_BY_DECISION is decision.reason
    assert (owner, tier, "on_roster") == (
        desk.case.owner_id,
        desk.case.tier,
        desk.case.owner_reason,
    )
    assert (desk.case.status, desk.case.next_act) == (CaseStatus.OPENED, NextAct.ACKNOWLEDGE)
    assert START_MS + hours * HOUR_MS == desk.case.next_due_ms
    told = desk.expects(NoticeKind.DUTY_ASSIGNED, owner)
    assert (desk.case.next_due_ms, START_MS - 40, "t1") == (
        told.act_due_ms,
        told.accepted_at_ms,
        told.trace_id,
    )
    desk.expects_nothing_more()


def test_a_case_keeps_the_round_that_opened_it() -> None:
    """The round of the assessment that opened a case stays with it through later rounds."""
    desk = Desk()
    desk.finds(Level.RED, round_id="2026-1")
    desk.expects(NoticeKind.DUTY_ASSIGNED, COUNTY)
    desk.finds(Level.RED, round_id="2026-2", reason=FindingReason.UNCHANGED)
    assert desk.case.round_id == "2026-1"


def test_case_id_names_its_lane_and_case_no_its_county() -> None:
    """People read out the county and a code; machines find the lane in the id."""
    desk = Desk()
    desk.finds(Level.RED)

    assert f"{desk.subject.lane:03d}-" == desk.case.case_id[:4]
    assert len(desk.case.case_id) == 16
    assert desk.case.case_no[:7] == "532301-"
    assert len(desk.case.case_no) == 13


def test_green_without_contribution_opens_nothing() -> None:
    """A green household with no risk at all owes nobody a visit."""
    desk = Desk()

    assert Reason.NO_CONTRIBUTION is desk.finds(Level.GREEN, has_contribution=False).reason
    assert desk.subject.cases == ()


def test_unrated_household_gets_a_visit_task() -> None:
    """Too many unknowns are never a green: somebody goes and looks."""
    desk = Desk()

    decision = desk.finds(Level.NONE, reason=FindingReason.CANNOT_RATE, has_contribution=False)

    assert Reason.VISIT_TASK_OPENED is decision.reason
    assert (desk.case.level, desk.case.owner_id) == (Level.GREEN, VILLAGE)


@pytest.mark.parametrize("reason", [FindingReason.NOT_ASSESSED, FindingReason.LOWERED_BY_PERSON])
def test_findings_that_rate_nothing_do_nothing(reason: FindingReason) -> None:
    """Nothing was rated, so nothing is owed."""
    assert Reason.NOT_RATED is Desk().finds(Level.RED, reason=reason).reason


def test_higher_finding_raises_and_takes_over() -> None:
    """A higher level moves the case to the tier of that level and restarts the acknowledgement."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.acknowledges(TOWNSHIP)
    desk.unread.clear()
    desk.passes(1)

    decision = desk.finds(Level.RED, reason=FindingReason.RAISED)

    assert Reason.RAISED_BY_DECISION is decision.reason
    assert len(desk.subject.cases) == 1
    assert (
        desk.case.level,
        desk.case.status,
        desk.case.owner_id,
    ) == (Level.RED, CaseStatus.OPENED, COUNTY)
    assert desk.now_ms + 2 * HOUR_MS == desk.case.next_due_ms
    desk.expects(NoticeKind.LEVEL_RAISED, COUNTY)
    desk.expects(NoticeKind.TAKEN_OVER, TOWNSHIP)
    desk.expects_nothing_more()


def test_raise_never_moves_responsibility_down() -> None:
    """A case that had climbed to the prefecture stays there when its level rises."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.passes(24 + 24 + 24)
    assert desk.case.owner_id == PREFECTURE
    desk.unread.clear()

    desk.finds(Level.RED, reason=FindingReason.RAISED)

    assert (desk.case.owner_id, desk.case.ladder_step) == (PREFECTURE, 0)
    desk.expects(NoticeKind.LEVEL_RAISED, PREFECTURE)
    desk.expects_nothing_more()


def test_incident_at_same_level_is_noted_and_assessment_is_not() -> None:
    """Only new information enters the ledger."""
    desk = Desk()
    desk.finds(Level.RED)

    incident = desk.finds(Level.RED, reason=FindingReason.UNCHANGED, from_incident=True)
    assessment = desk.finds(Level.RED, reason=FindingReason.UNCHANGED)

    assert Reason.INCIDENT_NOTED is incident.reason
    assert [entry.type for entry in incident.entries] == [EntryType.RISK_NOTED]
    assert Reason.NOTHING_NEW is assessment.reason
    assert assessment.entries == ()


def test_ratchet_alone_does_not_raise_a_lowered_case() -> None:
    """A level that merely stands from the past cannot undo what two persons decided."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.passes(1)

    decision = desk.finds(Level.RED, computed_level=Level.GREEN, reason=FindingReason.FALL_RECORDED)

    assert Level.YELLOW is desk.case.level
    assert Reason.FALL_NOTED is decision.reason


def _resolved() -> Desk:
    desk = Desk()
    desk.finds(Level.RED)
    desk.acknowledges(COUNTY)
    desk.visits(COUNTY)
    desk.resolves(COUNTY)
    return desk


@pytest.mark.parametrize(
    ("details", "reason", "cases"),
    [
        (
            {"reason": FindingReason.UNCHANGED, "computed_level": Level.GREEN},
            Reason.FALL_NOTED,
            1,
        ),
        ({"reason": FindingReason.UNCHANGED}, Reason.REOPENED_BY_ASSESSMENT, 2),
        (
            {
                "reason": FindingReason.UNCHANGED,
                "computed_level": Level.GREEN,
                "from_incident": True,
            },
            Reason.REOPENED_BY_INCIDENT,
            2,
        ),
        (
            {"reason": FindingReason.RAISED, "computed_level": Level.GREEN},
            Reason.REOPENED_BY_RAISE,
            2,
        ),
        (
            {"reason": FindingReason.CANNOT_RATE, "computed_level": Level.NONE},
            Reason.VISIT_TASK_OPENED,
            2,
        ),
    ],
)
def test_after_resolution_only_news_opens_again(
    details: dict[str, object], reason: Reason, cases: int
) -> None:
    """A new case takes an incident, a raise, or answers that themselves give yellow or red."""
    desk = _resolved()
    desk.passes(1)

    assert reason is desk.finds(Level.RED, **details).reason
    assert cases == len(desk.subject.cases)
    assert len({case.case_id for case in desk.subject.cases}) == cases


def test_old_assessment_read_late_opens_nothing_but_an_incident_does() -> None:
    """The two topics have no common order: a repetition must not reopen, and no news may be lost."""
    desk = _resolved()

    repeat = finding(98, Level.RED, at_ms=START_MS - 1, reason=FindingReason.UNCHANGED)
    incident = finding(99, Level.RED, at_ms=START_MS - 1, from_incident=True)

    assert Reason.ALREADY_RESOLVED is desk.takes(repeat).reason
    assert Reason.REOPENED_BY_INCIDENT is desk.takes(incident).reason


def test_each_pack_has_its_own_case() -> None:
    """Household dispute and partner violence are separate duties."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.finds(Level.RED, pack_id="partner_violence")

    assert [case.level for case in desk.subject.cases] == [Level.YELLOW, Level.RED]


def test_roster_gap_falls_to_the_next_tier_and_says_so() -> None:
    """Where nobody holds the township post, the county answers, and is told of the gap."""
    desk = Desk(rules(Roster([VILLAGE, COUNTY, PREFECTURE])))

    desk.finds(Level.YELLOW)

    assert (
        desk.case.owner_id,
        desk.case.tier,
        desk.case.owner_reason,
    ) == (COUNTY, Tier.COUNTY, "roster_gap_next_tier")
    desk.expects(NoticeKind.DUTY_ASSIGNED, COUNTY)
    desk.expects(NoticeKind.ROSTER_GAP, COUNTY)
    desk.expects_nothing_more()


def test_empty_roster_still_opens_with_the_catch_all() -> None:
    """A warning is never dropped for want of an official."""
    desk = Desk(rules(Roster([])))

    desk.finds(Level.RED)

    assert (desk.case.owner_id, desk.case.owner_reason) == (CATCH_ALL, "nobody_on_roster")
    desk.expects(NoticeKind.DUTY_ASSIGNED, CATCH_ALL)
    desk.expects(NoticeKind.ROSTER_GAP, CATCH_ALL)
    desk.expects_nothing_more()
    assert Reason.ACKNOWLEDGED is desk.acknowledges(CATCH_ALL).reason


def test_unknown_jurisdiction_still_opens() -> None:
    """A place that is on no map is nobody's, hence the catch-all's."""
    desk = Desk()
    desk.finds(Level.RED, jurisdiction_code="")

    assert desk.case.owner_id == CATCH_ALL


def test_unrateable_household_is_visited_when_scoring_says() -> None:
    """A household that cannot be rated is a green case whose visit is due within days, not weeks."""
    desk = Desk()
    visit_by_ms = START_MS + 48 * HOUR_MS
    desk.finds(
        Level.GREEN,
        reason=FindingReason.CANNOT_RATE,
        has_contribution=False,
        visit_by_ms=visit_by_ms,
    )
    assert (desk.case.next_act, desk.case.next_due_ms) == (NextAct.ACKNOWLEDGE, visit_by_ms)
    desk.now_ms += HOUR_MS
    desk.acknowledges(VILLAGE)
    assert (desk.case.next_act, desk.case.next_due_ms) == (NextAct.FIRST_VISIT, visit_by_ms)
    desk.visits(VILLAGE)
    assert desk.case.next_due_ms > visit_by_ms
