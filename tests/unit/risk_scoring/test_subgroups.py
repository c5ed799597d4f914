"""The subgroup report cannot be turned into a small count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.divisions import Divisions
from services.risk_scoring.domain.backtest import GroupKey, Measure, Tally
from services.risk_scoring.domain.pack_identity import PackIdentity
from services.risk_scoring.service.backtest import Found
from services.risk_scoring.service.backtest_report import Terms, report

LEAST = 10


@st.composite
def _groups(draw: st.DrawFn) -> Tally:
    """Groups of any size with any number red before, newly red, raised otherwise, lowered."""
    tally = Tally()
    for label in draw(st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)):
        size = draw(st.integers(1, 80))
        newly = draw(st.integers(0, size))
        other = draw(st.integers(0, size - newly))
        lowered = draw(st.integers(0, size - newly - other))
        red = draw(st.integers(0, size - newly))
        for measure, count in zip(Measure, (size, red, newly, other, lowered), strict=True):
            if count:
                tally.groups[GroupKey("sex", label, measure)] = count
    return tally


@given(_groups())
def test_no_small_count_is_the_difference_of_large_ones(tally: Tally) -> None:
    """Neither a shown count, nor who stays of a group, nor the sum hidden under a total is small."""
    candidate = PackIdentity("small", "2.0.0", "0")
    terms = Terms(candidate, None, 0, Divisions({}), {}, None, LEAST)
    column = report(Found(tally), terms)["subgroups"]["columns"]["sex"]
    for label in column["rated"]["groups"]:
        size = column["rated"]["groups"][label]
        moves = [column[name]["groups"][label] for name in ("newly_red", "raised_other", "lowered")]
        assert all(count is None or count >= LEAST for count in [size, *moves])
        if size is not None and None not in moves:
            assert size - sum(moves) >= LEAST
    for measure in column.values():
        if measure["total"] is not None:
            shown = [count for count in measure["groups"].values() if count is not None]
            hidden = len(measure["groups"]) - len(shown)
            assert not hidden or (hidden >= 2 and measure["total"] - sum(shown) >= LEAST)


def test_shares_are_of_the_rated() -> None:
    """A share is the count over the group's rated households, and hidden when either is."""
    tally = Tally()
    for label, size, red in (("a", 100, 25), ("b", 200, 20)):
        tally.groups[GroupKey("sex", label, Measure.RATED)] = size
        tally.groups[GroupKey("sex", label, Measure.RED_LIVE)] = red
    candidate = PackIdentity("small", "2.0.0", "0")
    terms = Terms(candidate, None, 0, Divisions({}), {}, None, LEAST)
    column = report(Found(tally), terms)["subgroups"]["columns"]["sex"]
    assert column["red_live"]["shares"] == {"a": 0.25, "b": 0.1}
    assert column["newly_red"]["shares"] == {"a": None, "b": None}
