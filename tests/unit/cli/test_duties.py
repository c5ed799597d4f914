"""Loads and digests count every open duty once, for the official who owes it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanse.escalation.v1 import cases_pb2 as pb
from services.cli.duties import digest
from services.cli.duty_texts import TEXTS
from services.escalation.adapters.loads import LoadFold, is_open, loads, with_stand_ins

NOW_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
PEOPLE = ["CT-1", "TS-1", "TS-2"]

notices = st.builds(
    pb.NoticeIssued,
    recipient_id=st.sampled_from(PEOPLE),
    answered_at_ms=st.sampled_from([0, 5]),
    withdrawn_at_ms=st.sampled_from([0, 0, 5]),
    awaits_number=st.booleans(),
)
cases = st.lists(
    st.builds(
        pb.Case,
        case_id=st.uuids().map(str),
        owner_id=st.sampled_from(PEOPLE),
        status=st.sampled_from([1, 2, 3, 4]),
        level=st.sampled_from([1, 2, 3]),
        next_due_ms=st.integers(-60, 60).map(lambda h: NOW_MS + h * HOUR_MS),
        opened_at_ms=st.integers(-60, 0).map(lambda h: NOW_MS + h * HOUR_MS),
        ladder_step=st.sampled_from([0, 0, 1]),
        notices=st.lists(notices, max_size=3),
    ),
    max_size=12,
)


@given(cases)
def test_every_open_duty_is_counted_once(found: list[pb.Case]) -> None:
    """Sums over officials are the sums over cases; levels and lateness are part of the cases; the heaviest is first."""
    listed = loads(found, NOW_MS)
    open_cases = [case for case in found if is_open(case)]

    assert sum(one.cases for one in listed) == len(open_cases)
    assert sum(one.red for one in listed) == sum(case.level == 3 for case in open_cases)
    for one in listed:
        assert one.red + one.yellow <= one.cases
        assert one.overdue + one.due_within_a_day <= one.cases
    assert [one.overdue for one in listed] == sorted((one.overdue for one in listed), reverse=True)
    waiting = [
        notice
        for case in found
        for notice in case.notices
        if not (notice.answered_at_ms or notice.withdrawn_at_ms or notice.awaits_number)
    ]
    assert sum(one.unanswered for one in listed) == len(waiting)


@given(cases, st.sampled_from(PEOPLE))
def test_a_digest_lists_each_open_case_of_its_official_once(found: list[pb.Case], who: str) -> None:
    """Overdue, due today and later are all there is, and nobody else's; the load says the same numbers."""
    told = digest(found, who, NOW_MS)
    listed = [*told.overdue, *told.due_today, *told.later]
    own = [case for case in found if is_open(case) and case.owner_id == who]

    assert sorted(case.case_id for case in listed) == sorted(case.case_id for case in own)
    load = next((one for one in loads(found, NOW_MS) if one.official_id == who), None)
    if load is not None:
        assert (load.overdue, load.due_within_a_day, load.unanswered) == (
            len(told.overdue),
            len(told.due_today),
            len(told.to_answer),
        )
    assert all(case in listed for case in told.new)


def test_every_text_is_in_both_languages() -> None:
    """No command around duties speaks one language only."""
    assert all(zh and en for zh, en in TEXTS.values())


@given(cases, st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from([*PEOPLE, "DP-1", ""])))
def test_a_stand_in_carries_both_and_nobody_else_changes(
    found: list[pb.Case], away: dict[str, str]
) -> None:
    """Whoever is on leave keeps the own duties in sight; the stand-in sees them beside the own ones."""
    fold = LoadFold(NOW_MS)
    for case in found:
        fold.take(case)
    carried = with_stand_ins(fold.found, lambda who: away.get(who, ""))
    for who, load in carried.items():
        own = fold.found.get(who)
        others = [
            fold.found[one] for one, other in away.items() if other == who and one in fold.found
        ]
        parts = [one for one in (own, *others) if one]
        assert load.cases == sum(one.cases for one in parts)
        assert load.unanswered == sum(one.unanswered for one in parts)
        assert sorted(load.pressing) == sorted(two for one in parts for two in one.pressing)
    assert fold.found.keys() <= carried.keys() <= {*fold.found, *away.values()}
