"""Fewer messages for the same duties: grouped, silenced or delayed, with nobody left untold and no deadline moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanse.notify.v1 import notify_pb2
from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.common.topics import Topic
from services.common.yaml_nodes import FileError
from services.escalation.adapters.outcome_codec import notice_to
from services.escalation.adapters.storm_file import load_storm, read_storm
from services.escalation.domain.cases import NextAct
from services.escalation.domain.events import EntryType, NoticeKind, NoticeOwed
from services.escalation.domain.messages import CLOCK, LegalDuty, ReplyOverdue
from services.escalation.domain.policy import Chased, ChaseStep, Term
from services.escalation.domain.reasons import Reason
from services.escalation.domain.storm import GROUPED, NO_STORM, Storm, Window, grouped
from services.escalation.service.handler import EscalationHandler
from tests.contract.escalation.records import Lane, decision, risk_value
from tests.unit.escalation.desk import (
    COUNTY,
    GRID,
    HOUSEHOLD,
    POLICY,
    START_MS,
    TOWNSHIP,
    Desk,
    rules,
)

SHIPPED = Path("deploy/storm/storm.yaml")
CHASING = replace(
    POLICY,
    chase=(ChaseStep(Chased.RECIPIENT, Term(24)), ChaseStep(Chased.ABOVE, Term(48))),
)
NIGHT = Window(START_MS + 90 * HOUR_MS, START_MS + 100 * HOUR_MS)


def owed(number: int, **details: object) -> NoticeOwed:
    facts: dict[str, object] = {
        "notice_id": f"n{number}",
        "case_id": f"c{number}",
        "case_no": f"532301-{number}",
        "subject_id": HOUSEHOLD,
        "kind": NoticeKind.DUTY_ASSIGNED,
        "colour": NoticeColour.NONE,
        "serial_no": "",
        "level": Level.YELLOW,
        "tier": Tier.COUNTY,
        "recipient_id": COUNTY,
        "jurisdiction_code": GRID,
        "act": NextAct.ACKNOWLEDGE,
        "act_due_ms": START_MS,
        "created_at_ms": START_MS,
        "accepted_at_ms": 0,
        "trace_id": "",
    }
    return NoticeOwed(**(facts | details))  # type: ignore[arg-type]


def test_the_most_urgent_leads_and_names_the_others() -> None:
    """Highest level, then first due; the others say with which one they went."""
    mild, red, later = (
        owed(1),
        owed(2, level=Level.RED, act_due_ms=START_MS + 2),
        owed(3, level=Level.RED, act_due_ms=START_MS + 9),
    )
    first, lead, last = grouped([mild, red, later])

    assert (first.grouped_into, last.grouped_into, lead.grouped_into) == ("n2", "n2", "")
    assert (lead.other_case_ids, lead.other_case_nos) == (("c1", "c3"), ("532301-1", "532301-3"))


notices = st.lists(
    st.builds(
        lambda number, kind, level, who, duties, subject: owed(
            number,
            kind=kind,
            level=level,
            recipient_id=who,
            duty_ids=("report",) if duties else (),
            subject_id=subject,
        ),
        st.integers(0, 9),
        st.sampled_from(list(NoticeKind)),
        st.sampled_from([Level.GREEN, Level.YELLOW, Level.RED]),
        st.sampled_from([COUNTY, TOWNSHIP]),
        st.booleans(),
        st.sampled_from([HOUSEHOLD, "HOTHER"]),
    ),
    max_size=12,
    unique_by=lambda one: one.notice_id,
)


@given(notices)
def test_nobody_is_left_untold(given_: list[NoticeOwed]) -> None:
    """Each notice is sent, or one to the same official about the same household is sent and names its case."""
    found = grouped(given_)
    by_id = {one.notice_id: one for one in found}

    assert [one.notice_id for one in found] == [one.notice_id for one in given_]
    for one in found:
        if not one.grouped_into:
            continue
        lead = by_id[one.grouped_into]
        assert not lead.grouped_into
        assert one.case_id in lead.other_case_ids and one.case_no in lead.other_case_nos
        assert (lead.recipient_id, lead.subject_id, lead.kind) == (
            one.recipient_id,
            one.subject_id,
            one.kind,
        )
        assert lead.level >= one.level
        assert one.kind in GROUPED and not one.duty_ids


@given(notices)
def test_grouping_is_the_same_each_time(given_: list[NoticeOwed]) -> None:
    """A record read again groups as it did, so that ids and messages are the same."""
    assert grouped(given_) == grouped(list(given_))


def test_two_packs_of_one_household_are_one_message() -> None:
    """One assessment that opens two cases sends one message with both numbers; without the rule, two."""
    value = risk_value(
        decision(1, HOUSEHOLD, 3), decision(2, HOUSEHOLD, 3, pack_id="partner_violence")
    )
    for storm, sent in ((NO_STORM, 2), (Storm(group=True), 1)):
        lane = Lane(HOUSEHOLD)
        lane.handler = EscalationHandler(replace(rules(), storm=storm), lane.names)
        lane.takes(Topic.RISK, value)
        mains = [one for one in lane.notices if not one.grouped_into]
        assert (len(lane.notices), len(mains), len(lane.cases())) == (2, sent, 2)
        numbers = {mains[0].case_no, *mains[0].other_case_nos}
        assert numbers == {case.case_no for case in lane.cases()} or sent == 2


def test_the_marks_survive_the_log() -> None:
    """What went out with what stands in the notice's bytes."""
    one = owed(1, grouped_into="n2", other_case_ids=("c3",), other_case_nos=("no3",))
    read = notify_pb2.Notice.FromString(notice_to(one).SerializeToString())

    assert (read.grouped_into, list(read.other_case_ids), list(read.other_case_nos)) == (
        "n2",
        ["c3"],
        ["no3"],
    )


def chased_desk(storm: Storm, hours: float = 24) -> Desk:
    """A yellow case with a white notice whose answer is missing."""
    desk = Desk(replace(rules(None, CHASING), storm=storm))
    desk.finds(Level.YELLOW)
    desk.passes(hours)
    desk.unread.clear()
    return desk


def chase(desk: Desk) -> Reason:
    """The clock proposes the next step over the first notice."""
    (notice, *_) = desk.subject.cases[0].notices
    desk.now_ms = max(desk.now_ms, notice.chase_due_ms)
    act = ReplyOverdue(notice.notice_id, notice.chase_due_ms, notice.chase_step)
    return desk.does(CLOCK, act).reason


@pytest.mark.parametrize("silence", [True, False])
def test_a_higher_case_of_the_household_silences_reminders(silence: bool) -> None:
    """No reminder, but the step is on record, the deadlines run on, and the tier above is told all the same."""
    desk = chased_desk(Storm(silence_lower=silence))
    lower = desk.case
    desk.finds(Level.RED, pack_id="partner_violence")
    desk.unread.clear()
    higher, desk.subject = (
        desk.subject,
        replace(desk.subject, cases=(desk.subject.cases[1], desk.subject.cases[0])),
    )
    assert higher.cases[0].case_id == desk.case.case_id == lower.case_id
    (notice,) = desk.case.notices
    desk.now_ms = notice.chase_due_ms

    desk.does(CLOCK, ReplyOverdue(notice.notice_id, notice.chase_due_ms, 0))

    entry = desk.entries[-1]
    assert entry.type is EntryType.NOTICE_CHASED
    if silence:
        desk.expects_nothing_more()
        assert (entry.reason, entry.told_ids) == (Reason.REMINDER_SILENCED, ())
    else:
        desk.expects(NoticeKind.REPLY_OVERDUE, TOWNSHIP, NoticeColour.WHITE)
        assert (entry.reason, entry.told_ids) == (Reason.REPLY_OVERDUE, (TOWNSHIP,))
    (after,) = desk.case.notices
    assert (after.chase_step, after.chase_due_ms) == (1, desk.now_ms + 24 * HOUR_MS)
    assert desk.case.ladder_due_ms == lower.ladder_due_ms
    desk.now_ms = after.chase_due_ms
    desk.does(CLOCK, ReplyOverdue(notice.notice_id, after.chase_due_ms, 1))
    desk.expects(NoticeKind.NOTICE_UNANSWERED, COUNTY, NoticeColour.WHITE)


def test_maintenance_delays_a_reminder_and_nothing_else() -> None:
    """Due in the window, the reminder comes at its end; the reply's deadline and the ladder stay where they were."""
    plain, delayed = chased_desk(NO_STORM), chased_desk(Storm(windows=(NIGHT,)))
    (one,), (other,) = plain.case.notices, delayed.case.notices
    assert NIGHT.from_ms <= one.chase_due_ms < NIGHT.to_ms
    assert other.chase_due_ms == NIGHT.to_ms
    assert replace(other, chase_due_ms=0) == replace(one, chase_due_ms=0)
    assert plain.case.ladder_due_ms == delayed.case.ladder_due_ms

    assert chase(delayed) is Reason.REPLY_OVERDUE
    delayed.expects(NoticeKind.REPLY_OVERDUE, TOWNSHIP, NoticeColour.WHITE)


windows = st.lists(
    st.builds(
        lambda begins, length, place: Window(begins, begins + length, place),
        st.integers(0, 50),
        st.integers(1, 20),
        st.sampled_from(["", "532301", "532302", GRID]),
    ),
    max_size=6,
).map(tuple)


@given(windows, st.integers(0, 80), st.sampled_from(NoticeColour))
def test_a_reminder_is_never_early_never_lost_and_red_is_never_late(
    given_: tuple[Window, ...], due_ms: int, colour: NoticeColour
) -> None:
    """A delayed reminder lies outside every window of its place, at the end of one; a red one stays."""
    storm = Storm(windows=given_)
    found = storm.reminder_due(due_ms, colour, GRID)

    assert found >= due_ms
    if colour is NoticeColour.RED:
        assert found == due_ms
    else:
        assert not any(window.holds(found, GRID) for window in given_)
        assert found == due_ms or found in {window.to_ms for window in given_}


def test_a_first_notice_is_never_delayed() -> None:
    """In the middle of maintenance a case opens and its owner is told; so is who gets a supervision notice."""
    always = Storm(windows=(Window(0, 1 << 50),), silence_lower=True)
    desk = Desk(replace(rules(None, CHASING), storm=always))
    desk.finds(Level.YELLOW, legal_duties=(LegalDuty("report", START_MS + 500 * HOUR_MS),))
    desk.expects(NoticeKind.DUTY_ASSIGNED, TOWNSHIP)
    desk.passes(24)
    desk.expects(NoticeKind.SUPERVISION, TOWNSHIP, NoticeColour.WHITE)


def test_the_shipped_file_is_read_and_a_wrong_one_told(tmp_path: Path) -> None:
    """Grouping and silencing are on as shipped; no file means neither; a window must end after it begins."""
    assert read_storm(SHIPPED) == Storm(group=True, silence_lower=True)
    assert load_storm(tmp_path / "none.yaml") == NO_STORM
    text = SHIPPED.read_text(encoding="utf-8")
    file = tmp_path / "storm.yaml"
    line = '{from: "2026-12-05 22:00", to: "2026-12-06 02:00", place: "532301"}'
    file.write_text(text.replace("windows: []", f"windows: [{line}]"), encoding="utf-8")
    (window,) = read_storm(file).windows
    assert (window.to_ms - window.from_ms, window.place) == (4 * HOUR_MS, "532301")
    for was, wrong, path in (
        ("2026-12-06 02:00", "2026-12-05 02:00", "windows[0].to"),
        ("2026-12-06 02:00", "tomorrow", "windows[0].to"),
        ('"532301"}', '"5323"}', "windows[0].place"),
        ("group: true", "group: perhaps", "group"),
    ):
        content = text.replace("windows: []", f"windows: [{line}]").replace(was, wrong)
        file.write_text(content, encoding="utf-8")
        with pytest.raises(FileError) as told:
            read_storm(file)
        assert told.value.path == path
