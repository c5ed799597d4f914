"""The auditor's rules: nothing is found where the rules of a case were kept, and each break of them is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.settings import CommonSettings
from services.common.spans import HOUR_MS, MINUTE_MS
from services.common.terms import Language, Level
from services.escalation.adapters.audit_file import load_audit
from services.escalation.adapters.lane_view import deadlines
from services.escalation.auditor.texts import fault_text
from services.escalation.auditor.watchers import alarm
from services.escalation.domain.audit import (
    Alarms,
    Fault,
    Finding,
    Redrives,
    Stored,
    act_faults,
    confirmed,
    delivery_faults,
    missed_faults,
    notice_faults,
    silence_faults,
    stored_faults,
)
from services.escalation.domain.cases import NextAct
from tests.unit.escalation.desk import COUNTY, START_MS, TOWNSHIP, VILLAGE, Desk

POLICY = load_audit(CommonSettings().audit_file)
LEVELS = [Level.GREEN, Level.YELLOW, Level.RED]
STEPS = st.lists(
    st.sampled_from(["acknowledge", "visit", "resolve", "hours", "days", "find"]), max_size=12
)


def _step(desk: Desk, step: str, who: str, level: Level) -> None:
    if step == "hours":
        desk.passes(5)
    elif step == "days":
        desk.passes(50)
    elif step == "find":
        desk.finds(level)
    else:
        {"acknowledge": desk.acknowledges, "visit": desk.visits, "resolve": desk.resolves}[step](
            who
        )


@given(
    st.sampled_from(LEVELS),
    st.sampled_from(LEVELS),
    st.sampled_from([VILLAGE, TOWNSHIP, COUNTY]),
    STEPS,
)
def test_whatever_people_do_a_kept_ledger_gives_no_finding(
    level: Level, later: Level, who: str, steps: list[str]
) -> None:
    """Law: acts of anybody in any order, with a clock that strikes on time, leave nothing to be found."""
    desk = Desk()
    desk.finds(level)
    for step in steps:
        _step(desk, step, who, later)
    told = {notice.notice_id for notice in desk.notices}
    for case in desk.subject.cases:
        wanted = deadlines(case)
        held = {member: due for member, due in wanted.items() if due is not None}
        found = [
            *act_faults(case),
            *(
                one
                for one in missed_faults(case, desk.now_ms, POLICY.fire_within_ms)
                if one.detail == "act"
            ),
            *stored_faults(case, wanted, Stored(held, is_same=True)),
            *notice_faults(case, told, 0),
        ]
        assert found == []


def test_a_case_without_its_one_act_is_found() -> None:
    """An open case without an act or a due time, and a resolved one with an act, are findings."""
    desk = Desk()
    desk.finds(Level.RED)
    broken = [
        replace(desk.case, next_act=NextAct.NONE),
        replace(desk.case, next_due_ms=0),
    ]
    assert [one.detail for case in broken for one in act_faults(case)] == [
        "open_without_act",
        "act_without_due_time",
    ]


def test_a_deadline_is_missed_only_past_its_bound() -> None:
    """At the bound nothing is said; a millisecond later the case is named."""
    desk = Desk()
    desk.finds(Level.RED)
    bound_ms = desk.case.ladder_due_ms + POLICY.fire_within_ms
    assert list(missed_faults(desk.case, bound_ms, POLICY.fire_within_ms)) == []
    [found] = missed_faults(desk.case, bound_ms + 1, POLICY.fire_within_ms)
    assert (found.fault, found.about) == (Fault.DEADLINE_MISSED, desk.case.case_id)


def test_a_notice_that_waits_for_its_number_past_the_bound_is_missed() -> None:
    """Nobody is told of it before: whoever watches must know."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.passes(3)
    [issued] = desk.case.notices
    waiting = replace(desk.case, notices=(replace(issued, awaits_number=True),))
    bound_ms = issued.issued_at_ms + POLICY.fire_within_ms
    at = [
        [one.detail for one in missed_faults(waiting, now_ms, POLICY.fire_within_ms)]
        for now_ms in (bound_ms, bound_ms + 1)
    ]
    assert at == [[], ["number"]]


def test_a_store_that_lost_changed_or_kept_a_deadline_is_found() -> None:
    """Lost, moved, left behind after the case needs none, or another state: each is a finding."""
    desk = Desk()
    desk.finds(Level.RED)
    case, member = desk.case, desk.case.case_id
    due = case.ladder_due_ms
    faults = {
        name: [one.fault for one in stored_faults(case, wanted, Stored(held, is_same=same))]
        for name, wanted, held, same in (
            ("lost", {member: due}, {}, True),
            ("moved", {member: due}, {member: due + 1}, True),
            ("left", {member: None}, {member: due}, True),
            ("other", {member: due}, {member: due}, False),
        )
    }
    missing = [Fault.DEADLINE_NOT_STORED]
    assert faults == {
        "lost": missing,
        "moved": missing,
        "left": missing,
        "other": [Fault.STATE_DIFFERS],
    }


def test_a_supervision_notice_nobody_was_told_of_is_found() -> None:
    """A notice in the ledger and not on its topic is found; one too old to be kept there is not."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.passes(3)
    [issued] = desk.case.notices
    assert [one.detail for one in notice_faults(desk.case, (), 0)] == [issued.notice_id]
    assert list(notice_faults(desk.case, (), issued.issued_at_ms + 1)) == []


def test_a_notice_has_a_minute_to_be_taken_up() -> None:
    """At the bound nothing is said; a millisecond later the notice is named."""
    within_ms = POLICY.taken_up_within_ms
    assert list(delivery_faults({"n1": START_MS}, START_MS + within_ms, within_ms)) == []
    [found] = delivery_faults({"n1": START_MS}, START_MS + within_ms + 1, within_ms)
    assert found == Finding(Fault.DELIVERY_MISSING, "n1")


@pytest.mark.parametrize(
    ("oldest_ms", "progress_ms", "is_silent"),
    [
        (None, 0, False),
        (START_MS - POLICY.silent_after_ms, 0, True),
        (START_MS - POLICY.silent_after_ms + 1, 0, False),
        (START_MS - HOUR_MS, START_MS - MINUTE_MS, False),
        (START_MS - HOUR_MS, START_MS - POLICY.silent_after_ms, True),
    ],
)
def test_silence_is_a_due_act_and_a_ledger_that_stands_still(
    oldest_ms: int | None, progress_ms: int, is_silent: bool
) -> None:
    """Nothing due, or a ledger that moved lately: the engine lives."""
    assert (
        bool([*silence_faults(oldest_ms, progress_ms, START_MS, POLICY.silent_after_ms)])
        is is_silent
    )


def test_a_suspicion_counts_only_if_it_outlives_the_second_look() -> None:
    """What the engine finished meanwhile, or a case that moved on, is not a finding."""
    stays, gone = Finding(Fault.STATE_DIFFERS, "a"), Finding(Fault.STATE_DIFFERS, "b")
    moved = replace(stays, at_entry=1)
    assert confirmed([stays, gone, stays], [stays]) == [stays]
    assert confirmed([stays], [moved]) == []


@given(st.lists(st.integers(0, 3 * HOUR_MS), max_size=40))
def test_no_hour_holds_more_redrives_than_allowed(moments: list[int]) -> None:
    """Law: in every span of an hour at most as many of one case as allowed, and none is kept longer than it counts."""
    redrives = Redrives(limit=3)
    taken: list[int] = []
    for at_ms in sorted(moments):
        redrives.forget(at_ms - HOUR_MS)
        if not redrives.is_spent("a"):
            redrives.done("a", at_ms)
            taken.append(at_ms)
    assert all(sum(at <= one < at + HOUR_MS for one in taken) <= 3 for at in taken)
    assert len(taken) == len(moments) or len(taken) >= 3
    redrives.forget(max(moments, default=0))
    assert len(redrives) == 0


def test_an_alarm_is_given_when_something_is_new_and_again_after_an_hour() -> None:
    """The same finding is told once an hour, a new one at once, none never."""
    alarms = Alarms(POLICY.alarm_again_ms)
    one, two = Finding(Fault.STATE_DIFFERS, "a"), Finding(Fault.ENGINE_SILENT, "engine")
    assert not alarms.is_owed([], START_MS)
    assert alarms.is_owed([one], START_MS)
    alarms.told([one], START_MS)
    assert not alarms.is_owed([replace(one, at_entry=9)], START_MS + 1)
    assert alarms.is_owed([one, two], START_MS + 1)
    assert alarms.is_owed([one], START_MS + POLICY.alarm_again_ms)


def test_every_fault_has_words_in_both_languages() -> None:
    """An alarm says in Chinese and English what was found, and names no more than ids."""
    texts = [
        fault_text(fault, language) for fault in Fault for language in (Language.ZH, Language.EN)
    ]
    assert len(set(texts)) == len(texts)
    told = alarm([Finding(Fault.STATE_DIFFERS, "001-abc", "s:HOUSEHOLD")])
    assert "HOUSEHOLD" not in str(told) and told["about"] == ["001-abc"]
