"""Small cells: a count that could point at a few households is hidden, and so is whatever would give it away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

MIN_CELL = 10


@dataclass(frozen=True, slots=True)
class Column:
    """Counts by group, None where hidden, and their sum, None where it would give a small count away."""

    cells: Mapping[str, int | None]
    total: int | None


def shown(
    cells: Mapping[str, int],
    sizes: Mapping[str, int] | None,
    min_cell: int,
    forced: Collection[str] = (),
) -> Column:
    """What may be shown of the counts of groups that together are everybody.

    Hidden are the `forced` groups and counts below `min_cell`; and, given the groups' sizes, those that
    leave out fewer than `min_cell` of their group, for these few are then known by what they are not. Since
    the total tells the sum of all hidden cells, the smallest others join until at least two are hidden and
    their sum is at least `min_cell`; where that cannot be, the total is hidden too.
    """
    chosen = {
        name
        for name, count in cells.items()
        if name in forced
        or count < min_cell
        or (sizes is not None and sizes[name] - count < min_cell)
    }
    for name in sorted(cells.keys() - chosen, key=lambda name: (cells[name], name)):
        if _safe(cells, chosen, min_cell):
            break
        chosen.add(name)
    safe = _safe(cells, chosen, min_cell)
    total = sum(cells.values())
    # All hidden: the total stands for the whole population only, and is a cell like any other.
    return Column(
        {name: None if name in chosen else count for name, count in cells.items()},
        total if safe and total >= min_cell else None,
    )


def _safe(cells: Mapping[str, int], chosen: Collection[str], min_cell: int) -> bool:
    """Whether nothing is hidden, or so much that its sum tells nothing of one small cell."""
    if not chosen:
        return True
    return len(chosen) >= 2 and sum(cells[name] for name in chosen) >= min_cell
