"""An incident that triage handed over is a duty: its own case, the decision's deadlines, the ladder when they pass."""

from __future__ import annotations

import pytest

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.acts import OUTCOMES
from services.escalation.domain.cases import CaseStatus, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import Origin, Owed, RaiseLevel, Reassign, RecordVisit
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    COUNTY,
    FEDERATION,
    GRID,
    HOUSEHOLD,
    POLICE,
    POLICY,
    START_MS,
    TOWNSHIP,
    VILLAGE,
    Desk,
    Roster,
    rules,
)


def handed(number: int, department: str, tier: Tier, **details: object) -> Owed:
    """An incident handed over at the start: two hours to accept, a day to finish."""
    facts: dict[str, object] = {
        "cause_id": f"triage-{number}",
        "origin": Origin.TRIAGE,
        "detail": "",
        "subject_id": HOUSEHOLD,
        "jurisdiction_code": GRID,
        "unit": department,
        "tier": tier,
        "at_ms": START_MS,
        "accept_due_ms": START_MS + 2 * HOUR_MS,
        "finish_due_ms": START_MS + 24 * HOUR_MS,
    }
    return Owed(**(facts | details))  # type: ignore[arg-type]


@pytest.fixture
def desk() -> Desk:
    """A desk with everybody on the roster."""
    return Desk()


def test_a_department_is_told_accepts_and_finishes(desk: Desk) -> None:
    """The police accept and finish without a visit; nobody is late, and nothing climbs."""
    decision = desk.takes(handed(1, "police_station", Tier.TOWNSHIP))
    assert decision.reason is Reason.OPENED_BY_TRIAGE
    case = desk.case
    assert (case.owner_id, case.tier, case.level) == (POLICE, Tier.TOWNSHIP, Level.NONE)
    assert (case.next_due_ms, case.resolve_due_ms) == (
        START_MS + 2 * HOUR_MS,
        START_MS + 24 * HOUR_MS,
    )
    desk.expects(NoticeKind.DUTY_ASSIGNED, POLICE)
    desk.passes(1)
    desk.acknowledges(POLICE)
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.RESOLVE,
        START_MS + 24 * HOUR_MS,
    )
    desk.passes(20)
    assert desk.resolves(POLICE, OUTCOMES[0]).reason is Reason.RESOLVED
    desk.passes(2000)
    desk.expects_nothing_more()


def test_late_departments_climb_the_ladder(desk: Desk) -> None:
    """Nobody accepts: white to the police, yellow and up to the county centre, red and up to the prefecture."""
    desk.takes(handed(1, "police_station", Tier.TOWNSHIP))
    desk.expects(NoticeKind.DUTY_ASSIGNED, POLICE)
    desk.passes(2)
    desk.expects(NoticeKind.SUPERVISION, POLICE, NoticeColour.WHITE)
    desk.passes(24)
    desk.expects(NoticeKind.SUPERVISION, POLICE, NoticeColour.YELLOW)
    assert (desk.case.owner_id, desk.case.tier) == (COUNTY, Tier.COUNTY)
    desk.passes(24)
    desk.expects(NoticeKind.SUPERVISION, COUNTY, NoticeColour.RED)
    assert desk.case.tier is Tier.PREFECTURE


def test_accepted_and_not_finished_is_late_too(desk: Desk) -> None:
    """An acceptance stops the first deadline, not the second."""
    desk.takes(handed(1, "police_station", Tier.TOWNSHIP))
    desk.acknowledges(POLICE)
    desk.passes(23)
    desk.expects(NoticeKind.DUTY_ASSIGNED, POLICE)
    desk.expects_nothing_more()
    desk.passes(1)
    assert desk.entries[-2].reason == Reason.RESOLVE_OVERDUE
    desk.expects(NoticeKind.SUPERVISION, POLICE, NoticeColour.WHITE)


def test_finished_at_once(desk: Desk) -> None:
    """Settled on the spot is accepted by it: both are in the ledger."""
    desk.takes(handed(1, "", Tier.VILLAGE))
    assert desk.resolves(VILLAGE).reason is Reason.RESOLVED
    assert desk.happened() == [EntryType.OPENED, EntryType.ACKNOWLEDGED, EntryType.RESOLVED]
    assert desk.case.acknowledged_at_ms == START_MS


def test_a_visit_accepts_and_does_not_put_the_finish_off(desk: Desk) -> None:
    """A visit to an incident handed over leaves the deadline of its finish where it was."""
    desk.takes(handed(1, "", Tier.VILLAGE))
    desk.does(VILLAGE, RecordVisit(b""))
    assert desk.case.status is CaseStatus.IN_PROGRESS
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.RESOLVE,
        START_MS + 24 * HOUR_MS,
    )


def test_each_incident_and_department_has_its_own_case(desk: Desk) -> None:
    """Two incidents and two departments are four cases of one subject; the same decision twice is nothing."""
    findings = [
        handed(number, department, tier)
        for number, (department, tier) in enumerate(
            [("police_station", Tier.TOWNSHIP), ("womens_federation", Tier.COUNTY)] * 2
        )
    ]
    for finding in findings:
        desk.takes(finding)
    assert [case.owner_id for case in desk.subject.cases] == [POLICE, FEDERATION] * 2
    assert len({case.case_id for case in desk.subject.cases}) == 4
    for finding in findings:
        assert desk.takes(finding).reason is Reason.DUPLICATE
    assert len(desk.entries) == len(desk.subject.cases) == 4


def test_a_risk_case_and_an_incident_handed_over_stand_side_by_side(desk: Desk) -> None:
    """Neither touches the other: the risk case keeps its level, owner and deadlines, and takes later findings."""
    desk.finds(Level.RED)
    before = desk.case
    desk.takes(handed(1, "police_station", Tier.TOWNSHIP))
    assert desk.subject.cases[0] == before
    desk.does(POLICE, RecordVisit(b""))
    desk.finds(Level.RED, from_incident=True)
    assert desk.entries[-1].reason == Reason.INCIDENT_NOTED
    assert desk.entries[-1].case_id == before.case_id


def test_a_department_nobody_speaks_for() -> None:
    """With nobody for the department on the roster, the centre's official there hands it on, and the case says why."""
    desk = Desk(rules(Roster((VILLAGE, TOWNSHIP, COUNTY))))
    desk.takes(handed(1, "police_station", Tier.TOWNSHIP))
    assert (desk.case.owner_id, desk.case.owner_reason) == (TOWNSHIP, "department_gap_to_centre")
    assert desk.case.pack_id == "triage/police_station"


def test_a_department_has_no_say_over_other_cases(desk: Desk) -> None:
    """A department acts on what was handed to it, and on nothing else in its place."""
    desk.finds(Level.RED)
    assert desk.acknowledges(FEDERATION).reason is Reason.OUTSIDE_JURISDICTION
    assert desk.does(FEDERATION, RaiseLevel(Level.RED)).reason is Reason.OUTSIDE_JURISDICTION
    desk.takes(handed(1, "police_station", Tier.TOWNSHIP))
    assert desk.does(TOWNSHIP, Reassign(FEDERATION)).reason is Reason.REASSIGNED
    assert desk.acknowledges(FEDERATION).reason is Reason.ACKNOWLEDGED


def test_a_person_may_see_a_risk_in_it(desk: Desk) -> None:
    """Raised by a person, it is a risk: visits are owed, and it cannot be closed without one."""
    desk.takes(handed(1, "", Tier.VILLAGE))
    desk.does(TOWNSHIP, RaiseLevel(Level.YELLOW))
    assert (desk.case.level, desk.case.owner_id) == (Level.YELLOW, TOWNSHIP)
    assert desk.resolves(TOWNSHIP).reason is Reason.VISIT_MISSING


def test_the_policy_sets_the_latest_finish(desk: Desk) -> None:
    """A decision without deadlines, or with ones beyond the policy's, ends where the policy says."""
    latest = START_MS + 720 * HOUR_MS
    for number, (accept, finish) in enumerate([(0, 0), (latest * 2, latest * 2)]):
        desk.takes(handed(number, "", Tier.VILLAGE, accept_due_ms=accept, finish_due_ms=finish))
        assert (desk.case.next_due_ms, desk.case.resolve_due_ms) == (latest, latest)


def test_no_kind_for_incidents_handed_over() -> None:
    """Where no kind takes it, nothing is opened with made-up deadlines, and the reason says so."""
    desk = Desk(rules(None, POLICY))
    assert desk.takes(handed(1, "", Tier.VILLAGE)).reason is Reason.NO_SUCH_KIND
    assert desk.subject.cases == ()
