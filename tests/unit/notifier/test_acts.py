"""The ids of acts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.acts import ActKind, CaseRef, act_on

REF = CaseRef("notice", "case", "H1", 1)
DAY_MS = 86_400_000


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_an_acknowledgement_is_one_act_whenever_and_however(a: int, b: int) -> None:
    """The link and the reply, now or later, are the same command."""
    by_link = act_on(REF, ActKind.ACKNOWLEDGE, "GW-1", a, "phone_page")
    by_reply = act_on(REF, ActKind.ACKNOWLEDGE, "GW-1", b, "sms_reply")
    assert by_link.command_id == by_reply.command_id


def test_a_visit_counts_once_a_day() -> None:
    """Two taps are one visit, tomorrow's is another."""
    now = 20_000 * DAY_MS
    ids = [
        act_on(REF, ActKind.VISIT, "GW-1", at, "phone_page").command_id
        for at in (now, now + 60_000, now + DAY_MS)
    ]
    assert ids[0] == ids[1] != ids[2]


def test_support_is_asked_for_once_a_day() -> None:
    """A second "3" on the same day is the same request."""
    now = 20_000 * DAY_MS
    ids = [
        act_on(REF, ActKind.ASK_SUPPORT, "GW-1", at, "sms_reply").command_id
        for at in (now, now + 60_000, now + DAY_MS)
    ]
    assert ids[0] == ids[1] != ids[2]
