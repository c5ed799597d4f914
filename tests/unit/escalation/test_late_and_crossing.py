"""Acts that come late, in another order than they were made, or cross another act."""

from __future__ import annotations

import pytest

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import CaseStatus, EvidenceKind, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import (
    AcceptReassignment,
    Acknowledge,
    Act,
    AddEvidence,
    ApproveClosing,
    ApproveLowering,
    AskSupport,
    FindingReason,
    RaiseLevel,
    Reassign,
    RecordVisit,
    ReplyNotice,
    RequestLowering,
    Resolve,
    ReturnClosing,
)
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    COUNTY,
    PREFECTURE,
    TOWNSHIP,
    VILLAGE,
    Desk,
    rules,
)
from tests.unit.escalation.test_obligations import HASH, HAZARD, owed
from tests.unit.escalation.test_promises import desk_of

RAISED = FindingReason.RAISED


@pytest.fixture
def desk() -> Desk:
    """A yellow case of the township, raised to red an hour later: the county has it now."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.now_ms += HOUR_MS
    desk.finds(Level.RED, reason=RAISED)
    desk.unread.clear()
    return desk


@pytest.mark.parametrize("act", [Acknowledge(), Resolve("mediated")])
def test_what_was_made_before_the_level_rose_does_not_take_the_new_level_on(
    desk: Desk, act: Act
) -> None:
    """An acknowledgement of yellow that the log has behind the rise to red is refused, with a reason."""
    late = desk.does(COUNTY, act, at_ms=desk.now_ms - 1)
    assert late.reason is Reason.MADE_BEFORE_RAISE
    assert desk.happened()[-1] is EntryType.COMMAND_REFUSED
    assert (desk.case.status, desk.case.next_act) == (CaseStatus.OPENED, NextAct.ACKNOWLEDGE)
    assert desk.acknowledges(COUNTY).reason is Reason.ACKNOWLEDGED


def test_a_visit_before_the_rise_counts_as_a_visit_and_as_nothing_more(desk: Desk) -> None:
    """It is on record with its own time; red is still to be taken on and visited."""
    due_ms = desk.case.next_due_ms
    late = desk.does(COUNTY, RecordVisit(), at_ms=desk.now_ms - 1)
    assert (late.reason, desk.case.visits) == (Reason.VISITED_BEFORE_RAISE, 1)
    assert (desk.case.next_act, desk.case.next_due_ms) == (NextAct.ACKNOWLEDGE, due_ms)
    desk.acknowledges(COUNTY)
    assert desk.does(COUNTY, RecordVisit(), at_ms=desk.now_ms - 1).reason is (
        Reason.VISITED_BEFORE_RAISE
    )
    assert desk.case.next_act is NextAct.FIRST_VISIT
    assert desk.visits(COUNTY).reason is Reason.VISITED
    assert desk.case.status is CaseStatus.IN_PROGRESS


def test_a_sender_whose_clock_is_behind_still_takes_on_what_was_just_opened() -> None:
    """Only a rise makes an act too old: nobody is refused for seconds between two clocks."""
    desk = Desk()
    desk.finds(Level.RED)
    taken = desk.does(COUNTY, Acknowledge(), at_ms=desk.now_ms - 60_000)
    assert (taken.reason, desk.case.acknowledged_at_ms) == (Reason.ACKNOWLEDGED, desk.now_ms)


def test_visits_told_in_another_order_count_by_their_own_times() -> None:
    """An older visit told later is counted, and neither brings the next one forward nor puts it off."""
    desk = Desk()
    desk.finds(Level.RED)
    opened_ms = desk.now_ms
    desk.now_ms += 10 * HOUR_MS
    desk.visits(COUNTY)
    due_ms = desk.case.next_due_ms
    desk.does(COUNTY, RecordVisit(), at_ms=opened_ms + HOUR_MS)
    case = desk.case
    assert (case.visits, case.next_due_ms) == (2, due_ms)
    assert case.first_visit_at_ms == opened_ms + HOUR_MS
    assert case.last_visit_at_ms == opened_ms + 10 * HOUR_MS


def test_a_visit_that_reaches_the_log_behind_the_clock_does_not_undo_the_notice() -> None:
    """The log decided: the notice stands with its number, and whoever is above may take it back with the reason."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.acknowledges(COUNTY)
    due_ms = desk.case.next_due_ms
    desk.now_ms = due_ms
    desk.clock_strikes()
    desk.does(COUNTY, RecordVisit(), at_ms=due_ms - HOUR_MS)
    case = desk.case
    assert [one.colour for one in case.notices] == [NoticeColour.WHITE]
    assert (case.ladder_step, case.last_visit_at_ms) == (0, due_ms - HOUR_MS)
    desk.unread.clear()
    # The next visit is counted from when it was made, not from when it was told.
    assert case.next_due_ms == due_ms + 71 * HOUR_MS


@pytest.mark.parametrize("resolved_first", [True, False])
def test_a_rise_seen_by_a_person_survives_a_resolution_in_the_same_second(
    resolved_first: bool,
) -> None:
    """Whichever the log has first, in the end somebody of the county must take red on, and scoring is told."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.visits(TOWNSHIP)
    case, desk.unread[:] = desk.case, []
    acts = [lambda: desk.resolves(TOWNSHIP), lambda: raises(desk, Level.RED)]
    for act in acts if resolved_first else reversed(acts):
        act()
    newest = desk.case
    assert (newest.level, newest.tier, newest.owner_id) == (Level.RED, Tier.COUNTY, COUNTY)
    assert newest.next_act is NextAct.ACKNOWLEDGE
    assert (newest.case_id != case.case_id) is resolved_first
    kind = NoticeKind.DUTY_ASSIGNED if resolved_first else NoticeKind.LEVEL_RAISED
    desk.expects(kind, COUNTY)
    (change,) = [one.change for one in desk.entries if one.change]
    assert (change.from_level, change.approved_by) == (Level.YELLOW, PREFECTURE)


def raises(desk: Desk, level: Level, who: str = PREFECTURE) -> Reason:
    """A person raises, and what follows from it is decided as the lane does."""
    decision = desk.does(who, RaiseLevel(level), case=desk.subject.cases[0])
    if decision.then is not None:
        desk.takes(decision.then)
    return decision.reason


def test_a_rise_of_a_resolved_case_keeps_every_rule_of_a_rise() -> None:
    """Higher only, by somebody over the place, once; the new case names who opened it, the old one stays closed."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.visits(TOWNSHIP)
    desk.resolves(TOWNSHIP)
    assert raises(desk, Level.YELLOW) is Reason.LEVEL_NOT_HIGHER
    assert raises(desk, Level.RED, "TS-9") is Reason.OUTSIDE_JURISDICTION
    assert raises(desk, Level.RED) is Reason.RAISED_BY_PERSON
    old, new = desk.subject.cases
    assert (old.status, new.status) == (CaseStatus.RESOLVED, CaseStatus.OPENED)
    (opened,) = [one for one in desk.entries if one.case_id == new.case_id]
    assert (opened.reason, opened.actor_id) == (Reason.REOPENED_BY_RAISE, PREFECTURE)
    # A newer case is open: the old one takes nothing more.
    assert raises(desk, Level.RED) is Reason.CASE_CLOSED


def test_a_second_person_decides_on_the_request_that_was_seen() -> None:
    """An approval made before the request that waits now was meant for an earlier one."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.visits(COUNTY)
    for _ in range(2):
        desk.now_ms += HOUR_MS
        desk.finds(Level.RED, computed_level=Level.GREEN, reason=FindingReason.FALL_RECORDED)
        ground = desk.case.assessment_decision_id
        assert desk.does(COUNTY, RequestLowering(Level.GREEN, ground)).reason is (
            Reason.LOWERING_REQUESTED
        )
        approved_ms = desk.case.lowering.requested_at_ms if desk.case.lowering else 0
        # News ends the request that rested on the older assessment.
        if desk.count < 6:
            desk.finds(Level.RED, from_incident=True)
    late = desk.does(PREFECTURE, ApproveLowering(), at_ms=approved_ms - 1)
    assert (late.reason, desk.case.level) == (Reason.MADE_BEFORE_REQUEST, Level.RED)
    assert desk.does(PREFECTURE, ApproveLowering()).reason is Reason.LOWERED_BY_TWO_PERSONS


@pytest.mark.parametrize("act", [ApproveClosing(), ReturnClosing("")])
def test_a_decision_on_a_closing_is_about_the_closing_that_waits(act: Act) -> None:
    """Returned and asked for again: a late decision on the first request does not count for the second."""
    desk = Desk(rules=rules(None, HAZARD))
    desk.takes(owed(1, "hidden_hazard"))
    desk.visits(TOWNSHIP)
    desk.does(TOWNSHIP, AddEvidence(EvidenceKind.DOCUMENT, HASH))
    desk.resolves(TOWNSHIP, "done")
    first_ms = desk.now_ms
    desk.does(COUNTY, ReturnClosing("photo_unclear"))
    desk.now_ms += HOUR_MS
    desk.does(TOWNSHIP, AddEvidence(EvidenceKind.DOCUMENT, HASH))
    desk.resolves(TOWNSHIP, "done")
    assert desk.does(PREFECTURE, act, at_ms=first_ms).reason is Reason.MADE_BEFORE_REQUEST
    assert desk.case.closing is not None
    assert desk.does(PREFECTURE, act).reason is not Reason.MADE_BEFORE_REQUEST
    assert desk.case.closing is None


CLOSED_ACTS: list[Act] = [
    Acknowledge(),
    RecordVisit(),
    Resolve("mediated"),
    Reassign(PREFECTURE),
    AskSupport(),
    AddEvidence(EvidenceKind.DOCUMENT, HASH),
]


@pytest.mark.parametrize("act", CLOSED_ACTS, ids=lambda act: type(act).__name__)
def test_acts_on_a_closed_case_are_on_record_and_change_nothing(act: Act) -> None:
    """Each is refused with a reason, whatever time it bears; the case and its notices stay as they are."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.passes(3)
    desk.visits(COUNTY)
    desk.resolves(COUNTY)
    before = desk.case
    for at_ms in (desk.now_ms, desk.now_ms - 2 * HOUR_MS):
        refused = desk.does(COUNTY, act, at_ms=at_ms)
        assert (refused.reason, refused.notices) == (Reason.CASE_CLOSED, ())
    after = desk.case
    assert (after.status, after.visits, after.owner_id) == (
        before.status,
        before.visits,
        before.owner_id,
    )
    # Its notice is still to be answered.
    answered = desk.does(COUNTY, ReplyNotice(after.notices[0].serial_no))
    assert answered.reason in (Reason.NOTICE_ANSWERED, Reason.NOTICE_ANSWERED_LATE)


@pytest.mark.parametrize("act", [Acknowledge(), RecordVisit(), Resolve("mediated"), Reassign("")])
def test_whom_a_case_was_taken_from_acts_on_it_no_more(desk: Desk, act: Act) -> None:
    """The township's late act on a case that the county has now is refused as below the responsible tier."""
    moved = desk.case
    assert desk.does(TOWNSHIP, act).reason is Reason.BELOW_RESPONSIBLE_TIER
    assert desk.does(VILLAGE, act, at_ms=moved.opened_at_ms).reason is Reason.BELOW_RESPONSIBLE_TIER
    assert (desk.case.owner_id, desk.case.next_due_ms) == (moved.owner_id, moved.next_due_ms)


def test_two_give_a_case_away_in_the_same_second() -> None:
    """Both stand in the ledger in the log's order, the last one has it, and each former owner is told once."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.unread.clear()
    assert desk.does(COUNTY, Reassign(PREFECTURE)).reason is Reason.REASSIGNED
    assert desk.does(PREFECTURE, Reassign("PF-2")).reason is Reason.REASSIGNED
    assert desk.does(COUNTY, Reassign("PF-2")).reason is Reason.BELOW_RESPONSIBLE_TIER
    assert desk.case.owner_id == "PF-2"
    for kind, who in (
        (NoticeKind.DUTY_ASSIGNED, PREFECTURE),
        (NoticeKind.TAKEN_OVER, COUNTY),
        (NoticeKind.DUTY_ASSIGNED, "PF-2"),
        (NoticeKind.TAKEN_OVER, PREFECTURE),
    ):
        desk.expects(kind, who)
    desk.expects_nothing_more()


def test_a_resolution_ends_an_offer() -> None:
    """Nobody is asked to take over what is resolved, and no clock watches for the answer."""
    desk = desk_of()
    desk.visits(TOWNSHIP)
    assert desk.does(TOWNSHIP, Reassign(VILLAGE)).reason is Reason.REASSIGNMENT_OFFERED
    desk.resolves(TOWNSHIP)
    assert (desk.case.offer, desk.case.deadline_ms) == (None, None)
    assert desk.does(VILLAGE, AcceptReassignment()).reason is Reason.CASE_CLOSED


def test_who_accepts_by_what_was_offered_before_a_rise_has_the_case_and_still_takes_it_on() -> None:
    """The hand-over holds; the acknowledgement of the level that was not known then does not."""
    desk = desk_of()
    desk.passes(50)
    assert desk.does(COUNTY, Reassign(VILLAGE)).reason is Reason.REASSIGNMENT_OFFERED
    offered_ms = desk.now_ms
    desk.now_ms += HOUR_MS
    desk.does(PREFECTURE, RaiseLevel(Level.RED))
    accepted = desk.does(VILLAGE, Acknowledge(), at_ms=offered_ms)
    assert (accepted.reason, desk.case.owner_id) == (Reason.REASSIGNMENT_ACCEPTED, VILLAGE)
    assert (desk.case.status, desk.case.level) == (CaseStatus.OPENED, Level.RED)
