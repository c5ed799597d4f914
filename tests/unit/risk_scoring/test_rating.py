"""The laws of rating one row of answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Level
from services.risk_scoring.domain.pack import Nature, Pack, tables_of
from services.risk_scoring.domain.rating import counterfactual, next_question, rate
from tests.unit.risk_scoring.makers import (
    HOUSEHOLD,
    NO,
    PARTNER,
    UNKNOWN,
    YES,
    answers_of,
    packs,
    row,
)


@st.composite
def rows(draw: st.DrawFn) -> tuple[Pack, bytes, int]:
    pack = draw(packs)
    answers = bytearray(draw(answers_of[pack.id]))
    if draw(st.booleans()):
        # What counts together is rarely answered so by chance.
        for at in sorted(pack.tables.combined):
            answers[at] = draw(st.sampled_from([YES, NO, UNKNOWN]))
    return pack, bytes(answers), draw(st.integers(0, pack.recency.cap))


def _with(answers: bytes, at: int, answer: int) -> bytes:
    return answers[:at] + bytes([answer]) + answers[at + 1 :]


@given(rows())
def test_floor(drawn: tuple[Pack, bytes, int]) -> None:
    """A floor is never undercut, and the level is the higher of sum and floors."""
    pack, answers, points = drawn
    rating = rate(pack, answers, points)
    hits = [at for at, answer in enumerate(answers) if answer == YES]
    floors = [pack.indicators[at].floor for at in hits]
    yes = {pack.indicators[at].id for at in hits}
    floors += [
        one.floor for one in pack.combinations if all(yes & set(names) for names in one.each_of)
    ]
    total = points + sum(pack.indicators[at].weight for at in hits)
    assert rating.points == total
    assert rating.level == max([pack.level_at(total), *floors])


@given(rows(), st.data())
def test_bounds(drawn: tuple[Pack, bytes, int], data: st.DataObject) -> None:
    """Whatever the unknowns turn out to be, the level lies within the bounds."""
    pack, answers, points = drawn
    rating = rate(pack, answers, points)
    complete = bytes(
        data.draw(st.sampled_from([YES, NO])) if answer == UNKNOWN else answer for answer in answers
    )
    assert rating.lowest <= rate(pack, complete, points).level <= rating.highest


@given(rows())
def test_bounds_are_tight(drawn: tuple[Pack, bytes, int]) -> None:
    """All unknowns answered no give the lowest level, all answered yes the highest."""
    pack, answers, points = drawn
    rating = rate(pack, answers, points)
    all_no = bytes(NO if answer == UNKNOWN else answer for answer in answers)
    all_yes = bytes(YES if answer == UNKNOWN else answer for answer in answers)
    assert rate(pack, all_no, points).level == rating.lowest
    assert rate(pack, all_yes, points).level == rating.highest


@given(rows(), st.data())
def test_unknown_is_not_no(drawn: tuple[Pack, bytes, int], data: st.DataObject) -> None:
    """Forgetting an answer never narrows the bounds, and it is counted."""
    pack, answers, points = drawn
    at = data.draw(st.integers(0, len(answers) - 1))
    known, vague = rate(pack, answers, points), rate(pack, _with(answers, at, UNKNOWN), points)
    assert vague.lowest <= known.lowest
    assert vague.highest >= known.highest
    assert at in vague.unknowns


@given(rows(), st.data())
def test_yes_never_lowers(drawn: tuple[Pack, bytes, int], data: st.DataObject) -> None:
    """One more yes never lowers a level."""
    pack, answers, points = drawn
    at = data.draw(st.integers(0, len(answers) - 1))
    assert rate(pack, _with(answers, at, YES), points).level >= rate(pack, answers, points).level


@given(rows(), st.sampled_from(list(Level)))
def test_counterfactual(drawn: tuple[Pack, bytes, int], in_force: Level) -> None:
    """The one answer named would lift the level above the one in force, and none lighter would."""
    pack, answers, points = drawn
    rating = rate(pack, answers, points)
    in_force = max(in_force, rating.level)
    change = counterfactual(pack, rating, answers, in_force)
    raising = [
        (answer != UNKNOWN, pack.indicators[at].weight, at)
        for at, answer in enumerate(answers)
        if answer != YES and rate(pack, _with(answers, at, YES), points).level > in_force
    ]
    if change is None:
        assert not raising
        return
    assert (change.answer_now != UNKNOWN, pack.indicators[change.indicator].weight) == min(raising)[
        :2
    ]
    assert change.level == rate(pack, _with(answers, change.indicator, YES), points).level


@given(rows())
def test_next_question(drawn: tuple[Pack, bytes, int]) -> None:
    """The question asked is an unknown whose answers narrow the bounds as much as any other's."""
    pack, answers, points = drawn
    rating = rate(pack, answers, points)
    asked = next_question(pack, rating)
    if rating.lowest == rating.highest:
        assert asked == -1
        return

    def narrowing(at: int) -> int:
        yes = rate(pack, _with(answers, at, YES), points)
        no = rate(pack, _with(answers, at, NO), points)
        return int(yes.lowest - rating.lowest + rating.highest - no.highest)

    assert asked in rating.unknowns
    assert narrowing(asked) == max(narrowing(at) for at in rating.unknowns)


def test_too_many_unknowns_only_matter_when_bounds_are_open() -> None:
    """A death threat is red however little else is known; all unknown cannot be rated."""
    threat = rate(HOUSEHOLD, row(HOUSEHOLD, "threat_to_kill", rest=UNKNOWN), 0)
    nothing = rate(HOUSEHOLD, row(HOUSEHOLD, rest=UNKNOWN), 0)
    assert (threat.level, threat.cannot_rate) == (Level.RED, False)
    assert (nothing.level, nothing.cannot_rate) == (Level.GREEN, True)


@st.composite
def rows_with_protection(draw: st.DrawFn) -> tuple[Pack, bytes]:
    """A shipped pack in which some indicators without a floor take points away, and answers to it."""
    pack = draw(packs)
    plain = [
        at
        for at, one in enumerate(pack.indicators)
        if one.floor is Level.NONE and at not in pack.tables.combined
    ]
    chosen = draw(st.sets(st.sampled_from(plain), min_size=1, max_size=3))
    indicators = tuple(
        replace(one, nature=Nature.PROTECTIVE, weight=draw(st.integers(-6, -1)), implied_by=())
        if at in chosen
        else one
        for at, one in enumerate(pack.indicators)
    )
    tables = tables_of(indicators, pack.duties, pack.combinations)
    made = replace(pack, indicators=indicators, tables=tables)
    return made, draw(answers_of[pack.id])


@given(rows_with_protection(), st.data())
def test_only_protection_lowers(drawn: tuple[Pack, bytes], data: st.DataObject) -> None:
    """A yes lowers a level only where a reviewed protective factor says so, and never below a floor."""
    pack, answers = drawn
    at = data.draw(st.integers(0, len(answers) - 1))
    before, after = rate(pack, answers, 0), rate(pack, _with(answers, at, YES), 0)
    if pack.indicators[at].nature is Nature.PROTECTIVE:
        assert after.level >= after.floor == before.floor
    else:
        assert after.level >= before.level


@given(rows_with_protection(), st.data())
def test_bounds_with_protection(drawn: tuple[Pack, bytes], data: st.DataObject) -> None:
    """The bounds hold for every completion also where some answers take points away."""
    pack, answers = drawn
    rating = rate(pack, answers, 0)
    complete = bytes(
        data.draw(st.sampled_from([YES, NO])) if answer == UNKNOWN else answer for answer in answers
    )
    assert rating.lowest <= rate(pack, complete, 0).level <= rating.highest


_TOGETHER = ("separating", "controls_daily_life", "physical_violence")


@pytest.mark.parametrize("left_out", _TOGETHER)
def test_a_combination_holds_only_whole(left_out: str) -> None:
    """All three together are red; without one it is yellow, and that one is what would make it red."""
    two = tuple(name for name in _TOGETHER if name != left_out)
    whole = rate(PARTNER, row(PARTNER, *_TOGETHER), 0)
    part = rate(PARTNER, row(PARTNER, *two), 0)
    assert (whole.level, whole.floor) == (Level.RED, Level.RED)
    assert part.level is Level.YELLOW
    open_row = row(PARTNER, *two, unknown=(left_out,))
    vague = rate(PARTNER, open_row, 0)
    assert (vague.lowest, vague.highest) == (Level.YELLOW, Level.RED)
    assert next_question(PARTNER, vague) == PARTNER.tables.index[left_out]
    change = counterfactual(PARTNER, vague, open_row, vague.level)
    assert change is not None
    assert (change.indicator, change.level) == (PARTNER.tables.index[left_out], Level.RED)


def test_one_of_a_group_stands_for_it() -> None:
    """Sexual violence stands for physical violence; both are no more than one of them."""
    sexual = row(PARTNER, "separating", "controls_daily_life", "forced_sex")
    assert rate(PARTNER, sexual, 0).level is Level.RED
    assert (
        rate(PARTNER, row(PARTNER, "separating", "physical_violence", "forced_sex"), 0).level
        is Level.YELLOW
    )
