"""Which homes are due again: counted at every tier, by the earliest of a home's packs, never after it moved away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import DAY_MS
from services.common.terms import Level
from services.risk_scoring.domain.profile import PackState, Profile
from services.risk_scoring.domain.reassessment import Due, due_of, waiting
from tests.unit.risk_scoring.makers import DAY_0

VILLAGES = ("532301101001", "532301101002", "532302101001")


def _state(pack_id: str, level: Level, due_ms: int) -> PackState:
    return PackState(pack_id, "1", level, level, 0, b"", DAY_0, DAY_0, "d", due_ms)


def test_a_home_is_due_by_its_earliest_pack_at_its_highest_level() -> None:
    """Two packs: the red one's level, the green one's earlier date."""
    packs = (_state("a", Level.RED, DAY_0 + 9), _state("b", Level.GREEN, DAY_0 + 5))
    profile = Profile("H1", "532301101001001", packs)
    assert due_of(profile) == Due("H1", "532301101001001", Level.RED, DAY_0 + 5)


def test_who_was_never_rated_or_moved_away_is_not_due() -> None:
    """A home without a rating, and one whose household left, are nobody's to assess here."""
    packs = (_state("a", Level.RED, DAY_0),)
    assert due_of(Profile("H1", "532301101001001")) is None
    assert due_of(Profile("H1", "532301101001001", packs, moved_to="H2")) is None


@given(
    st.lists(
        st.tuples(st.sampled_from(VILLAGES), st.sampled_from(list(Level)), st.integers(-20, 20))
    )
)
def test_each_tier_counts_the_same_homes(homes: list[tuple[str, Level, int]]) -> None:
    """Villages add up to townships, counties and the prefecture; a home is overdue, soon, or neither."""
    dues = [
        Due(f"H{n}", place, level, DAY_0 + days * DAY_MS)
        for n, (place, level, days) in enumerate(homes)
    ]
    counted = waiting(dues, DAY_0, 7 * DAY_MS)
    for digits in (12, 9, 6):
        units = [row for code, row in counted.items() if len(code) == digits and code[4:6] != "00"]
        assert sum(row.rated for row in units) == len(dues)
        assert sum(row.overdue.total() for row in units) == sum(days < 0 for _, _, days in homes)
        assert sum(row.soon for row in units) == sum(0 <= days <= 7 for _, _, days in homes)
    if dues:
        whole = counted["532300"]
        assert (whole.rated, whole.overdue.total()) == (
            len(dues),
            sum(due.due_ms < DAY_0 for due in dues),
        )
        late = [due.due_ms for due in dues if due.due_ms < DAY_0]
        assert whole.oldest_due_ms == min(late, default=0)
