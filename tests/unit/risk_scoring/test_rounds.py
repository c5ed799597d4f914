"""Laws of the rounds' fold: order and repetition change nothing, the newest counts, parents are sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.divisions import Divisions, contains
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.round_counts import (
    NOTHING,
    Counts,
    Rate,
    depth_of,
    ladder,
    mean,
    percent,
    totals,
)
from services.risk_scoring.domain.rounds import CaseSeen, Round, RoundsFold, Visit
from services.risk_scoring.service.round_units import (
    UnitsOfRound,
    UnknownUnit,
    attributed_above,
    known_unit,
)

GRIDS = ("532301001001001", "532301001001002", "532301001002001", "532302101001001")
PLACES = (*GRIDS, "532301001001", "532302101")
HOUSEHOLDS = tuple(f"H{number:020d}" for number in range(6))
TEXT = Text("文", "text")
ROUND = Round(
    "r1",
    TEXT,
    ("household_dispute",),
    date(2026, 3, 1),
    date(2026, 3, 30),
    100,
    200,
    "",
    TEXT,
    TEXT,
)
ROUNDS = (
    ROUND,
    replace(ROUND, id="r2", starts_ms=300, ends_ms=400, carries="r1"),
    replace(ROUND, id="x1", packs=("partner_violence",), starts_ms=150, ends_ms=350),
)
IDS = tuple(one.id for one in ROUNDS)


class Enter(NamedTuple):
    """A register entry."""

    round_id: str
    household: str
    grid: str
    at_ms: int
    file_id: bytes


class Told(NamedTuple):
    """A report."""

    round_id: str
    household: str
    visit: int
    at_ms: int
    event_id: bytes
    place: str


class Case(NamedTuple):
    """A case."""

    case_id: str
    seen: CaseSeen


Fact = Enter | Told | Case
ids = st.binary(min_size=16, max_size=16)
enters = st.builds(
    Enter,
    st.sampled_from(IDS),
    st.sampled_from(HOUSEHOLDS),
    st.sampled_from((*GRIDS, "")),
    st.integers(0, 3),
    st.sampled_from((b"a" * 16, b"b" * 16)),
)
told = st.builds(
    Told,
    st.sampled_from(IDS),
    st.sampled_from(HOUSEHOLDS),
    st.integers(1, 4),
    st.integers(-1, 3),
    ids,
    st.sampled_from(PLACES),
)
cases = st.builds(
    Case,
    st.sampled_from(("c1", "c2", "c3", "c4")),
    st.builds(
        CaseSeen,
        st.integers(1, 4),
        ids,
        st.sampled_from((*HOUSEHOLDS, "HSTRANGER", GRIDS[0])),
        st.sampled_from(("household_dispute", "partner_violence", "other")),
        st.sampled_from(("", "", "r1", "x1", "r9")),
        st.sampled_from(PLACES),
        st.sampled_from((50, 100, 120, 250, 300, 999)),
        st.sampled_from((0, 1000)),
    ),
)
# An event id, and the sequence and hash of a ledger entry, belong to one content for ever.
facts = st.lists(
    st.one_of(enters, told, cases),
    max_size=40,
    unique_by=lambda fact: (
        fact.event_id
        if isinstance(fact, Told)
        else (fact.case_id, fact.seen[:2])
        if isinstance(fact, Case)
        else fact
    ),
)


def folded(given_facts: list[Fact]) -> RoundsFold:
    """The fold after these facts in this order."""
    fold = RoundsFold(ROUNDS)
    for fact in given_facts:
        if isinstance(fact, Enter):
            fold.enter(*fact)
        elif isinstance(fact, Told):
            fold.report(*fact)
        else:
            fold.case(*fact)
    return fold


def by_hand(given_facts: list[Fact], round_id: str) -> dict[str, Counts]:
    """The counts of a round by the definitions, without any state."""
    register: dict[str, str] = {}
    for enter in sorted(f for f in given_facts if isinstance(f, Enter) and f.round_id == round_id):
        register[enter.household] = ""
    for household in register:
        own = [f for f in given_facts if isinstance(f, Enter)]
        mine = [f for f in own if (f.round_id, f.household) == (round_id, household)]
        register[household] = max(mine, key=lambda f: (f.at_ms, f.file_id, f.grid)).grid
    newest: dict[str, Told] = {}
    for report in (f for f in given_facts if isinstance(f, Told) and f.round_id == round_id):
        stands = newest.get(report.household)
        if stands is None or (report.at_ms, report.event_id) > (stands.at_ms, stands.event_id):
            newest[report.household] = report
    found: Counter[tuple[str, str]] = Counter()
    for household, grid in register.items():
        if grid:
            found[grid, "target"] += 1
            if household in newest:
                found[grid, Visit(newest[household].visit).name.lower()] += 1
    for household, report in newest.items():
        if not register.get(household) and report.visit == Visit.ASSESSED:
            found[report.place, "assessed_unregistered"] += 1
    _cases_by_hand(given_facts, round_id, register, found)
    places = {place for place, _ in found}
    return {
        place: Counts(**{name: n for (at, name), n in found.items() if at == place})
        for place in places
    }


def _cases_by_hand(
    given_facts: list[Fact],
    round_id: str,
    register: dict[str, str],
    found: Counter[tuple[str, str]],
) -> None:
    ledgers: dict[str, CaseSeen] = {}
    for fact in given_facts:
        if isinstance(fact, Case):
            stands = ledgers.get(fact.case_id, fact.seen)
            ledgers[fact.case_id] = max(stands, fact.seen, key=lambda seen: seen[:2])
    for case in ledgers.values():
        begun = [
            one
            for one in ROUNDS
            if case.pack_id in one.packs and one.starts_ms <= case.opened_at_ms
        ]
        by_time = max(begun, key=lambda one: one.starts_ms).id if begun else ""
        if (case.round_id or by_time) == round_id:
            grid = register.get(case.subject_id, "")
            kind = "cases" if grid else "other_cases"
            found[grid or case.place, f"{kind}_opened"] += 1
            if case.resolved_at_ms:
                found[grid or case.place, f"{kind}_resolved"] += 1


@given(facts)
def test_counts_are_those_of_the_definitions(given_facts: list[Fact]) -> None:
    """Every count of every place is what the definitions give by hand."""
    fold = folded(given_facts)
    for round_id in IDS:
        shown = {place: n for place, n in fold.counts(round_id).items() if n != NOTHING}
        assert shown == by_hand(given_facts, round_id)


@given(facts, st.randoms(use_true_random=False), st.lists(st.integers(0, 39), max_size=10))
def test_order_and_repetition_change_nothing(
    given_facts: list[Fact], chance: Random, again: list[int]
) -> None:
    """The same facts in any order, some of them twice, give the same counts and the same missing households."""
    other = given_facts + [given_facts[n] for n in again if n < len(given_facts)]
    chance.shuffle(other)
    one, two = folded(given_facts), folded(other)
    for round_id in IDS:
        assert one.counts(round_id) == two.counts(round_id)
        for grid in GRIDS:
            assert one.missing(round_id, grid) == two.missing(round_id, grid)


@given(facts)
def test_missing_households_are_as_many_as_counted(given_facts: list[Fact]) -> None:
    """The list of a grid is as long as its count says, and holds nobody twice."""
    fold = folded(given_facts)
    for round_id in IDS:
        counts = fold.counts(round_id)
        for grid in GRIDS:
            listed = fold.missing(round_id, grid)
            assert len(set(listed)) == len(listed) == counts.get(grid, NOTHING).missing


@given(facts)
def test_a_household_counts_once_wherever_it_moves(given_facts: list[Fact]) -> None:
    """The target of the prefecture is the number of distinct households whose newest entry names a grid."""
    for round_id in IDS:
        entries = [f for f in given_facts if isinstance(f, Enter) and f.round_id == round_id]
        newest: dict[str, Enter] = {}
        for entry in sorted(entries, key=lambda f: (f.at_ms, f.file_id, f.grid)):
            newest[entry.household] = entry
        expected = sum(bool(entry.grid) for entry in newest.values())
        sums = totals(folded(given_facts).counts(round_id))
        assert sums.get("532300", NOTHING).target == expected


places = st.dictionaries(
    st.sampled_from((*PLACES, "532303001001001", "532303")),
    st.builds(Counts, *[st.integers(0, 9)] * len(NOTHING)),
)


@given(places)
def test_every_parent_is_the_sum_of_its_children(own: dict[str, Counts]) -> None:
    """At every unit: what is its own plus the totals of the units one tier below."""
    sums = totals(own)
    for unit, total in sums.items():
        children = [c for c in sums if ladder(c)[1:2] == (unit,)]
        added = own.get(unit, NOTHING)
        for child in children:
            added = added.plus(sums[child])
        assert total == added


@given(places)
def test_the_lines_of_a_report_add_up_to_its_total(own: dict[str, Counts]) -> None:
    """Units of any depth plus what named no smaller place are the total, count by count."""
    divisions = Divisions({code: code for code in ("532300", "532301", "532302", "532303")})
    units = UnitsOfRound(own, divisions)
    total = units.unit("532300").counts
    for depth in range(1, 5):
        lines = units.below("532300", depth)
        rest = attributed_above(total, lines)
        for line in lines:
            rest = rest.plus(line.counts)
        assert rest == total
        assert all(line.depth == depth for line in lines)


def test_a_tie_in_time_goes_to_the_greater_event_id() -> None:
    """Two reports of one moment: the event id decides, whichever came first."""
    low = Told("r1", "H", Visit.AWAY, 5, b"\x01" * 16, GRIDS[0])
    high = Told("r1", "H", Visit.ASSESSED, 5, b"\x02" * 16, GRIDS[0])
    entered = Enter("r1", "H", GRIDS[1], 0, b"f" * 16)
    for order in ([entered, low, high], [high, low, entered]):
        assert folded(list(order)).counts("r1") == {GRIDS[1]: Counts(target=1, assessed=1)}


def test_two_entries_of_one_file_and_time_do_not_depend_on_order() -> None:
    """A file never says two things of a household; if one did, the result is still one."""
    one, two = (Enter("r1", "H", grid, 1, b"f" * 16) for grid in GRIDS[:2])
    assert folded([one, two]).counts("r1") == folded([two, one]).counts("r1")


def test_a_retracted_household_leaves_the_target() -> None:
    """A later entry without a grid takes the household out; its assessment is then unregistered."""
    seen = Told("r1", "H", Visit.ASSESSED, 5, b"e" * 16, GRIDS[0])
    entered, gone = (Enter("r1", "H", g, at, b"f" * 16) for g, at in ((GRIDS[0], 1), ("", 2)))
    assert folded([entered, gone, seen]).counts("r1") == {GRIDS[0]: Counts(assessed_unregistered=1)}


def test_a_round_that_is_not_defined_is_named_and_not_counted() -> None:
    """Reports and entries of an unknown round only leave its name."""
    fold = folded([Told("2099-1", "H", 1, 5, b"e" * 16, GRIDS[0])])
    assert fold.strangers == {"2099-1"}
    with pytest.raises(KeyError):
        fold.counts("2099-1")


def test_who_lives_there_on_a_day_of_the_round_is_expected() -> None:
    """Moved in on the last day or out on the first still counts; a day beyond does not."""
    assert ROUND.expects("", "")
    assert ROUND.expects("2026-03-30", "")
    assert not ROUND.expects("2026-03-31", "")
    assert ROUND.expects("", "2026-03-01")
    assert not ROUND.expects("", "2026-02-28")


def test_rates_are_rounded_only_when_read() -> None:
    """Half goes up; the mean is of exact shares; no denominator, no rate."""
    assert percent(Rate(1, 3).share) == "33.33"
    assert percent(Fraction(1, 1)) == "100.00"
    assert percent(Fraction(95225, 1_000_00)) == "95.23"
    assert percent(Fraction(1, 8), 0) == "13"
    assert percent(Rate(0, 0).share) == ""
    assert mean([Rate(1, 3), Rate(2, 3), Rate(0, 0)]) == Fraction(1, 2)
    assert mean([Rate(0, 0)]) is None


def test_the_ladder_goes_up_to_the_prefecture() -> None:
    """A grid has four units above it, each containing it."""
    steps = ladder(GRIDS[0])
    assert steps == (GRIDS[0], "532301001001", "532301001", "532301", "532300")
    assert all(contains(outer, GRIDS[0]) for outer in steps)
    assert [depth_of(code) for code in steps] == [4, 3, 2, 1, 0]


def test_an_unknown_unit_is_told_what_is_near() -> None:
    """The error names the units below the nearest known one, with their official names."""
    divisions = Divisions({"532300": "楚雄州", "532301": "楚雄市", "532301001": "鹿城镇"})
    assert known_unit(divisions, "") == "532300"
    with pytest.raises(UnknownUnit, match="532301001 鹿城镇"):
        known_unit(divisions, "532301999")
    with pytest.raises(UnknownUnit, match="532300 楚雄州"):
        known_unit(divisions, "999999")
