"""A storm waits for a second person; red, the law and answers never do; nothing waits for ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.settings import REPOSITORY
from services.common.terms import Level, NoticeColour
from services.notifier.adapters.template_file import load_guard
from services.notifier.domain.guard import (
    GuardPolicy,
    Place,
    held,
    hour_of,
    is_held,
    may_be_held,
)
from services.notifier.domain.notices import NO_CASE, DeliveryStatus, NoticeKind, Progress
from services.notifier.domain.planner import supersedes
from services.notifier.domain.results import Reason
from services.notifier.domain.templates import TemplateWrong
from tests.unit.notifier.test_templates import NOTICE

FILE = REPOSITORY / "deploy/templates/guard.yaml"
POLICY = GuardPolicy(storm_per_hour=10, tests_per_hour=2, look_every_ms=1000, looks_most=4)
PLAIN = replace(NOTICE, colour=NoticeColour.NONE, kind=NoticeKind.DUTY_ASSIGNED)


@given(
    st.sampled_from(list(NoticeKind)), st.sampled_from(list(NoticeColour)), st.sampled_from(Level)
)
def test_what_protects_at_once_is_never_held(
    kind: NoticeKind, colour: NoticeColour, level: Level
) -> None:
    """A red level or notice, a duty of the law, what is about no case: they pass whatever the storm."""
    notice = replace(NOTICE, kind=kind, colour=colour, level=level)
    free = NO_CASE | {NoticeKind.LEGAL_DUTY}
    passes = colour is NoticeColour.RED or level is Level.RED or kind in free
    assert may_be_held(notice, Progress(), POLICY) is not passes


@given(st.integers(1, 100), st.integers(0, 100))
def test_only_what_is_above_the_limit_and_not_released_waits(number: int, released: int) -> None:
    """The first ten go, and as many more as were released."""
    assert is_held(Place(number, released), POLICY) is (number > 10 + released)


def test_a_held_message_goes_out_at_last() -> None:
    """Looked at four times, each step newer than the one before; then it is not held any more."""
    step, now_ms = Progress(), 5000
    looks = 0
    while may_be_held(PLAIN, step, POLICY):
        later = held(step, POLICY, now_ms)
        assert supersedes(step, later)
        assert (later.status, later.reason) == (
            DeliveryStatus.RETRYING,
            Reason.HELD_FOR_RELEASE,
        )
        assert (later.due_ms, later.attempts) == (now_ms + 1000, 0)
        step, now_ms, looks = later, later.due_ms, looks + 1
    assert looks == POLICY.looks_most
    assert not may_be_held(PLAIN, Progress(attempts=1), POLICY)
    assert not may_be_held(PLAIN, Progress(), replace(POLICY, storm_per_hour=0))


def test_hours_are_those_in_which_notices_arose() -> None:
    """One county, one hour; a look later does not move a notice to another hour."""
    early, late = (replace(PLAIN, created_at_ms=at) for at in (3_599_999, 3_600_000))
    assert (hour_of(early), hour_of(late)) == (("532301", 0), ("532301", 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("storm_per_hour: 3000", "storm_per_hour: -1", "storm_per_hour: must be a whole number"),
        ("looks_most: 24", "looks_most: 0", "looks_most: must be a whole number of 1"),
        ("looks_most: 24", "looks: 24", "unknown 'looks'"),
    ],
)
def test_a_wrong_page_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The error names file and field."""
    assert load_guard(FILE).storm_per_hour == 3000
    wrong = tmp_path / "guard.yaml"
    wrong.write_text(FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(TemplateWrong, match=said) as refused:
        load_guard(wrong)
    assert str(wrong) in str(refused.value)
