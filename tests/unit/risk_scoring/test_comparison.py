"""Laws of comparing a shadow with the live pack."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Level
from services.risk_scoring.domain.comparison import Decided, Rise, compare

DECISIONS = st.dictionaries(
    st.sampled_from([f"e{number}" for number in range(12)]),
    st.builds(Decided, st.sampled_from(["H1", "H2"]), st.sampled_from(list(Level))),
)


@given(DECISIONS, DECISIONS)
def test_counts_add_up(shadow: dict[str, Decided], live: dict[str, Decided]) -> None:
    """Every shadow decision is compared or alone; a compared one agrees, is higher or is lower."""
    found = compare(shadow, live)
    assert found.compared + found.alone == len(shadow)
    assert found.agree + found.higher + found.lower == found.compared
    assert all(rise.shadow > rise.live for rise in found.rises)


def test_the_newest_pair_says_who_rises() -> None:
    """A subject that rose in the shadow once, and agrees by now, is no rise."""
    first, second = Decided("H1", Level.RED), Decided("H1", Level.RED)
    live = {"a": Decided("H1", Level.GREEN), "b": Decided("H1", Level.RED)}
    assert compare({"a": first}, live).rises == [Rise("H1", Level.GREEN, Level.RED)]
    assert compare({"a": first, "b": second}, live).rises == []
