"""An acknowledgement is a promise: who gives it, when it is called in, and what happens when nothing follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.terms import Level, NoticeColour, Tier
from services.escalation.adapters.case_codec import case_from, case_to
from services.escalation.domain.cases import CaseStatus, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import (
    AcceptReassignment,
    Acknowledge,
    DeclineReassignment,
    NoteRead,
    Reassign,
    RecordVisit,
    Resolve,
)
from services.escalation.domain.policy import (
    AcknowledgeBy,
    Policy,
    Reassignment,
    Term,
    Unaccepted,
)
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    COLLEAGUE_ABOVE,
    COUNTY,
    POLICE,
    POLICY,
    PREFECTURE,
    STRANGER,
    TOWNSHIP,
    VILLAGE,
    Desk,
    rules,
)
from tests.unit.escalation.test_laws import ACTORS, History, findings


def promising(unaccepted: Unaccepted = Unaccepted.BACK, **changes: Any) -> Policy:
    """The desk's policy with promises at every level."""
    given = {
        "remind_before": (Term(24), Term(2)),
        "unacknowledge": True,
        "idle_after_read": Term(6),
        **changes,
    }
    duties = {level: replace(duty, **given) for level, duty in POLICY.duties.items()}
    return replace(POLICY, duties=duties, reassignment=Reassignment(Term(4), unaccepted))


def desk_of(level: Level = Level.YELLOW, **changes: Any) -> Desk:
    desk = Desk(rules(None, promising(**changes)))
    desk.finds(level)
    desk.unread.clear()
    return desk


def test_reminders_come_before_the_promised_act_is_due() -> None:
    """A day and two hours before the visit is due the owner is reminded, and only then a notice is issued."""
    desk = desk_of()
    desk.acknowledges(TOWNSHIP)
    due_ms = desk.case.next_due_ms

    desk.passes(48)
    assert desk.expects(NoticeKind.REMINDER, TOWNSHIP).act_due_ms == due_ms
    desk.passes(22)
    desk.expects(NoticeKind.REMINDER, TOWNSHIP)
    desk.passes(1.9)
    desk.expects_nothing_more()
    assert desk.happened()[-2:] == [EntryType.REMINDED, EntryType.REMINDED]
    desk.passes(0.2)
    desk.expects(NoticeKind.SUPERVISION, TOWNSHIP, NoticeColour.WHITE)


def test_nobody_is_reminded_of_what_is_done() -> None:
    """A visit made in time leaves no reminder of it; the revisit has its own."""
    desk = desk_of()
    desk.acknowledges(TOWNSHIP)
    desk.passes(10)
    desk.visits(TOWNSHIP)
    desk.passes(47)
    desk.expects_nothing_more()
    desk.passes(1.5)
    assert desk.expects(NoticeKind.REMINDER, TOWNSHIP).act is NextAct.REVISIT


def test_an_acknowledgement_with_nothing_following_is_void() -> None:
    """At the due time it counts no longer, the ledger says so, and the ladder goes on where it is."""
    desk = desk_of()
    desk.acknowledges(TOWNSHIP)
    desk.passes(72)
    case = desk.case
    assert (case.status, case.next_act) == (CaseStatus.OPENED, NextAct.ACKNOWLEDGE)
    assert (case.ladder_step, case.acknowledged_at_ms) == (1, 0)
    assert desk.happened()[-3:] == [
        EntryType.OVERDUE,
        EntryType.NOTICE_ISSUED,
        EntryType.UNACKNOWLEDGED,
    ]
    assert desk.entries[-1].reason == Reason.NOTHING_FOLLOWED


def test_acknowledging_again_wins_no_time() -> None:
    """Who promises again stands where the ladder stands: the next rung comes when it would have come."""
    desk = desk_of()
    desk.acknowledges(TOWNSHIP)
    missed_ms = desk.case.next_due_ms
    desk.passes(73)
    next_rung_ms = desk.case.ladder_due_ms
    desk.unread.clear()

    desk.acknowledges(TOWNSHIP)
    assert (desk.case.next_act, desk.case.next_due_ms) == (NextAct.FIRST_VISIT, missed_ms)
    assert (desk.case.ladder_due_ms, desk.case.ladder_step) == (next_rung_ms, 1)
    desk.passes(24)
    desk.expects(NoticeKind.SUPERVISION, TOWNSHIP, NoticeColour.YELLOW)
    assert desk.case.owner_id == COUNTY


def test_a_visit_keeps_the_promise_also_late() -> None:
    """After a void acknowledgement a visit acknowledges, and the ladder ends."""
    desk = desk_of()
    desk.acknowledges(TOWNSHIP)
    desk.passes(80)
    desk.visits(TOWNSHIP)
    case = desk.case
    assert (case.status, case.next_act) == (CaseStatus.IN_PROGRESS, NextAct.REVISIT)
    assert (case.broken_act, case.ladder_step) == (NextAct.NONE, 0)


def test_owner_and_deputy_must_both_acknowledge() -> None:
    """One of them is not enough, twice the same is refused, and both are told from the beginning."""
    both = AcknowledgeBy(("owner", "deputy"))
    desk = Desk(rules(None, promising(acknowledge_by=both)))
    desk.finds(Level.YELLOW)
    desk.expects(NoticeKind.DUTY_ASSIGNED, TOWNSHIP)
    desk.expects_nothing_more()
    desk.passes(48)
    assert desk.case.owner_id == COUNTY
    desk.passes(24)
    assert desk.case.owner_id == PREFECTURE
    desk.expects(NoticeKind.DUTY_ASSIGNED, PREFECTURE)
    desk.expects(NoticeKind.DUTY_ASSIGNED, COLLEAGUE_ABOVE)

    assert desk.acknowledges(COLLEAGUE_ABOVE).reason is Reason.ACKNOWLEDGED_IN_PART
    assert desk.acknowledges(COLLEAGUE_ABOVE).reason is Reason.ACKNOWLEDGED_ALREADY_BY_YOU
    assert desk.case.status is CaseStatus.OPENED
    assert desk.acknowledges(PREFECTURE).reason is Reason.ACKNOWLEDGED
    assert desk.case.status is CaseStatus.ACKNOWLEDGED


def test_a_duty_that_nobody_has_binds_nobody() -> None:
    """A township without a deputy acknowledges by its owner alone: a gap must not make a case overdue."""
    desk = desk_of(acknowledge_by=AcknowledgeBy(("owner", "deputy")))
    assert desk.acknowledges(TOWNSHIP).reason is Reason.ACKNOWLEDGED


def test_a_number_of_persons_must_acknowledge() -> None:
    """Two different persons of the line; a third thing from the same one does not count."""
    desk = desk_of(acknowledge_by=AcknowledgeBy(count=2))
    assert desk.acknowledges(TOWNSHIP).reason is Reason.ACKNOWLEDGED_IN_PART
    assert desk.acknowledges(TOWNSHIP).reason is Reason.ACKNOWLEDGED_ALREADY_BY_YOU
    assert desk.acknowledges(COUNTY).reason is Reason.ACKNOWLEDGED


def test_read_with_nothing_following_is_noted_and_called_in() -> None:
    """The first reading is in the ledger; six hours later the owner is reminded; an act in between ends it."""
    desk = desk_of()
    assert desk.does(TOWNSHIP, NoteRead()).reason is Reason.READ
    assert desk.does(TOWNSHIP, NoteRead()).entries == ()
    desk.passes(6)
    desk.expects(NoticeKind.READ_BUT_IDLE, TOWNSHIP)
    assert desk.happened()[-2:] == [EntryType.READ, EntryType.READ_BUT_IDLE]
    desk.passes(12)
    desk.expects_nothing_more()

    quick = desk_of()
    quick.does(TOWNSHIP, NoteRead())
    quick.acknowledges(TOWNSHIP)
    quick.passes(40)
    quick.expects_nothing_more()


@pytest.mark.parametrize("who", [STRANGER, POLICE, COUNTY, "nobody"])
def test_a_look_by_somebody_else_leaves_no_trace(who: str) -> None:
    """Only whom the case waits for is noted; the page of a former owner, or of a resolved case, writes nothing."""
    desk = desk_of()
    before = desk.case
    assert desk.does(who, NoteRead()).reason is Reason.ALREADY_READ
    assert desk.case == before
    desk.visits(TOWNSHIP)
    desk.resolves(TOWNSHIP)
    resolved = desk.case
    assert desk.does(TOWNSHIP, NoteRead()).entries == ()
    assert desk.case == resolved


def test_an_offered_case_stays_until_it_is_accepted() -> None:
    """The old owner keeps case, act, deadline and ladder; to acknowledge is to accept, and to take it on."""
    desk = desk_of()
    before = desk.case
    assert desk.does(TOWNSHIP, Reassign(VILLAGE)).reason is Reason.REASSIGNMENT_OFFERED
    desk.expects(NoticeKind.REASSIGNMENT_OFFERED, VILLAGE)
    after = desk.case
    assert (after.owner_id, after.next_due_ms) == (TOWNSHIP, before.next_due_ms)
    assert desk.does(COUNTY, AcceptReassignment()).reason is Reason.NOT_OFFERED_TO_YOU

    assert desk.acknowledges(VILLAGE).reason is Reason.REASSIGNMENT_ACCEPTED
    desk.expects(NoticeKind.TAKEN_OVER, TOWNSHIP)
    desk.expects_nothing_more()
    assert (desk.case.owner_id, desk.case.status) == (VILLAGE, CaseStatus.ACKNOWLEDGED)
    assert desk.happened()[-2:] == [EntryType.REASSIGNED, EntryType.ACKNOWLEDGED]
    assert desk.does(VILLAGE, AcceptReassignment()).reason is Reason.NO_OFFER


def test_accepting_in_the_middle_leaves_act_and_ladder() -> None:
    """Nobody wins time by a hand-over: act, deadline and rung are those of the case."""
    desk = desk_of()
    desk.acknowledges(TOWNSHIP)
    desk.passes(73)
    before = desk.case
    desk.does(TOWNSHIP, Reassign(VILLAGE))
    desk.does(VILLAGE, AcceptReassignment())
    after = desk.case
    assert (after.ladder_step, after.ladder_due_ms) == (before.ladder_step, before.ladder_due_ms)
    assert (after.next_act, after.next_due_ms) == (NextAct.FIRST_VISIT, before.broken_due_ms)


def test_declined_or_not_accepted_in_time_it_stays() -> None:
    """The owner is told either way, and may offer it again."""
    desk = desk_of()
    desk.does(TOWNSHIP, Reassign(VILLAGE))
    assert desk.does(TOWNSHIP, Reassign(VILLAGE)).reason is Reason.OFFER_WAITS
    desk.does(VILLAGE, DeclineReassignment("too_far"))
    desk.expects(NoticeKind.REASSIGNMENT_OFFERED, VILLAGE)
    desk.expects(NoticeKind.REASSIGNMENT_ENDED, TOWNSHIP)
    assert desk.entries[-1].reason == "too_far"

    desk.does(TOWNSHIP, Reassign(VILLAGE))
    desk.expects(NoticeKind.REASSIGNMENT_OFFERED, VILLAGE)
    desk.passes(4)
    desk.expects(NoticeKind.REASSIGNMENT_ENDED, TOWNSHIP)
    desk.expects_nothing_more()
    assert (desk.case.offer, desk.case.owner_id) == (None, TOWNSHIP)
    assert desk.entries[-1].type is EntryType.REASSIGNMENT_LAPSED


def test_not_accepted_in_time_it_may_go_up() -> None:
    """Where the policy says so, a case that nobody takes becomes the next tier's."""
    desk = desk_of(unaccepted=Unaccepted.UP)
    desk.does(TOWNSHIP, Reassign(VILLAGE))
    desk.expects(NoticeKind.REASSIGNMENT_OFFERED, VILLAGE)
    desk.passes(4)
    assert (desk.case.owner_id, desk.case.tier) == (COUNTY, Tier.COUNTY)
    desk.expects(NoticeKind.DUTY_ASSIGNED, COUNTY)
    desk.expects(NoticeKind.TAKEN_OVER, TOWNSHIP)
    desk.expects_nothing_more()


def test_the_ladder_ends_an_offer() -> None:
    """A case that went a tier up is no longer the former owner's to give away."""
    desk = desk_of(Level.RED)
    desk.passes(5)
    desk.does(COUNTY, Reassign(TOWNSHIP))
    desk.passes(1)
    assert (desk.case.owner_id, desk.case.offer) == (PREFECTURE, None)
    assert desk.does(TOWNSHIP, AcceptReassignment()).reason is Reason.NO_OFFER


def test_a_policy_that_says_nothing_means_what_it_meant() -> None:
    """Without the new keys there are no reminders, no void acknowledgement, and a reassignment is immediate."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.acknowledges(TOWNSHIP)
    desk.passes(73)
    assert desk.case.status is CaseStatus.ACKNOWLEDGED
    assert desk.does(TOWNSHIP, Reassign(VILLAGE)).reason is Reason.REASSIGNED
    kinds = {EntryType.REMINDED, EntryType.UNACKNOWLEDGED, EntryType.REASSIGNMENT_OFFERED}
    assert kinds.isdisjoint(desk.happened())


promised_acts = st.one_of(
    st.sampled_from([Acknowledge(), RecordVisit(), NoteRead(), AcceptReassignment()]),
    st.just(DeclineReassignment()),
    st.builds(Reassign, st.sampled_from(ACTORS)),
    st.just(Resolve("mediated")),
)
scripts = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.tuples(st.sampled_from(ACTORS), promised_acts, st.just(0))),
        st.tuples(st.just("owner_act"), st.tuples(promised_acts, st.just(0))),
        st.tuples(st.just("deadline"), st.just(0)),
        st.tuples(st.just("hours"), st.integers(1, 90)),
        st.tuples(st.just("finding"), findings),
        st.tuples(st.just("again"), st.integers(0, 40)),
    ),
    min_size=4,
    max_size=30,
)


class Promising(History):
    """A history under a policy with promises, owner and deputy to acknowledge."""

    rules = rules(None, promising(acknowledge_by=AcknowledgeBy(("owner", "deputy"))))


@given(scripts)
@settings(max_examples=60, deadline=None)
def test_a_case_never_forgets_its_act_and_never_wins_time(script: list[tuple[str, Any]]) -> None:
    """In any order of acts: an open case waits for one act with a due time and a ladder; read back it is the same;
    between a missed act and its being done the ladder never starts anew."""
    history = Promising().play(script)
    for before, decision in history.decisions:
        case = decision.case
        if case is None:
            continue
        assert case_from(case_to(case)) == case
        assert (case.next_act is not NextAct.NONE) == case.is_open
        assert case.next_due_ms > 0 or not case.is_open
        if not case.is_open:
            assert (case.deadline_ms, case.offer) == (None, None)
        if case.broken_act is not NextAct.NONE:
            assert (case.status, case.next_act) == (CaseStatus.OPENED, NextAct.ACKNOWLEDGE)
        old = before.case(case.case_id)
        if old and old.broken_due_ms and case.is_open and decision.reason is Reason.ACKNOWLEDGED:
            assert (case.next_due_ms, case.ladder_due_ms) == (old.broken_due_ms, old.ladder_due_ms)


@given(scripts)
@settings(max_examples=40, deadline=None)
def test_the_same_log_gives_the_same_cases(script: list[tuple[str, Any]]) -> None:
    """Reading the messages again gives the same entries and notices, whatever they were."""
    first = Promising().play(script)
    again = Promising()
    for message in first.messages:
        again.take(message)
    assert again.subject == first.subject
    assert [d.entries for _, d in again.decisions] == [d.entries for _, d in first.decisions]
