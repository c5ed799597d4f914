"""Whatever is owed by a set time runs in one engine: kinds are data, evidence closes, a second person agrees."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import DAY_MS, HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import CaseStatus, EvidenceKind, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import (
    Acknowledge,
    Act,
    AddEvidence,
    ApproveClosing,
    Origin,
    Owed,
    RaiseLevel,
    RecordVisit,
    Resolve,
    ReturnClosing,
)
from services.escalation.domain.obligation import (
    EventDate,
    Finish,
    OwnerRule,
    next_day_of_month,
)
from services.escalation.domain.policy import Term
from services.escalation.domain.reasons import Reason
from services.escalation.domain.worktime import CHINA, local_date
from tests.unit.escalation.desk import (
    COLLEAGUE_ABOVE,
    COUNTY,
    FEDERATION,
    GRID,
    HOUSEHOLD,
    POLICE,
    POLICY,
    PREFECTURE,
    START_MS,
    STRANGER,
    TOWNSHIP,
    VILLAGE,
    Desk,
    Roster,
    kind,
    rules,
)

HASH = bytes(range(32))
GRIEVANCE = kind(
    "grievance_village_day",
    Origin.GRIEVANCE,
    details=frozenset({"village_day"}),
    owner=OwnerRule(Tier.VILLAGE),
    finish=Finish(before_day=1, event_date=EventDate.EARLIER, at_least=Term(72)),
    evidence=(EvidenceKind.WRITTEN_REPLY,),
)
HAZARD = kind(
    "hidden_hazard",
    Origin.TASK,
    details=frozenset({"hidden_hazard"}),
    owner=OwnerRule(Tier.TOWNSHIP, from_event=True),
    finish=Finish(within=Term(720), event_date=EventDate.HOLDS, at_least=Term(24)),
    evidence=(EvidenceKind.VISIT, EvidenceKind.DOCUMENT),
    approval=Tier.COUNTY,
    visit_h=72,
)
MAJOR = kind(
    "major_issue",
    Origin.TASK,
    details=frozenset({"major_issue"}),
    owner=OwnerRule(Tier.COUNTY),
    finish=Finish(within=Term(24 * 100)),
    evidence=(EvidenceKind.REVIEW,),
    approval=Tier.PREFECTURE,
    review_every=Term(24 * 30),
)
KINDS = (POLICY, GRIEVANCE, HAZARD, MAJOR)


def owed(number: int, detail: str, **details: object) -> Owed:
    """Something owed since the start; a grievance when its detail is a day, else a task."""
    facts: dict[str, object] = {
        "cause_id": f"event-{number}",
        "origin": Origin.GRIEVANCE if detail.endswith("_day") else Origin.TASK,
        "detail": detail,
        "subject_id": HOUSEHOLD,
        "jurisdiction_code": GRID,
        "at_ms": START_MS,
        "occurred_at_ms": START_MS,
    }
    return Owed(**(facts | details))  # type: ignore[arg-type]


@pytest.fixture
def desk() -> Desk:
    """A desk with everybody on the roster and three kinds of obligation."""
    return Desk(rules(None, *KINDS))


def at(text: str) -> int:
    """A moment in China, in milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp() * 1000)


def test_a_grievance_is_answered_before_the_next_village_day(desk: Desk) -> None:
    """Raised on 6 January it is due as 1 February begins; the village owes a reply, and closes with one."""
    decision = desk.takes(owed(1, "village_day"))
    assert decision.reason is Reason.OPENED_BY_EVENT
    assert (desk.case.owner_id, desk.case.level) == (VILLAGE, Level.NONE)
    assert desk.case.resolve_due_ms == at("2026-02-01T00:00:00")
    notice = desk.expects(NoticeKind.DUTY_ASSIGNED, VILLAGE)
    assert notice.obligation == "grievance_village_day"
    desk.acknowledges(VILLAGE)
    assert desk.resolves(VILLAGE, "done").reason is Reason.EVIDENCE_MISSING
    assert desk.does(VILLAGE, AddEvidence(EvidenceKind.WRITTEN_REPLY)).reason is (
        Reason.EVIDENCE_EMPTY
    )
    desk.does(VILLAGE, AddEvidence(EvidenceKind.WRITTEN_REPLY, b"", b"sealed"))
    assert desk.resolves(VILLAGE, "promised").reason is Reason.UNKNOWN_OUTCOME
    assert desk.resolves(VILLAGE, "done").reason is Reason.RESOLVED
    desk.passes(5000)
    desk.expects_nothing_more()


def test_an_unanswered_grievance_climbs(desk: Desk) -> None:
    """Acknowledged and forgotten: on the next village day the white notice goes out, then the township owes it."""
    desk.takes(owed(1, "village_day"))
    desk.acknowledges(VILLAGE)
    desk.passes((at("2026-02-01T00:00:00") - START_MS) / HOUR_MS)
    desk.expects(NoticeKind.SUPERVISION, VILLAGE, NoticeColour.WHITE)
    desk.passes(24)
    assert desk.case.owner_id == TOWNSHIP


def test_the_same_event_twice_is_one_obligation(desk: Desk) -> None:
    """The event's id decides: a report read again changes nothing, also after the closing."""
    desk.takes(owed(1, "village_day"))
    assert desk.takes(owed(1, "village_day")).reason is Reason.DUPLICATE
    desk.does(VILLAGE, AddEvidence(EvidenceKind.WRITTEN_REPLY, HASH))
    desk.resolves(VILLAGE, "done")
    assert desk.takes(owed(1, "village_day")).reason is Reason.DUPLICATE
    assert len(desk.subject.cases) == 1


def test_nothing_from_before_a_kind_began_is_opened(desk: Desk) -> None:
    """A grievance of an unknown channel, and one from before the kind was valid, open nothing."""
    assert desk.takes(owed(1, "moon_day")).reason is Reason.NO_SUCH_KIND
    assert desk.takes(owed(2, "village_day", at_ms=-1)).reason is Reason.NO_SUCH_KIND


@pytest.mark.parametrize(
    ("unit", "owner", "place"),
    [
        ("", TOWNSHIP, GRID),
        ("police_station", POLICE, GRID),
        ("womens_federation", FEDERATION, GRID),
        ("532301001002", VILLAGE, "532301001002"),
        ("532399", TOWNSHIP, GRID),
    ],
)
def test_whom_the_event_names(desk: Desk, unit: str, owner: str, place: str) -> None:
    """A department, or a place within the event's own, owes it; a place elsewhere names nobody."""
    jurisdiction = GRID if place == GRID else "532301"
    desk.takes(owed(1, "hidden_hazard", unit=unit, jurisdiction_code=jurisdiction))
    assert (desk.case.owner_id, desk.case.jurisdiction_code) == (owner, place)


def test_a_hazard_is_seen_put_right_and_signed_off(desk: Desk) -> None:
    """Visit and photo are asked for; then the county agrees, and the township's name stands in the closed case."""
    desk.takes(owed(1, "hidden_hazard", finish_due_ms=START_MS + 10 * DAY_MS))
    desk.acknowledges(TOWNSHIP)
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.FIRST_VISIT,
        START_MS + 72 * HOUR_MS,
    )
    desk.does(TOWNSHIP, AddEvidence(EvidenceKind.DOCUMENT, HASH))
    assert desk.resolves(TOWNSHIP, "done").reason is Reason.EVIDENCE_MISSING
    desk.visits(TOWNSHIP)
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.RESOLVE,
        START_MS + 10 * DAY_MS,
    )
    assert desk.resolves(TOWNSHIP, "done").reason is Reason.CLOSING_REQUESTED
    desk.expects(NoticeKind.DUTY_ASSIGNED, TOWNSHIP)
    desk.expects(NoticeKind.CLOSING_WAITS, COUNTY)
    assert (desk.case.owner_id, desk.case.next_act) == (COUNTY, NextAct.APPROVE_CLOSING)
    for who, reason in [
        (TOWNSHIP, Reason.SECOND_PERSON_MISSING),
        (VILLAGE, Reason.APPROVER_TIER_TOO_LOW),
        (STRANGER, Reason.OUTSIDE_JURISDICTION),
        ("nobody", Reason.NOT_ON_ROSTER),
    ]:
        assert desk.does(who, ApproveClosing()).reason is reason
    assert desk.does(COUNTY, ApproveClosing()).reason is Reason.CLOSED_BY_TWO_PERSONS
    assert (desk.case.status, desk.case.owner_id) == (CaseStatus.RESOLVED, TOWNSHIP)
    assert desk.happened()[-1] is EntryType.RESOLVED
    desk.expects_nothing_more()


def test_who_must_agree_is_chased_too(desk: Desk) -> None:
    """The second person is late: the notice is theirs, not the owner's."""
    desk.takes(owed(1, "hidden_hazard"))
    desk.visits(TOWNSHIP)
    desk.does(TOWNSHIP, AddEvidence(EvidenceKind.DOCUMENT, HASH))
    desk.resolves(TOWNSHIP, "done")
    desk.passes(48)
    assert desk.entries[-2].reason == Reason.APPROVE_CLOSING_OVERDUE
    desk.expects(NoticeKind.SUPERVISION, COUNTY, NoticeColour.WHITE)


def test_a_closing_may_be_returned(desk: Desk) -> None:
    """Not agreed: the owner has it again, with time to mend it, and is told."""
    desk.takes(owed(1, "hidden_hazard"))
    desk.visits(TOWNSHIP)
    desk.does(TOWNSHIP, AddEvidence(EvidenceKind.DOCUMENT, HASH))
    desk.resolves(TOWNSHIP, "done")
    assert desk.does(COUNTY, ReturnClosing("photo_unclear")).reason is Reason.CLOSING_RETURNED
    assert (desk.case.owner_id, desk.case.next_act, desk.case.closing) == (
        TOWNSHIP,
        NextAct.RESOLVE,
        None,
    )
    desk.expects(NoticeKind.CLOSING_RETURNED, TOWNSHIP)
    assert desk.does(COUNTY, ReturnClosing("")).reason is Reason.NO_CLOSING_WAITS
    desk.resolves(TOWNSHIP, "done")
    assert desk.does(COLLEAGUE_ABOVE, ApproveClosing()).reason is Reason.CLOSED_BY_TWO_PERSONS


def test_a_major_issue_is_reviewed_again_and_again(desk: Desk) -> None:
    """Each review restarts its own clock; the finish stays where it was, and the ladder follows a missed review."""
    desk.takes(owed(1, "major_issue"))
    desk.acknowledges(COUNTY)
    for number in range(1, 4):
        assert (desk.case.next_act, desk.case.next_due_ms) == (
            NextAct.REVIEW,
            START_MS + number * 30 * DAY_MS,
        )
        desk.now_ms = START_MS + number * 30 * DAY_MS
        desk.does(COUNTY, AddEvidence(EvidenceKind.REVIEW, b"", b"sealed"))
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.RESOLVE,
        START_MS + 100 * DAY_MS,
    )
    assert len(desk.case.evidence) == 1
    assert desk.happened().count(EntryType.EVIDENCE_ADDED) == 3
    second = Desk(rules(None, *KINDS))
    second.takes(owed(1, "major_issue"))
    second.acknowledges(COUNTY)
    second.passes(30 * 24)
    second.expects(NoticeKind.SUPERVISION, COUNTY, NoticeColour.WHITE)
    assert second.entries[-2].reason == Reason.REVIEW_OVERDUE


def test_other_evidence_does_not_stop_an_overdue_ladder(desk: Desk) -> None:
    """A photo while the visit is overdue wins no time: the rung climbed stays climbed."""
    desk.takes(owed(1, "hidden_hazard"))
    desk.acknowledges(TOWNSHIP)
    desk.passes(73)
    before = (desk.case.ladder_step, desk.case.ladder_due_ms)
    desk.does(TOWNSHIP, AddEvidence(EvidenceKind.DOCUMENT, HASH))
    assert (desk.case.ladder_step, desk.case.ladder_due_ms) == before
    assert before[0] == 1


def test_a_grievance_has_no_level(desk: Desk) -> None:
    """Nobody can raise what has no level, and a warning knows nothing of evidence."""
    desk.takes(owed(1, "village_day"))
    assert desk.does(TOWNSHIP, RaiseLevel(Level.RED)).reason is Reason.HAS_NO_LEVEL
    desk.finds(Level.RED)
    given_in = desk.does(COUNTY, AddEvidence(EvidenceKind.DOCUMENT, HASH))
    assert given_in.reason is Reason.NOT_AN_OBLIGATION
    assert desk.does(PREFECTURE, ApproveClosing()).reason is Reason.NOT_AN_OBLIGATION


@given(
    st.lists(
        st.sampled_from(
            ["red", "yellow", "incident", "village_day", "hidden_hazard", "major_issue"]
        ),
        max_size=12,
    )
)
def test_no_obligation_touches_a_risk_case(told: list[str]) -> None:
    """The risk cases of a household are the same with its obligations and without them."""
    mixed, alone = Desk(rules(None, *KINDS)), Desk(rules(None, *KINDS))
    for number, what in enumerate(told):
        if what in ("red", "yellow", "incident"):
            level = Level.YELLOW if what == "yellow" else Level.RED
            for desk in (mixed, alone):
                desk.count = number
                desk.finds(level, from_incident=what == "incident")
        else:
            mixed.takes(owed(number, what))
    assert [case for case in mixed.subject.cases if not case.obligation] == list(
        alone.subject.cases
    )


_ACTS: list[Act] = [
    Acknowledge(),
    RecordVisit(b""),
    AddEvidence(EvidenceKind.DOCUMENT, HASH),
    AddEvidence(EvidenceKind.WRITTEN_REPLY, b"", b"sealed"),
    AddEvidence(EvidenceKind.REVIEW, b"", b"sealed"),
    AddEvidence(EvidenceKind.DOCUMENT, b"short"),
    AddEvidence(EvidenceKind.VISIT, HASH),
    Resolve("done"),
    ApproveClosing(),
    ReturnClosing(""),
]
_WHO = [VILLAGE, TOWNSHIP, COUNTY, PREFECTURE, COLLEAGUE_ABOVE, STRANGER]


@given(
    st.sampled_from(["village_day", "hidden_hazard", "major_issue"]),
    st.lists(
        st.tuples(st.sampled_from(_WHO), st.sampled_from(_ACTS), st.integers(0, 200)), max_size=40
    ),
)
def test_nothing_closes_without_its_evidence_or_its_second_person(
    detail: str, acts: list[tuple[str, Act, int]]
) -> None:
    """Whoever does whatever: a closed obligation has all its evidence in the ledger, and two persons where asked."""
    desk = Desk(rules(None, *KINDS))
    desk.takes(owed(1, detail))
    policy = desk.rules.policies.of_case(desk.case.policy_version)
    assert policy.obligation is not None
    for who, act, hours in acts:
        desk.passes(hours)
        desk.does(who, act)
        if desk.case.is_open:
            assert desk.case.next_due_ms > 0
            continue
        shown = {entry.evidence_kind for entry in desk.entries}
        if EntryType.VISITED in desk.happened():
            shown.add(EvidenceKind.VISIT)
        assert set(policy.obligation.evidence) <= shown
        asked = [e for e in desk.entries if e.type is EntryType.CLOSING_REQUESTED]
        closed = desk.entries[-1] if desk.entries[-1].type is EntryType.RESOLVED else None
        if policy.obligation.approval and closed:
            post = Roster().get(closed.actor_id)
            assert post is not None
            assert post.tier >= policy.obligation.approval
            assert closed.actor_id != asked[-1].actor_id


@given(st.integers(at("2000-01-01T00:00:00"), at("2060-01-01T00:00:00")), st.integers(1, 28))
def test_the_next_day_of_the_month(moment_ms: int, day: int) -> None:
    """It begins after the moment, on that day, and at most 31 days after the moment's own day."""
    next_ms = next_day_of_month(moment_ms, day)
    assert moment_ms < next_ms
    assert local_date(next_ms).day == day
    assert local_date(next_ms - 1).day != day
    assert (local_date(next_ms) - local_date(moment_ms)).days <= 31
