"""Who is visited when in a round, and how many of each grid cannot be assessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.cli.simulate.seeded import apportion, stream
from services.cli.simulate.world import Grid, World

# Shares of households assessed, round by round; the mean is 95.22 %.
COVERAGE = (0.9460, 0.9505, 0.9545, 0.9578)
MISSED = {"refused": 30, "away": 50, "moved": 20}


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """The grids of each day of one round, and the number of households missed in each grid."""

    number: int
    grids_by_day: Sequence[Sequence[Grid]]
    missed: Sequence[int]


def plan_round(world: World, number: int, days: int) -> RoundPlan:
    """Spread all grids over the days; the missed add up exactly to the round's coverage."""
    dice = stream(world.seed, "round", number)
    missed = round(world.households * (1.0 - COVERAGE[number - 1]))
    weights = [grid.households * dice.uniform(0.3, 1.7) for grid in world.grids]
    order = list(world.grids)
    dice.shuffle(order)
    edges = [day * len(order) // days for day in range(days + 1)]
    by_day = [order[start:end] for start, end in pairwise(edges)]
    return RoundPlan(number, by_day, apportion(missed, weights))
