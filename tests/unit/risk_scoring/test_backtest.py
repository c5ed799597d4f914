"""Laws of the backtest: two histories by one decide, counted exactly."""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import DAY_MS
from services.common.terms import Level
from services.risk_scoring.domain.backtest import (
    ANY_PACK,
    DeadlineKey,
    GroupKey,
    Groups,
    Measure,
    Pair,
    Question,
    Side,
    Sides,
    Term,
    When,
    replayed,
    same_for_both,
    tally,
)
from services.risk_scoring.domain.decide import decide
from services.risk_scoring.domain.flows import WHOLE, flows, loads
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import Report, ReportKind
from tests.unit.risk_scoring.candidates import changed
from tests.unit.risk_scoring.makers import (
    DAY_0,
    HOUSEHOLD,
    NO,
    PACKS,
    applied,
    assessed,
    reports,
    row,
)

SIDES = Sides(PACKS, PACKS)
STRICT = changed(HOUSEHOLD, yellow_at=1, red_at=2)
MILD = changed(HOUSEHOLD, yellow_at=90, red_at=91)
VISITS = {Level.YELLOW: 72.0, Level.RED: 24.0}


def _under(candidate: Pack, report: Report) -> Report:
    if report.pack is None or report.pack.id != candidate.id:
        return report
    return report._replace(pack=candidate)


def _pair(history: list[Report], candidate: Pack) -> Pair:
    def step(pair: Pair, one: Report) -> Pair:
        shared = same_for_both(one, candidate.id)
        return replayed(pair, one, one if shared else _under(candidate, one), SIDES)

    blank = Profile("H1")
    return reduce(step, history, Pair(blank, blank))


def _question(days: int = 0) -> Question:
    return Question(HOUSEHOLD.id, DAY_0 + days * DAY_MS, VISITS)


@given(reports(), st.sampled_from([STRICT, MILD, HOUSEHOLD]))
def test_each_side_is_the_plain_replay(history: list[Report], candidate: Pack) -> None:
    """Each side's profile is what `decide` alone gives for that side's packs."""
    pair = _pair(history, candidate)
    assert pair.live == applied(history)
    assert pair.candidate == applied([_under(candidate, one) for one in history])


@given(st.lists(reports(), max_size=4))
def test_counts_add_up(histories: list[list[Report]]) -> None:
    """Up, down and same are all; the whole is the sum of the counties; tallies of parts add up to that of all."""
    pairs = []
    for number, history in enumerate(histories):
        code = f"5323{number % 2 + 1:02d}00{number % 3 + 1}001"
        moved = [one._replace(jurisdiction_code=code) for one in history]
        pairs.append(_pair(moved, STRICT))
    total = tally(pairs, _question(), Groups())
    split = tally(pairs[:2], _question(), Groups())
    split.add(tally(pairs[2:], _question(), Groups()))
    assert split == total
    for pack_id in (HOUSEHOLD.id, ANY_PACK):
        by_unit = flows(total.in_force, pack_id)
        for flow in by_unit.values():
            assert flow.raised + flow.lowered + flow.same == flow.total
        for digits in (6, 9):
            parts = [flow for unit, flow in by_unit.items() if len(unit) == digits]
            assert sum(flow.total for flow in parts) == by_unit[WHOLE].total
            assert sum(flow.raised for flow in parts) == by_unit[WHOLE].raised
    assert flows(total.in_force, ANY_PACK)[WHOLE].total == total.subjects


def test_rise_and_hidden_fall() -> None:
    """A stricter pack raises the level in force; a fall that the ratchet hides shows in the computed level."""
    hit = row(HOUSEHOLD, "debt_dispute")
    quiet = bytes([NO]) * len(HOUSEHOLD.indicators)
    risen = _pair([assessed("a", HOUSEHOLD, hit)], STRICT)
    again = [assessed("a", HOUSEHOLD, hit), assessed("b", HOUSEHOLD, quiet, 9)]
    kept = _pair(again, STRICT)
    total = tally([risen, kept], _question(), Groups())
    in_force = flows(total.in_force, HOUSEHOLD.id)[WHOLE]
    computed = flows(total.computed, HOUSEHOLD.id)[WHOLE]
    assert in_force.raised == 2 and in_force.newly_red == 2
    assert computed.raised == 1 and computed.at(Level.GREEN, Level.GREEN) == 1


def test_a_pack_new_to_the_log() -> None:
    """What only the candidate can read goes from no level to one."""
    blank = Profile("H1")
    pair = replayed(
        Pair(blank, blank), None, assessed("a", STRICT, row(STRICT, "debt_dispute")), SIDES
    )
    flow = flows(tally([pair], _question(), Groups()).in_force, STRICT.id)[WHOLE]
    assert flow.at(Level.NONE, Level.RED) == flow.total == 1


def test_another_packs_event_is_decided_once() -> None:
    """While the histories agree they are one object: an event of another pack costs one decision."""
    other = assessed("a", HOUSEHOLD, row(HOUSEHOLD))
    blank = Profile("H1")
    assert same_for_both(other, "partner_violence")
    pair = replayed(Pair(blank, blank), other, other, SIDES)
    assert pair.live is pair.candidate
    assert pair.live == decide(blank, other).profile


def test_deadlines_of_both_sides() -> None:
    """A deadline is missed, within 7 days (and so 30), within 30, or later; at its very moment it is not missed."""
    pair = _pair([assessed("a", HOUSEHOLD, row(HOUSEHOLD))], HOUSEHOLD)
    state = pair.live.state_of(HOUSEHOLD.id)
    assert state is not None
    for before_due_days, expected in (
        (-0.001, {When.MISSED}),
        (0, {When.IN_7_DAYS, When.IN_30_DAYS}),
        (7, {When.IN_30_DAYS}),
        (30, set()),
    ):
        as_of = state.reassess_due_ms - int(before_due_days * DAY_MS)
        counts = tally([pair], Question(HOUSEHOLD.id, as_of, VISITS), Groups()).deadlines
        for side in Side:
            found = {
                key.when for key in counts if key.side is side and key.term is Term.REASSESSMENT
            }
            assert found == expected


def test_first_visits_only_of_the_newly_raised() -> None:
    """A household that the candidate raises needs a visit in the hours of its level; the others have their case."""
    history = [assessed("a", HOUSEHOLD, row(HOUSEHOLD, "debt_dispute"))]
    raised, same = _pair(history, STRICT), _pair(history, HOUSEHOLD)
    code = raised.live.jurisdiction_code[:9]
    counts = tally([raised, same], _question(), Groups()).deadlines
    visits = {key: count for key, count in counts.items() if key.term is Term.FIRST_VISIT}
    assert visits == {
        DeadlineKey(code, Side.CANDIDATE, Term.FIRST_VISIT, when): 1
        for when in (When.IN_7_DAYS, When.IN_30_DAYS)
    }
    late = tally([raised], _question(days=3), Groups()).deadlines
    assert late[DeadlineKey(code, Side.CANDIDATE, Term.FIRST_VISIT, When.MISSED)] == 1


def test_loads_against_capacity() -> None:
    """A unit's red households beyond its capacity are counted; a number for each fits townships only."""
    pair = _pair([assessed("a", HOUSEHOLD, row(HOUSEHOLD, "debt_dispute"))], STRICT)
    by_unit = flows(tally([pair], _question(), Groups()).in_force, ANY_PACK)
    by_code = {load.unit: load for load in loads(by_unit, {"532301": 5}, 0)}
    assert (by_code["532301"].over, by_code["532301"].capacity) == (0, 5)
    township = by_code["532301001"]
    assert (township.red_live, township.red_candidate, township.newly_red) == (0, 1, 1)
    assert township.over == 1


def test_groups_count_the_rated() -> None:
    """Each rated household counts once in each column; one the file does not name is in the unnamed group."""
    rated = _pair([assessed("a", HOUSEHOLD, row(HOUSEHOLD, "debt_dispute"))], STRICT)
    groups = Groups({"H1": (("sex", "f"),)}, (("sex", "-"),))
    unnamed = Pair(rated.live._replace(subject_id="H2"), rated.candidate._replace(subject_id="H2"))
    other = Report("x", "H3", "532301001", 0, 0, "", ReportKind.OTHER)
    blank = Profile("H3")
    counts = tally(
        [rated, unnamed, replayed(Pair(blank, blank), other, other, SIDES)], _question(), groups
    )
    assert counts.groups[GroupKey("sex", "f", Measure.RATED)] == 1
    assert counts.groups[GroupKey("sex", "f", Measure.NEWLY_RED)] == 1
    assert counts.groups[GroupKey("sex", "-", Measure.NEWLY_RED)] == 1
    assert counts.groups[GroupKey("sex", "f", Measure.RED_LIVE)] == 0
