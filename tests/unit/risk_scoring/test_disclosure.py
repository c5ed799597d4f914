"""Laws of hiding small cells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.risk_scoring.domain.disclosure import shown

SIZES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 60), min_size=1)


@given(SIZES, st.integers(2, 20), st.data())
def test_nothing_small_can_be_known(sizes: dict[str, int], least: int, data: st.DataObject) -> None:
    """No shown count is small, nor its rest of the group; a shown total leaves two or more hidden with a large sum."""
    cells = {name: data.draw(st.integers(0, size)) for name, size in sizes.items()}
    for bounds in (None, sizes):
        column = shown(cells, bounds, least)
        visible = {name: count for name, count in column.cells.items() if count is not None}
        for name, count in visible.items():
            assert count == cells[name] >= least
            assert bounds is None or sizes[name] - count >= least
        gone = cells.keys() - visible.keys()
        if column.total is not None:
            assert column.total == sum(cells.values()) >= least
            assert not gone or (len(gone) >= 2 and column.total - sum(visible.values()) >= least)


def test_one_small_cell_takes_another_with_it() -> None:
    """The smallest of the others is hidden too, so that the total does not give the small one away."""
    column = shown({"a": 3, "b": 40, "c": 90}, None, 10)
    assert column.cells == {"a": None, "b": None, "c": 90}
    assert column.total == 133


def test_nothing_small_hides_nothing() -> None:
    """With no small cell all is shown."""
    column = shown({"a": 10, "b": 40}, {"a": 20, "b": 50}, 10)
    assert column.cells == {"a": 10, "b": 40} and column.total == 50


def test_almost_all_of_a_group_is_small_too() -> None:
    """A count that leaves out a few of a group tells who they are not, and is hidden."""
    column = shown({"a": 48, "b": 40, "c": 20}, {"a": 50, "b": 90, "c": 80}, 10)
    assert column.cells == {"a": None, "b": 40, "c": None}
