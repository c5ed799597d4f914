"""What people may do to a case, and what is refused."""

from __future__ import annotations

import pytest

from services.common.spans import HOUR_MS
from services.common.terms import Level, Tier
from services.escalation.domain.cases import CaseStatus, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import (
    Acknowledge,
    ApproveLowering,
    Command,
    FindingReason,
    RaiseLevel,
    Reassign,
    RecordVisit,
    RequestLowering,
    Resolve,
)
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    COLLEAGUE_ABOVE,
    COUNTY,
    HOUSEHOLD,
    PREFECTURE,
    STRANGER,
    TOWNSHIP,
    VILLAGE,
    Desk,
    finding,
)


@pytest.fixture
def desk() -> Desk:
    """A yellow case, its owner told."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.unread.clear()
    return desk


@pytest.mark.parametrize("who", [TOWNSHIP, COUNTY, PREFECTURE])
def test_owner_and_those_above_may_acknowledge(desk: Desk, who: str) -> None:
    """The owner's line upwards may take the duty on; the visit is due next."""
    assert Reason.ACKNOWLEDGED is desk.acknowledges(who).reason
    assert (
        desk.case.status,
        desk.case.next_act,
    ) == (CaseStatus.ACKNOWLEDGED, NextAct.FIRST_VISIT)
    assert desk.now_ms + 72 * HOUR_MS == desk.case.next_due_ms


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (VILLAGE, Reason.BELOW_RESPONSIBLE_TIER),
        (STRANGER, Reason.OUTSIDE_JURISDICTION),
        ("nobody", Reason.NOT_ON_ROSTER),
    ],
)
@pytest.mark.parametrize(
    "act",
    [Acknowledge(), RecordVisit(), Resolve("mediated"), Reassign(COUNTY)],
    ids=lambda act: type(act).__name__,
)
def test_others_are_refused_with_a_reason(
    desk: Desk, who: str, reason: Reason, act: Acknowledge
) -> None:
    """A refusal is an entry in the ledger, never an exception, and changes nothing else."""
    before = desk.case

    decision = desk.does(who, act)

    assert reason is decision.reason
    assert [(EntryType.COMMAND_REFUSED, reason, who)] == [
        (entry.type, entry.reason, entry.actor_id) for entry in decision.entries
    ]
    assert (before.status, before.owner_id, before.next_due_ms) == (
        desk.case.status,
        desk.case.owner_id,
        desk.case.next_due_ms,
    )
    desk.expects_nothing_more()


def test_second_acknowledgement_is_refused(desk: Desk) -> None:
    """A second tap on the link says that it was done already."""
    desk.acknowledges(TOWNSHIP)

    assert Reason.ALREADY_ACKNOWLEDGED is desk.acknowledges(TOWNSHIP).reason


def test_same_command_twice_counts_once(desk: Desk) -> None:
    """A command read again is dropped without a trace."""
    command = Command("c1", desk.case.case_id, HOUSEHOLD, TOWNSHIP, desk.now_ms, RecordVisit())
    desk.takes(command)

    again = desk.takes(command)

    assert (again.reason, again.entries, desk.case.visits) == (Reason.DUPLICATE, (), 1)


def test_visit_acknowledges_too(desk: Desk) -> None:
    """Who has been there has taken it on."""
    desk.visits(TOWNSHIP)

    assert desk.happened() == [EntryType.OPENED, EntryType.ACKNOWLEDGED, EntryType.VISITED]
    assert (desk.case.status, desk.case.next_act) == (CaseStatus.IN_PROGRESS, NextAct.REVISIT)


def test_resolution_needs_a_visit(desk: Desk) -> None:
    """Nothing is resolved from the desk."""
    assert Reason.VISIT_MISSING is desk.resolves(TOWNSHIP).reason
    desk.acknowledges(TOWNSHIP)
    assert Reason.VISIT_MISSING is desk.resolves(TOWNSHIP).reason
    desk.visits(TOWNSHIP)
    assert Reason.UNKNOWN_OUTCOME is desk.resolves(TOWNSHIP, "somehow").reason

    assert Reason.RESOLVED is desk.resolves(TOWNSHIP, "mediated").reason
    assert (
        desk.case.status,
        desk.case.next_act,
        desk.case.deadline_ms,
    ) == (CaseStatus.RESOLVED, NextAct.NONE, None)
    assert desk.entries[-1].reason == "mediated"


def test_raised_case_needs_a_fresh_visit_to_resolve(desk: Desk) -> None:
    """Visits made at a lower level do not resolve a higher one."""
    desk.visits(TOWNSHIP)
    desk.finds(Level.RED, reason=FindingReason.RAISED)

    assert Reason.VISIT_MISSING is desk.resolves(COUNTY).reason


def test_closed_case_refuses_every_act(desk: Desk) -> None:
    """What is closed stays closed; the attempt is on record."""
    desk.visits(TOWNSHIP)
    desk.resolves(TOWNSHIP)

    assert Reason.CASE_CLOSED is desk.visits(TOWNSHIP).reason
    assert EntryType.COMMAND_REFUSED is desk.entries[-1].type


def test_unknown_act_is_refused(desk: Desk) -> None:
    """An act of a newer sender is refused, not lost."""
    command = Command("c1", desk.case.case_id, HOUSEHOLD, TOWNSHIP, desk.now_ms, None)

    assert Reason.UNKNOWN_ACT is desk.takes(command).reason


def test_reassignment_keeps_the_clock(desk: Desk) -> None:
    """A new owner, the same act and deadline: no one wins time by passing a case on."""
    due_ms = desk.case.next_due_ms
    desk.passes(5)

    assert Reason.REASSIGNED is desk.does(COUNTY, Reassign(VILLAGE, "nearer")).reason
    assert (VILLAGE, Tier.VILLAGE, "assigned_by_person", due_ms) == (
        desk.case.owner_id,
        desk.case.tier,
        desk.case.owner_reason,
        desk.case.next_due_ms,
    )
    assert desk.entries[-1].reason == "nearer"
    desk.expects(NoticeKind.DUTY_ASSIGNED, VILLAGE)
    desk.expects(NoticeKind.TAKEN_OVER, TOWNSHIP)
    desk.expects_nothing_more()


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("nobody", Reason.NOT_ON_ROSTER),
        (STRANGER, Reason.OUTSIDE_JURISDICTION),
        (TOWNSHIP, Reason.ALREADY_OWNER),
    ],
)
def test_reassignment_must_find_somebody_fit(desk: Desk, to: str, reason: Reason) -> None:
    """Only to an official on the roster whose jurisdiction contains the household."""
    assert reason is desk.does(TOWNSHIP, Reassign(to)).reason


def test_free_text_never_enters_the_ledger(desk: Desk) -> None:
    """A reason is a code; anything else is replaced, since the ledger is not encrypted."""
    desk.does(COUNTY, Reassign(VILLAGE, "because Mrs Li asked"))

    assert desk.entries[-1].reason == Reason.REASSIGNED


def test_any_official_over_the_place_may_raise(desk: Desk) -> None:
    """The village knows best; it may raise what the township owns."""
    assert Reason.LEVEL_NOT_HIGHER is desk.does(VILLAGE, RaiseLevel(Level.YELLOW)).reason
    assert Reason.OUTSIDE_JURISDICTION is desk.does(STRANGER, RaiseLevel(Level.RED)).reason

    assert Reason.RAISED_BY_PERSON is desk.does(VILLAGE, RaiseLevel(Level.RED, "threats")).reason
    assert (desk.case.level, desk.case.owner_id) == (Level.RED, COUNTY)
    desk.expects(NoticeKind.LEVEL_RAISED, COUNTY)
    desk.expects(NoticeKind.TAKEN_OVER, TOWNSHIP)


def _falls(desk: Desk, level: Level = Level.GREEN) -> str:
    """An hour later a fresh assessment finds less; gives its id."""
    desk.passes(1)
    desk.finds(desk.case.level, computed_level=level, reason=FindingReason.FALL_RECORDED)
    return f"decision-{desk.count}"


def test_two_persons_lower_on_a_fresh_assessment(desk: Desk) -> None:
    """Requested by the owner on a fresh assessment, approved a tier above; the clock restarts."""
    fresh = _falls(desk)
    desk.passes(1)

    asked = desk.does(TOWNSHIP, RequestLowering(Level.GREEN, fresh, "calm_again"))
    desk.expects(NoticeKind.LOWERING_WAITS, COUNTY)
    approved = desk.does(COUNTY, ApproveLowering())

    assert (
        asked.reason,
        approved.reason,
    ) == (Reason.LOWERING_REQUESTED, Reason.LOWERED_BY_TWO_PERSONS)
    assert (
        desk.case.level,
        desk.case.owner_id,
        desk.case.lowering,
    ) == (Level.GREEN, TOWNSHIP, None)
    assert desk.now_ms + 72 * HOUR_MS == desk.case.next_due_ms
    desk.expects_nothing_more()


def test_lowering_needs_its_grounds(desk: Desk) -> None:
    """Without a fresh assessment, against it, or to no lower level: refused."""
    request = RequestLowering(Level.GREEN, "decision-1")
    assert Reason.FRESH_ASSESSMENT_MISSING is desk.does(TOWNSHIP, request).reason

    desk.does(VILLAGE, RaiseLevel(Level.RED))
    fresh = _falls(desk, Level.YELLOW)
    assert (
        Reason.ASSESSMENT_FOUND_HIGHER
        is desk.does(COUNTY, RequestLowering(Level.GREEN, fresh)).reason
    )
    assert Reason.LEVEL_NOT_LOWER is desk.does(COUNTY, RequestLowering(Level.RED, fresh)).reason
    assert Reason.NO_LOWERING_WAITS is desk.does(COUNTY, ApproveLowering()).reason


def test_assessment_older_than_the_level_is_no_ground(desk: Desk) -> None:
    """A fall found before the level was set says nothing about it."""
    old = finding(50, Level.YELLOW, computed_level=Level.GREEN, reason=FindingReason.FALL_RECORDED)
    desk.passes(1)
    desk.does(VILLAGE, RaiseLevel(Level.RED))
    desk.takes(old)

    asked = desk.does(COUNTY, RequestLowering(Level.GREEN, old.decision_id))

    assert Reason.FRESH_ASSESSMENT_MISSING is asked.reason


def test_approver_is_another_person_a_tier_above(desk: Desk) -> None:
    """Not oneself, not an equal, not a stranger."""
    fresh = _falls(desk)
    desk.does(COUNTY, RequestLowering(Level.GREEN, fresh))

    assert Reason.SECOND_PERSON_MISSING is desk.does(COUNTY, ApproveLowering()).reason
    assert Reason.APPROVER_TIER_TOO_LOW is desk.does(TOWNSHIP, ApproveLowering()).reason
    assert Reason.OUTSIDE_JURISDICTION is desk.does(STRANGER, ApproveLowering()).reason
    assert Reason.LOWERED_BY_TWO_PERSONS is desk.does(PREFECTURE, ApproveLowering()).reason


def test_at_the_top_a_colleague_approves(desk: Desk) -> None:
    """Nobody is above the prefecture; a second person of it will do, the same one never."""
    fresh = _falls(desk)
    desk.does(PREFECTURE, RequestLowering(Level.GREEN, fresh))

    assert Reason.SECOND_PERSON_MISSING is desk.does(PREFECTURE, ApproveLowering()).reason
    assert Reason.LOWERED_BY_TWO_PERSONS is desk.does(COLLEAGUE_ABOVE, ApproveLowering()).reason


@pytest.mark.parametrize("level", [Level.YELLOW, Level.RED])
def test_incident_ends_a_lowering_that_waits(desk: Desk, level: Level) -> None:
    """What happened since takes the ground away from the request."""
    fresh = _falls(desk)
    desk.does(TOWNSHIP, RequestLowering(Level.GREEN, fresh))

    desk.finds(level, reason=FindingReason.RAISED, from_incident=True)

    assert Reason.NO_LOWERING_WAITS is desk.does(PREFECTURE, ApproveLowering()).reason
