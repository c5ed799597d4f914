"""What becomes of a supervision notice: each ends answered, withdrawn or unanswered, and says which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import HOUR_MS
from services.common.terms import Level, Tier
from services.escalation.domain.cases import CaseStatus, NoticeIssued
from services.escalation.domain.events import EntryType
from services.escalation.domain.messages import Command, ReplyNotice, WithdrawNotice
from services.escalation.domain.notices import WITHDRAWALS, NoticeState, notice_state
from services.escalation.domain.policy import REPLY_WITHIN
from services.escalation.domain.reasons import REFUSED, Reason
from tests.unit.escalation.desk import (
    COLLEAGUE_ABOVE,
    COUNTY,
    HOUSEHOLD,
    OFFICIALS,
    PREFECTURE,
    STRANGER,
    TOWNSHIP,
    VILLAGE,
    Desk,
)

REPLY_MS = int(REPLY_WITHIN.hours * HOUR_MS)


def _late_desk(hours: float = 24) -> Desk:
    """A yellow case whose township was late; a white notice is out after 24 hours."""
    desk = Desk()
    desk.finds(Level.YELLOW)
    desk.passes(hours)
    return desk


@pytest.fixture
def desk() -> Desk:
    return _late_desk()


def _state(desk: Desk, at: int = 0) -> NoticeState:
    return notice_state(desk.case.notices[at], desk.now_ms)


def _serial(desk: Desk, at: int = 0) -> str:
    return desk.case.notices[at].serial_no


def test_a_notice_says_by_when_it_must_be_answered(desk: Desk) -> None:
    """The reply's deadline is in the case and in the chained ledger, with the recipient's tier."""
    (notice,) = desk.case.notices
    entry = next(one for one in desk.entries if one.type is EntryType.NOTICE_ISSUED)

    assert notice.reply_due_ms == entry.reply_due_ms == desk.now_ms + REPLY_MS
    assert (notice.recipient_id, notice.tier) == (TOWNSHIP, Tier.TOWNSHIP)
    assert _state(desk) is NoticeState.AWAITING_REPLY


def test_the_tier_is_that_of_the_recipient_not_of_who_takes_over() -> None:
    """A yellow notice goes to the township although the case moves to the county with it."""
    desk = _late_desk(48)

    assert desk.case.tier is Tier.COUNTY
    assert desk.case.notices[1].tier is Tier.TOWNSHIP


@pytest.mark.parametrize("who", [TOWNSHIP, COUNTY, PREFECTURE])
def test_the_recipient_and_those_above_answer(desk: Desk, who: str) -> None:
    """The answer is an entry of the ledger that names the notice and who answered."""
    decision = desk.does(who, ReplyNotice(_serial(desk), b"sealed"))

    (entry,) = decision.entries
    assert decision.reason is Reason.NOTICE_ANSWERED
    assert (entry.type, entry.actor_id, entry.serial_no, entry.remarks) == (
        EntryType.NOTICE_ANSWERED,
        who,
        _serial(desk),
        b"sealed",
    )
    assert _state(desk) is NoticeState.ANSWERED
    assert (desk.case.notices[0].answered_by, desk.case.notices[0].answered_at_ms) == (
        who,
        desk.now_ms,
    )


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (VILLAGE, Reason.NOT_THE_RECIPIENT),
        (STRANGER, Reason.OUTSIDE_JURISDICTION),
        ("nobody", Reason.NOT_ON_ROSTER),
    ],
)
def test_nobody_else_answers(desk: Desk, who: str, reason: Reason) -> None:
    """Who is below, elsewhere or unknown is refused, and the notice stays open."""
    decision = desk.does(who, ReplyNotice(_serial(desk)))

    assert decision.reason is reason
    assert [entry.type for entry in decision.entries] == [EntryType.COMMAND_REFUSED]
    assert _state(desk) is NoticeState.AWAITING_REPLY


def test_a_late_answer_stays_visible_as_late(desk: Desk) -> None:
    """Unanswered once the reply is due; an answer after that counts, and says that it was late."""
    desk.visits(TOWNSHIP)
    desk.now_ms += REPLY_MS
    assert _state(desk) is NoticeState.AWAITING_REPLY
    desk.now_ms += 1
    assert _state(desk) is NoticeState.UNANSWERED

    assert desk.does(TOWNSHIP, ReplyNotice(_serial(desk))).reason is Reason.NOTICE_ANSWERED_LATE
    assert _state(desk) is NoticeState.ANSWERED_LATE


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (COUNTY, Reason.NOTICE_WITHDRAWN),
        (PREFECTURE, Reason.NOTICE_WITHDRAWN),
        (TOWNSHIP, Reason.WITHDRAWER_TIER_TOO_LOW),
        (VILLAGE, Reason.WITHDRAWER_TIER_TOO_LOW),
        (STRANGER, Reason.OUTSIDE_JURISDICTION),
        ("nobody", Reason.NOT_ON_ROSTER),
    ],
)
def test_only_a_tier_above_the_recipient_withdraws(desk: Desk, who: str, reason: Reason) -> None:
    """Nobody takes back a notice to themselves or to who is above them."""
    assert desk.does(who, WithdrawNotice(_serial(desk), "act_was_done")).reason is reason

    withdrawn = reason is Reason.NOTICE_WITHDRAWN
    assert (_state(desk) is NoticeState.WITHDRAWN) is withdrawn
    assert (desk.entries[-1].type is EntryType.NOTICE_WITHDRAWN) is withdrawn
    assert desk.entries[-1].reason == ("act_was_done" if withdrawn else reason)


def test_at_the_top_a_colleague_withdraws() -> None:
    """No tier is above the prefecture: there a second person takes a notice back, never the recipient."""
    desk = _late_desk(24 * 4)
    top = next(one for one in desk.case.notices if one.recipient_id == PREFECTURE)

    own = desk.does(PREFECTURE, WithdrawNotice(top.serial_no, "other"))
    colleague = desk.does(COLLEAGUE_ABOVE, WithdrawNotice(top.serial_no, "other"))

    assert own.reason is Reason.WITHDRAWER_TIER_TOO_LOW
    assert colleague.reason is Reason.NOTICE_WITHDRAWN


def test_a_withdrawal_needs_a_known_reason(desk: Desk) -> None:
    """Free text is not kept: the ledger is not encrypted."""
    decision = desk.does(COUNTY, WithdrawNotice(_serial(desk), "because Mr Li asked"))

    assert decision.reason is Reason.UNKNOWN_WITHDRAWAL


def test_an_unknown_serial_number_is_refused(desk: Desk) -> None:
    """A slip of the pen is on record, and touches no notice."""
    for act in (ReplyNotice("白-0"), WithdrawNotice("白-0", "other")):
        assert desk.does(COUNTY, act).reason is Reason.NO_SUCH_NOTICE


def test_a_notice_outlives_its_case(desk: Desk) -> None:
    """The resolution is no answer: a notice is answered or withdrawn also afterwards."""
    desk.visits(TOWNSHIP)
    assert desk.resolves(TOWNSHIP).reason is Reason.RESOLVED

    assert desk.does(TOWNSHIP, ReplyNotice(_serial(desk))).reason is Reason.NOTICE_ANSWERED
    assert desk.case.status is CaseStatus.RESOLVED


def test_the_same_answer_twice_counts_once(desk: Desk) -> None:
    """A command read again is dropped without a trace; a second answer is refused."""
    act = ReplyNotice(_serial(desk))
    command = Command("c1", desk.case.case_id, HOUSEHOLD, TOWNSHIP, desk.now_ms, act)
    desk.takes(command)

    assert desk.takes(command).reason is Reason.DUPLICATE
    assert desk.does(TOWNSHIP, act).reason is Reason.NOTICE_ALREADY_ANSWERED


def test_neither_act_moves_the_duty(desk: Desk) -> None:
    """Paper does not replace the act: the next act, its deadline and the ladder go on."""
    before = desk.case
    desk.does(TOWNSHIP, ReplyNotice(_serial(desk)))
    after = desk.case

    assert (after.next_act, after.ladder_due_ms, after.ladder_step, after.owner_id) == (
        before.next_act,
        before.ladder_due_ms,
        before.ladder_step,
        before.owner_id,
    )


def test_a_notice_of_older_times_awaits_without_end() -> None:
    """Before replies were owed a notice had no reply due: it is never called unanswered."""
    old = NoticeIssued("n", 1, "S", 1, TOWNSHIP)  # type: ignore[arg-type]

    assert notice_state(old, 1 << 50) is NoticeState.AWAITING_REPLY


_acts = st.one_of(
    st.builds(lambda at: ("reply", at), st.integers(0, 3)),
    st.builds(lambda at: ("withdraw", at), st.integers(0, 3)),
    st.builds(lambda hours: ("hours", hours), st.integers(1, 60)),
)


@given(
    st.lists(st.tuples(_acts, st.sampled_from([*OFFICIALS, "nobody"])), max_size=25),
    st.sampled_from([*WITHDRAWALS, "nonsense"]),
)
def test_a_final_state_is_final(steps: list[tuple[tuple[str, int], str]], why: str) -> None:
    """Whatever people try: answered and withdrawn never change, each change has one entry, refusals none."""
    desk = _late_desk()
    for (kind, value), who in steps:
        before = desk.case.notices
        if kind == "hours":
            desk.passes(value)
            continue
        at = value % len(before)
        act = ReplyNotice(_serial(desk, at)) if kind == "reply" else WithdrawNotice("", why)
        if isinstance(act, WithdrawNotice):
            act = WithdrawNotice(_serial(desk, at), why)
        decision = desk.does(who, act)
        changed = [n for n, was in enumerate(before) if desk.case.notices[n] != was]
        assert changed == ([] if decision.reason in REFUSED else [at])
        assert len(decision.entries) == 1
        for n in changed:
            assert not (before[n].answered_at_ms or before[n].withdrawn_at_ms)
    for notice in desk.case.notices:
        final = notice_state(notice, notice.reply_due_ms + 1)
        assert final is not NoticeState.AWAITING_REPLY
        assert not (notice.answered_at_ms and notice.withdrawn_at_ms)
