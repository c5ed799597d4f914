"""What an SMS reply asks for, which case it means, and when it is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Language, Level, NoticeColour, Tier
from services.notifier.domain.acts import ActKind
from services.notifier.domain.notices import NextAct, Notice, NoticeKind
from services.notifier.domain.replies import (
    Asked,
    Meant,
    ReplyOutcome,
    Told,
    choose,
    read_reply,
    waiting,
    wants_answer,
)
from services.notifier.domain.reply_words import answer_words, others_words
from services.notifier.domain.standing import CaseView, Standing, overtaken, standing_of

ACK, VISIT = Asked(ActKind.ACKNOWLEDGE), Asked(ActKind.VISIT)
OPEN, MINE = Standing.AWAITS_ACKNOWLEDGEMENT, Standing.ACKNOWLEDGED
UP, CLOSED = Standing.TAKEN_OVER, Standing.CLOSED


def notice(number: int, kind: NoticeKind = NoticeKind.DUTY_ASSIGNED) -> Notice:
    """The number-th case's notice, made at that time."""
    return Notice(
        notice_id=f"n{number}",
        case_id=f"c{number}",
        case_no=f"532301-7K3Q{number:02d}",
        subject_id="H1",
        kind=kind,
        colour=NoticeColour.NONE,
        serial_no="",
        level=Level.YELLOW,
        tier=Tier.TOWNSHIP,
        recipient_id="TS-1",
        jurisdiction_code="532301001",
        act=NextAct.ACKNOWLEDGE,
        act_due_ms=0,
        created_at_ms=number,
    )


def told(*standings: Standing) -> list[Told]:
    """Cases in the order of their messages, the newest first."""
    return [Told(notice(len(standings) - n), one) for n, one in enumerate(standings)]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("1", ACK),
        (" 1 ", ACK),
        ("１", ACK),
        ("收到", ACK),
        ("收到。", ACK),
        ("收 到！", ACK),
        ("2", VISIT),
        ("已到场", VISIT),
        ("3", Asked(ActKind.ASK_SUPPORT)),
        ("请求支援", Asked(ActKind.ASK_SUPPORT)),
        ("1 7K3Q9D", Asked(ActKind.ACKNOWLEDGE, "7K3Q9D")),
        ("2,7k3q9d", Asked(ActKind.VISIT, "7K3Q9D")),
        ("1 533123-7K3Q9D", Asked(ActKind.ACKNOWLEDGE, "7K3Q9D")),
        ("1 7K3QOI", Asked(ActKind.ACKNOWLEDGE, "7K3Q01")),
    ],
)
def test_these_words_are_understood(text: str, asked: Asked) -> None:
    """As people type them: full width, small letters, punctuation, a case's letters after the word."""
    assert read_reply(text) == asked


@pytest.mark.parametrize("text", ["", "11", "4", "不收到", "T", "收到吗?", "1 533123", "1 7K3"])
def test_other_words_do_nothing(text: str) -> None:
    """A reply that is not exactly a known word acts on nothing."""
    assert read_reply(text) is None


def test_the_newest_open_message_is_acknowledged() -> None:
    """The newest; what is acknowledged already is passed over."""
    assert choose(ACK, told(OPEN, OPEN)) == Meant(ReplyOutcome.ACKNOWLEDGED, notice(2))
    assert choose(ACK, told(MINE, OPEN)) == Meant(ReplyOutcome.ACKNOWLEDGED, notice(1))
    again = choose(ACK, told(MINE, MINE))
    assert again == Meant(ReplyOutcome.ALREADY_ACKNOWLEDGED, notice(2))


@pytest.mark.parametrize(
    ("standing", "outcome"), [(UP, ReplyOutcome.TAKEN_OVER), (CLOSED, ReplyOutcome.CLOSED)]
)
@pytest.mark.parametrize("kind", [ActKind.ACKNOWLEDGE, ActKind.VISIT, ActKind.ASK_SUPPORT])
def test_a_step_that_changed_is_said_and_touches_no_other_case(
    standing: Standing, outcome: ReplyOutcome, kind: ActKind
) -> None:
    """Answering a message whose case has moved on does nothing to the case before it."""
    assert choose(Asked(kind), told(standing, OPEN)) == Meant(outcome, notice(2))


def test_a_named_case_is_meant_whatever_came_after() -> None:
    """The letters decide; letters of nobody's case decide nothing."""
    named = Asked(ActKind.ACKNOWLEDGE, "7K3Q01")
    assert choose(named, told(OPEN, OPEN)) == Meant(ReplyOutcome.ACKNOWLEDGED, notice(1))
    strange = Asked(ActKind.ACKNOWLEDGE, "ZZZZZZ")
    assert choose(strange, told(OPEN, OPEN)) == Meant(ReplyOutcome.UNKNOWN_CASE)


def test_nothing_told_is_nothing_open() -> None:
    """Somebody who was told of no case, or only got a trial message, acts on nothing."""
    assert choose(ACK, []) == Meant(ReplyOutcome.NOTHING_OPEN)
    trial = [Told(notice(1, NoticeKind.TEST), OPEN)]
    assert choose(VISIT, trial) == Meant(ReplyOutcome.NOTHING_OPEN)


@given(
    st.lists(st.sampled_from(Standing), max_size=6),
    st.sampled_from([ActKind.ACKNOWLEDGE, ActKind.VISIT, ActKind.ASK_SUPPORT]),
)
def test_an_act_only_follows_where_the_case_still_takes_it(
    standings: list[Standing], kind: ActKind
) -> None:
    """Whatever the cases, nothing is done to one that was taken over or closed, nor acknowledged twice."""
    cases = told(*standings)
    meant = choose(Asked(kind), cases)
    if meant.outcome.done:
        standing = next(one.standing for one in cases if one.notice == meant.notice)
        assert standing in ((OPEN,) if kind is ActKind.ACKNOWLEDGE else (OPEN, MINE))


def test_answers_go_where_one_could_be_mistaken_and_never_to_strangers() -> None:
    """A plain success is silent, unless other cases wait; a stranger, or what may be a replay, hears nothing."""
    assert not wants_answer(ReplyOutcome.ACKNOWLEDGED, [])
    assert wants_answer(ReplyOutcome.ACKNOWLEDGED, ["532301-7K3Q01"])
    assert wants_answer(ReplyOutcome.TAKEN_OVER, [])
    for silent in (ReplyOutcome.UNKNOWN_NUMBER, ReplyOutcome.TOO_OLD):
        assert not wants_answer(silent, ["532301-7K3Q01"])


def test_what_waits_is_listed_without_what_was_answered() -> None:
    """Open cases only, and not the one just acknowledged."""
    cases = told(OPEN, UP, OPEN, MINE)
    assert waiting(cases, cases[0].notice) == [cases[2].notice.case_no]


@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
def test_every_answer_has_words(language: Language) -> None:
    """What is answered has words; a code of another version is left out and stops nothing."""
    answered = [one for one in ReplyOutcome if wants_answer(one, ["x"])]
    assert all(answer_words(one.value, "532301-7K3Q01", language) for one in answered)
    assert answer_words("of_another_version", "", language) == ""
    assert others_words([], 0, language) == ""
    assert "7K3Q01" in others_words(["532301-7K3Q01"], 4, language)


def view(at_ms: int, act: NextAct, tier: Tier = Tier.TOWNSHIP, resolved: bool = False) -> CaseView:
    """The case of notice 5 as the ledger has it."""
    return CaseView("c5", 3, at_ms, tier, act, resolved)


def test_a_case_stands_as_its_newest_entry_says() -> None:
    """The ledger decides once it is as new as the message; until then the message, and what was tapped here."""
    five = notice(5)
    acknowledged = view(6, NextAct.FIRST_VISIT)
    assert standing_of(five, None, -1) is OPEN
    assert standing_of(five, None, 5) is MINE
    assert standing_of(five, view(4, NextAct.FIRST_VISIT), -1) is OPEN
    assert standing_of(five, acknowledged, -1) is MINE
    assert standing_of(five, view(6, NextAct.ACKNOWLEDGE, Tier.COUNTY), -1) is UP
    assert standing_of(five, view(6, NextAct.NONE, resolved=True), -1) is CLOSED
    assert standing_of(notice(5, NoticeKind.TAKEN_OVER), None, -1) is UP


def test_only_what_asks_for_a_done_act_is_overtaken() -> None:
    """A duty already taken on is not asked for any more; a supervision notice is owed whatever happens."""
    five = notice(5)
    done = view(6, NextAct.FIRST_VISIT)
    assert overtaken(five, done)
    assert overtaken(five, view(6, NextAct.ACKNOWLEDGE, Tier.COUNTY))
    assert overtaken(five, view(6, NextAct.NONE, resolved=True))
    assert not overtaken(five, None)
    assert not overtaken(five, view(5, NextAct.FIRST_VISIT))
    assert not overtaken(five, view(6, NextAct.ACKNOWLEDGE))
    assert not overtaken(replace(five, act=NextAct.FIRST_VISIT), done)
    for owed in (NoticeKind.SUPERVISION, NoticeKind.TAKEN_OVER, NoticeKind.ROSTER_GAP):
        assert not overtaken(notice(5, owed), view(6, NextAct.NONE, resolved=True))
