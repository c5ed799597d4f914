"""Storm control over reminders: put off by maintenance, silenced by a higher case, never lost, red never touched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour
from services.escalation.domain.cases import NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import NoteRead
from services.escalation.domain.reasons import Reason
from services.escalation.domain.storm import GROUPED, NO_STORM, Storm, Window
from tests.unit.escalation.desk import COUNTY, HOUSEHOLD, START_MS, TOWNSHIP, Desk, rules
from tests.unit.escalation.test_promises import promising

# A yellow case taken on at the start is to be visited in 72 hours: reminders come 24 and 2 hours before.
FIRST_H, SECOND_H, DUE_H = 48, 70, 72


def desk_in(storm: Storm, level: Level = Level.YELLOW) -> Desk:
    """A case that is taken on at once."""
    desk = Desk(replace(rules(None, promising()), storm=storm))
    desk.finds(level)
    desk.acknowledges(desk.case.owner_id)
    desk.unread.clear()
    return desk


def windows(*hours: tuple[int, int]) -> Storm:
    """Maintenance in the hours given, counted from the start."""
    return Storm(
        windows=tuple(Window(START_MS + a * HOUR_MS, START_MS + b * HOUR_MS) for a, b in hours)
    )


@pytest.mark.parametrize(
    ("storm", "expected_h"),
    [
        (NO_STORM, [FIRST_H, SECOND_H]),
        (windows((47, 50)), [50, SECOND_H]),
        # Both fall into it: one reminder at its end is enough.
        (windows((40, 71)), [71]),
        # Put off it would come with the deadline itself.
        (windows((47, 80)), [FIRST_H, SECOND_H]),
        (windows((69, 72)), [FIRST_H, SECOND_H]),
    ],
)
def test_maintenance_puts_a_reminder_off_but_never_past_its_act(
    storm: Storm, expected_h: list[int]
) -> None:
    """The deadline and its notice stay where they are."""
    desk = desk_in(storm)
    reminded_h = []
    for hour in range(DUE_H):
        desk.passes(1)
        if any(one.kind is NoticeKind.REMINDER for one in desk.unread):
            reminded_h.append(hour + 1)
            desk.unread.clear()
    assert reminded_h == expected_h
    # The last hour brought the deadline, on time.
    assert desk.case.ladder_step == 1


def test_red_is_reminded_in_the_middle_of_maintenance() -> None:
    """A red case, and a yellow one with a red notice that waits for its answer, know no maintenance."""
    desk = desk_in(windows((0, 23)), Level.RED)
    desk.passes(22)
    desk.expects(NoticeKind.REMINDER, COUNTY)
    desk = desk_in(windows((0, 500)))
    desk.passes(150)
    assert {one.colour for one in desk.case.notices} >= {NoticeColour.RED}
    desk.visits(desk.case.owner_id)
    desk.unread.clear()
    desk.passes(49)
    desk.expects(NoticeKind.REMINDER, desk.case.owner_id)


def test_read_but_idle_waits_for_the_end_of_maintenance() -> None:
    """Six hours after it was read nobody is disturbed; once the work on the lines is over, the owner is."""
    desk = Desk(replace(rules(None, promising()), storm=windows((5, 9))))
    desk.finds(Level.YELLOW)
    desk.unread.clear()
    desk.does(TOWNSHIP, NoteRead())
    desk.passes(8)
    desk.expects_nothing_more()
    desk.passes(1)
    desk.expects(NoticeKind.READ_BUT_IDLE, TOWNSHIP)


@pytest.mark.parametrize("silence", [True, False])
def test_a_higher_case_of_the_household_silences_the_reminder(silence: bool) -> None:
    """The step is on record, names nobody as told, and is not repeated; the deadline runs on."""
    desk = desk_in(Storm(silence_lower=silence))
    lower = desk.case
    desk.finds(Level.RED, pack_id="partner_violence")
    desk.unread.clear()
    # The desk acts on the newest case.
    desk.subject = replace(desk.subject, cases=(desk.subject.cases[1], lower))
    desk.now_ms = lower.remind_ms
    desk.clock_strikes()
    entry = desk.entries[-1]
    assert entry.type is EntryType.REMINDED
    if silence:
        desk.expects_nothing_more()
        assert (entry.reason, entry.recipient_id) == (Reason.REMINDER_SILENCED, "")
    else:
        desk.expects(NoticeKind.REMINDER, TOWNSHIP)
        assert (entry.reason, entry.recipient_id) == (Reason.DUE_SOON, TOWNSHIP)
    assert desk.case.remind_ms == START_MS + SECOND_H * HOUR_MS
    assert (desk.case.next_act, desk.case.ladder_due_ms) == (
        NextAct.FIRST_VISIT,
        lower.ladder_due_ms,
    )


spans = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), max_size=4)


@given(spans, st.sampled_from([Level.YELLOW, Level.RED]))
def test_whatever_the_windows_somebody_is_reminded_before_the_act_and_red_on_time(
    given_: list[tuple[int, int]], level: Level
) -> None:
    """At least once, never earlier than without windows, never at or after the deadline."""
    plain, stormy = (
        desk_in(storm, level)
        for storm in (NO_STORM, windows(*((at, at + length) for at, length in given_)))
    )
    times = []
    for desk in (plain, stormy):
        due_ms = desk.case.next_due_ms
        desk.passes((due_ms - desk.now_ms) / HOUR_MS - 0.01)
        times.append([one.created_at_ms for one in desk.unread if one.kind is NoticeKind.REMINDER])
        assert all(at_ms < due_ms for at_ms in times[-1])
    assert times[1] and times[1][0] >= times[0][0]
    if level is Level.RED:
        assert times[0] == times[1]
    assert stormy.subject.subject_id == HOUSEHOLD


def test_reminders_of_one_household_may_go_together() -> None:
    """Due in one step they are one message, as first messages are; a supervision notice never is."""
    assert {NoticeKind.REMINDER, NoticeKind.READ_BUT_IDLE} <= GROUPED
    assert NoticeKind.SUPERVISION not in GROUPED
