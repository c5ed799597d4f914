"""From its number to its end: a notice is told after it is numbered, copied, chased, withdrawn or given up, by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import NoticeIssued
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import (
    CLOCK,
    NumberAllotted,
    ReplyNotice,
    ReplyOverdue,
    WithdrawNotice,
)
from services.escalation.domain.notices import NoticeState, notice_state
from services.escalation.domain.policy import Chased, ChaseStep, Policy, Rung, Term
from services.escalation.domain.reasons import Reason
from services.escalation.domain.serials import Numbering
from tests.unit.escalation.desk import (
    CATCH_ALL,
    COUNTY,
    OFFICIALS,
    POLICY,
    PREFECTURE,
    TOWNSHIP,
    VILLAGE,
    Desk,
    rules,
)

NUMBERING = Numbering("{county_short}{colour}{year}-{n}", Tier.COUNTY, {})
COPIED = tuple(replace(rung, copy_above=rung.escalates) for rung in POLICY.rungs)
CHASING = replace(
    POLICY,
    rungs=COPIED,
    chase=(ChaseStep(Chased.RECIPIENT, Term(24)), ChaseStep(Chased.ABOVE, Term(48))),
)
OFFICIAL_NO = "楚市白2026-1"


class NoticeDesk(Desk):
    """A desk whose clock also looks after notices, and whose register can be told when to answer."""

    def numbers(self, notice: NoticeIssued, official_no: str = OFFICIAL_NO) -> Reason:
        return self.does("register", NumberAllotted(notice.notice_id, official_no)).reason

    def chases(self) -> None:
        """The clock proposes every step over an answer that is due now."""
        for one in self.case.notices:
            if one.chase_due_ms and one.chase_due_ms <= self.now_ms:
                self.does(CLOCK, ReplyOverdue(one.notice_id, one.chase_due_ms, one.chase_step))

    def waits(self, hours: float) -> None:
        """Time passes for the notices alone: the act stays as late as it was."""
        self.now_ms += int(hours * HOUR_MS)
        self.chases()


def late_desk(
    hours: float, policy: Policy = CHASING, numbering: Numbering | None = None
) -> NoticeDesk:
    """A yellow case nobody acknowledged for so long; what was told so far is read."""
    desk = NoticeDesk(replace(rules(None, policy), numbering=numbering))
    desk.finds(Level.YELLOW)
    desk.passes(hours)
    if not numbering:
        desk.unread.clear()
    return desk


def test_nobody_is_told_before_the_number() -> None:
    """The step forward in the ladder happens at once; the notice itself waits for its number."""
    desk = late_desk(24, numbering=NUMBERING)
    desk.expects(NoticeKind.DUTY_ASSIGNED, TOWNSHIP)
    desk.expects_nothing_more()
    (notice,) = desk.case.notices
    assert notice.awaits_number and desk.case.number_wanted_ms == notice.issued_at_ms

    assert desk.numbers(notice) is Reason.NOTICE_NUMBERED
    told = desk.expects(NoticeKind.SUPERVISION, TOWNSHIP, NoticeColour.WHITE)
    desk.expects_nothing_more()

    assert (told.official_no, told.notice_id) == (OFFICIAL_NO, notice.notice_id)
    assert desk.entries[-1].type is EntryType.NOTICE_NUMBERED
    assert (desk.entries[-1].official_no, desk.entries[-1].told_ids) == (OFFICIAL_NO, (TOWNSHIP,))
    assert desk.case.number_wanted_ms is None


def test_a_number_is_taken_once() -> None:
    """The register asked twice answers twice: the second answer leaves no trace, and another number has no effect."""
    desk = late_desk(24, numbering=NUMBERING)
    (notice,) = desk.case.notices
    desk.numbers(notice)
    before = desk.case

    assert desk.numbers(notice, "楚市白2026-2") is Reason.DUPLICATE
    assert desk.case == before
    assert desk.numbers(replace(notice, notice_id="of another case")) is Reason.NO_SUCH_NOTICE


def test_either_number_names_the_notice() -> None:
    """Who answers may give the official number or the derived one."""
    for at in range(2):
        desk = late_desk(24, numbering=NUMBERING)
        desk.numbers(desk.case.notices[0])
        number = (OFFICIAL_NO, desk.case.notices[0].serial_no)[at]
        assert desk.does(TOWNSHIP, ReplyNotice(number)).reason is Reason.NOTICE_ANSWERED
    assert desk.does(TOWNSHIP, ReplyNotice("")).reason is Reason.NO_SUCH_NOTICE


def test_withdrawn_before_its_number_nobody_hears_of_it() -> None:
    """The number is still written down, so that the register has no gap."""
    desk = late_desk(24, numbering=NUMBERING)
    (notice,) = desk.case.notices
    desk.unread.clear()
    desk.does(COUNTY, WithdrawNotice(notice.serial_no, "issued_in_error"))
    desk.numbers(notice)

    desk.expects_nothing_more()
    assert desk.case.notices[0].official_no == OFFICIAL_NO
    assert notice_state(desk.case.notices[0], desk.now_ms) is NoticeState.WITHDRAWN


def test_a_number_that_comes_late_leaves_the_whole_term() -> None:
    """Nobody is late with an answer to what they never saw: nothing is chased, and the term begins with the telling."""
    desk = late_desk(24, numbering=NUMBERING)
    (notice,) = desk.case.notices
    desk.unread.clear()
    desk.now_ms = notice.reply_due_ms + HOUR_MS
    chase = ReplyOverdue(notice.notice_id, notice.chase_due_ms, 0)
    assert desk.does(CLOCK, chase).reason is Reason.STALE_DEADLINE

    desk.numbers(notice)

    told = desk.case.notices[0]
    assert told.reply_due_ms == told.chase_due_ms == desk.now_ms + 72 * HOUR_MS


def test_the_tier_above_gets_its_copy() -> None:
    """By policy a yellow notice is copied above its recipient, a white one is not; the ledger says who was told."""
    desk = NoticeDesk(rules(None, CHASING))
    desk.finds(Level.YELLOW)
    desk.passes(24)
    desk.unread.clear()
    desk.passes(24)

    desk.expects(NoticeKind.SUPERVISION, TOWNSHIP, NoticeColour.YELLOW)
    desk.expects(NoticeKind.SUPERVISION_COPY, COUNTY, NoticeColour.YELLOW)
    issued = [entry for entry in desk.entries if entry.type is EntryType.NOTICE_ISSUED]
    assert [entry.told_ids for entry in issued] == [(TOWNSHIP,), (TOWNSHIP, COUNTY)]


def test_an_answer_that_does_not_come_is_chased_up_the_line_and_given_up_by_name() -> None:
    """Due: the recipient is reminded; a day later the tier above is told; two days later it ends unanswered."""
    desk = late_desk(24)
    desk.visits(TOWNSHIP)
    desk.waits(71.9)
    desk.expects_nothing_more()

    desk.waits(0.1)
    desk.expects(NoticeKind.REPLY_OVERDUE, TOWNSHIP, NoticeColour.WHITE)
    desk.waits(24)
    desk.expects(NoticeKind.NOTICE_UNANSWERED, COUNTY, NoticeColour.WHITE)
    desk.waits(48)
    desk.expects_nothing_more()

    assert desk.entries[-1].type is EntryType.NOTICE_UNANSWERED
    assert desk.case.chase_due_ms is None
    desk.waits(1000)
    desk.expects_nothing_more()
    assert notice_state(desk.case.notices[0], desk.now_ms) is NoticeState.UNANSWERED
    late = desk.does(TOWNSHIP, ReplyNotice(desk.case.notices[0].serial_no))
    assert late.reason is Reason.NOTICE_ANSWERED_LATE


def test_above_the_top_the_duty_room_is_told() -> None:
    """The prefecture's own unanswered notice goes to whom the policy names when nobody is responsible."""
    desk = late_desk(24 * 4)
    at = next(n for n, one in enumerate(desk.case.notices) if one.recipient_id == PREFECTURE)
    top = desk.case.notices[at]
    desk.now_ms = top.reply_due_ms
    desk.does(CLOCK, ReplyOverdue(top.notice_id, top.chase_due_ms, 0))
    second = desk.case.notices[at]
    desk.now_ms = second.chase_due_ms
    desk.unread.clear()
    desk.does(CLOCK, ReplyOverdue(top.notice_id, second.chase_due_ms, 1))

    desk.expects(NoticeKind.NOTICE_UNANSWERED, CATCH_ALL, top.colour)


def test_a_step_is_taken_once_and_not_before_its_time() -> None:
    """Two owners of a lane may both propose; a clock that runs ahead makes nobody late."""
    desk = late_desk(24)
    (notice,) = desk.case.notices
    reached = ReplyOverdue(notice.notice_id, notice.chase_due_ms, 0)
    assert desk.does(CLOCK, reached).reason is Reason.NOT_DUE_YET
    desk.now_ms = notice.chase_due_ms
    assert desk.does(CLOCK, reached).reason is Reason.REPLY_OVERDUE
    assert desk.does(CLOCK, reached).reason is Reason.STALE_DEADLINE


@pytest.mark.parametrize("chased", [0, 1, 2])
def test_a_withdrawal_tells_everybody_who_was_told(chased: int) -> None:
    """Recipient, copy and whoever was told that no answer came: each hears that the notice stands no more."""
    desk = late_desk(48)
    yellow = desk.case.notices[1]
    for step in range(chased):
        desk.now_ms = desk.case.notices[1].chase_due_ms
        desk.does(CLOCK, ReplyOverdue(yellow.notice_id, desk.case.notices[1].chase_due_ms, step))
    desk.unread.clear()

    desk.does(PREFECTURE, WithdrawNotice(yellow.serial_no, "act_was_done"))

    for who in (TOWNSHIP, COUNTY):
        desk.expects(NoticeKind.NOTICE_WITHDRAWN, who, NoticeColour.YELLOW)
    desk.expects_nothing_more()
    assert desk.entries[-1].told_ids == (TOWNSHIP, COUNTY)
    assert desk.case.notices[1].chase_due_ms == 0


@pytest.mark.parametrize("colours", ["w", "wy", "wyr", "wwyyr", "rrrrrrr"])
@pytest.mark.parametrize("start", [Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY, Tier.PREFECTURE])
def test_a_ladder_has_as_many_rungs_as_its_policy(colours: str, start: Tier) -> None:
    """One rung or seven, from any tier: each rung's notice in its turn, up to the top, and there a set number."""
    known = {"w": NoticeColour.WHITE, "y": NoticeColour.YELLOW, "r": NoticeColour.RED}
    rungs = tuple(Rung(known[letter], at > 0) for at, letter in enumerate(colours))
    duties = {level: replace(duty, tier=start) for level, duty in POLICY.duties.items()}
    policy = replace(POLICY, rungs=rungs, duties=duties)
    desk = Desk(rules(None, policy))
    desk.finds(Level.YELLOW)
    desk.passes(24 * 20)

    issued = [notice.colour for notice in desk.case.notices]
    assert issued[: len(rungs)] == [rung.colour for rung in rungs][: len(issued)]
    assert set(issued[len(rungs) :]) <= {rungs[-1].colour}
    # It ends by itself, also where the last rung climbs no higher.
    assert desk.case.deadline_ms is None
    tiers = [entry.tier for entry in desk.entries if entry.type is EntryType.ESCALATED]
    climbs = sum(rungs[min(n, len(rungs) - 1)].escalates for n in range(len(issued)))
    assert tiers == [Tier(t) for t in range(start + 1, min(start + climbs, Tier.PREFECTURE) + 1)]


deeds = st.lists(
    st.tuples(
        st.sampled_from(["reply", "withdraw", "wait", "number", "act"]),
        st.integers(0, 5),
        st.sampled_from([*OFFICIALS, "nobody"]),
    ),
    max_size=25,
)


@given(deeds, st.booleans())
def test_every_notice_ends_in_a_named_state(
    steps: list[tuple[str, int, str]], numbered: bool
) -> None:
    """Whatever people do: once the clocks have run out each notice is answered, withdrawn or given up, by an entry."""
    desk = late_desk(30, numbering=NUMBERING if numbered else None)
    for kind, value, who in steps:
        notice = desk.case.notices[value % len(desk.case.notices)]
        if kind == "reply":
            desk.does(who, ReplyNotice(notice.serial_no))
        elif kind == "withdraw":
            desk.does(who, WithdrawNotice(notice.serial_no, "other"))
        elif kind == "number":
            desk.numbers(notice, f"N-{notice.serial_no}")
        elif kind == "act":
            desk.acknowledges(VILLAGE if value else TOWNSHIP)
        else:
            desk.passes(value * 20)
            desk.chases()
    for notice in desk.case.notices:
        desk.numbers(notice, f"N-{notice.serial_no}")
    while (due_ms := desk.case.chase_due_ms) is not None:
        desk.now_ms = max(desk.now_ms, due_ms)
        desk.chases()

    final = (EntryType.NOTICE_ANSWERED, EntryType.NOTICE_WITHDRAWN, EntryType.NOTICE_UNANSWERED)
    ended = {entry.serial_no for entry in desk.entries if entry.type in final}
    for notice in desk.case.notices:
        assert notice.serial_no in ended
        assert notice_state(notice, desk.now_ms + 1) is not NoticeState.AWAITING_REPLY
        assert (notice.official_no != "") is numbered
