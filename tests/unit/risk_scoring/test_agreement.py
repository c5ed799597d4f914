"""The agreement monitor: what it counts, and what it flags."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.settings import CommonSettings
from services.common.terms import Level
from services.risk_scoring.adapters.monitor_pages import load_limits
from services.risk_scoring.domain.agreement import (
    Flag,
    Group,
    Judged,
    Tally,
    shown,
    tallied,
)

LIMITS = load_limits(CommonSettings().monitors_dir)
GRID = "532301001002003"
PLACES = [GRID, "532301001002004", "532301002001001", "532302001001001", "532302"]
judgements = st.lists(
    st.builds(
        Judged,
        st.sampled_from(PLACES),
        st.just("household_dispute"),
        st.sampled_from(["1", "2"]),
        st.sampled_from(list(Level)),
        st.sampled_from(list(Level)),
    ),
    max_size=60,
)


def assessments(own: Level, computed: Level, number: int) -> list[Judged]:
    """So many alike, in one grid."""
    return [Judged(GRID, "p", "1", own, computed)] * number


def tally_of(judged: list[Judged]) -> Tally:
    """The county's counts."""
    return tallied(judged)[Group("532301", "p", "1")]


@given(judgements)
def test_counts_add_up(judged: list[Judged]) -> None:
    """Agreed, higher and lower make the whole; a unit has what the units below it have; order does not matter."""
    counted = tallied(judged)
    for group, tally in counted.items():
        assert tally.agreed + tally.upward + tally.downward == tally.assessments > 0
        below = [
            one
            for other, one in counted.items()
            if other[1:] == group[1:]
            and other.unit.startswith(group.unit)
            and len(other.unit) == len(group.unit) + 3
        ]
        assert sum(one.assessments for one in below) <= tally.assessments
    assert tallied(reversed(judged)) == counted
    both = [one for one in judged if one.own and one.computed]
    counties = [tally.assessments for group, tally in counted.items() if len(group.unit) == 6]
    assert sum(counties) == len(both)


def test_near_total_from_50_assessments_and_97_percent() -> None:
    """49 in full agreement say nothing; 50 do; 97 of 100 do; 96 of 100 do not."""
    green, yellow = Level.GREEN, Level.YELLOW
    mixed = assessments(yellow, yellow, 1)

    def flagged(agreed: int, other: int) -> bool:
        judged = [*assessments(green, green, agreed), *mixed, *assessments(green, yellow, other)]
        return Flag.NEAR_TOTAL in tally_of(judged).flags(LIMITS)

    assert [flagged(48, 0), flagged(49, 0), flagged(96, 3), flagged(95, 4)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_one_level_only() -> None:
    """Whoever gives green to fifty homes, whatever the rules say, is worth a look."""
    green = assessments(Level.GREEN, Level.GREEN, 30) + assessments(Level.GREEN, Level.RED, 20)
    assert tally_of(green).flags(LIMITS) == (Flag.ONE_LEVEL,)
    assert tally_of(green[:49]).flags(LIMITS) == ()
    assert tally_of([*green, *assessments(Level.RED, Level.RED, 1)]).flags(LIMITS) == ()


def test_overrides_by_direction() -> None:
    """Above the computed level is upward, below it downward."""
    judged = assessments(Level.RED, Level.GREEN, 2) + assessments(Level.GREEN, Level.YELLOW, 1)
    tally = tally_of(judged)
    assert (tally.agreed, tally.upward, tally.downward) == (0, 2, 1)


def test_small_units_are_not_shown() -> None:
    """Fewer assessments than the page says point to persons, and stay hidden."""
    judged = assessments(Level.GREEN, Level.GREEN, LIMITS.shown_from - 1)
    assert shown(tallied(judged), LIMITS) == []
    judged += judged[:1]
    assert [group.unit for group, _ in shown(tallied(judged), LIMITS)] == [
        "532301", "532301001", "532301001002",
    ]  # fmt: skip
