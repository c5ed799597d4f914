"""Red before all, what must go at once next, first messages before reminders; a mass avoids the full hour."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Level, NoticeColour
from services.notifier.domain.notices import NoticeKind
from services.notifier.domain.order import Rank, SpreadPolicy, leaves_at, never_waits, rank_of
from tests.unit.notifier.test_templates import NOTICE

PLAIN = replace(NOTICE, colour=NoticeColour.NONE, level=Level.YELLOW)
FIRST = replace(PLAIN, kind=NoticeKind.DUTY_ASSIGNED)
REMINDER = replace(PLAIN, kind=NoticeKind.REMINDER)
POLICY = SpreadPolicy(mass_from=10, duties_ms=60_000, others_ms=600_000)
FULL_HOUR = 1_699_999_200_000


@given(
    st.sampled_from(list(NoticeKind)), st.sampled_from(list(NoticeColour)), st.sampled_from(Level)
)
def test_red_goes_before_all(kind: NoticeKind, colour: NoticeColour, level: Level) -> None:
    """Whatever its kind, a red message has the first rank, and no other has."""
    notice = replace(NOTICE, kind=kind, colour=colour, level=level)
    red = colour is NoticeColour.RED or level is Level.RED
    assert (rank_of(notice) is Rank.RED) is red
    assert never_waits(notice) or rank_of(notice) >= Rank.DUTY


def test_the_first_message_of_a_case_goes_before_its_reminders() -> None:
    """A law's duty, then what assigns or supervises, then what reminds or informs."""
    law = replace(PLAIN, kind=NoticeKind.LEGAL_DUTY)
    assert rank_of(law) < rank_of(FIRST) < rank_of(REMINDER)
    assert rank_of(replace(PLAIN, kind=NoticeKind.SUPERVISION)) == rank_of(FIRST)


@given(st.integers(0, 255), st.integers(0, 3_600_000))
def test_a_mass_leaves_lane_by_lane_after_the_hour(lane: int, after_ms: int) -> None:
    """Never before now, a deadline's message within a minute, a reminder within its span, red at once."""
    now_ms = FULL_HOUR + after_ms
    assert now_ms <= leaves_at(FIRST, lane, now_ms, POLICY) < now_ms + 60_000
    assert now_ms <= leaves_at(REMINDER, lane, now_ms, POLICY) < now_ms + 600_000
    assert leaves_at(replace(REMINDER, level=Level.RED), lane, now_ms, POLICY) == now_ms
    at_ms = leaves_at(REMINDER, lane, now_ms, POLICY)
    assert leaves_at(REMINDER, lane, at_ms, POLICY) == at_ms


def test_a_mass_is_really_spread() -> None:
    """At the full hour and at the half, the lanes leave evenly; a quarter past, all at once."""
    for start in (FULL_HOUR, FULL_HOUR + 1_800_000):
        times = [leaves_at(REMINDER, lane, start, POLICY) - start for lane in range(256)]
        assert times == sorted(set(times))
        assert times[128] == 300_000
    assert leaves_at(REMINDER, 255, FULL_HOUR + 900_000, POLICY) == FULL_HOUR + 900_000
