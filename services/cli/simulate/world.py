"""Builds the prefecture: units, grids with their households and workers, and the roster of posts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from services.cli.simulate.officials import build_officials
from services.cli.simulate.places import Places, Unit, is_urban, load_places, short_name
from services.cli.simulate.seeded import apportion, stream
from services.common.roster import Official

FULL_GRIDS = 29_000
FULL_HOUSEHOLDS = 820_000
FULL_WORKERS = 31_000
SMALLEST_SCALE = 0.0001
URBAN_GRIDS = 1.6
URBAN_HOUSEHOLDS = 1.4


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid: how many households and workers it has, and the number of its first household."""

    index: int
    code: str
    village: str
    first_household: int
    households: int
    workers: int

    def household_no(self, offset: int) -> str:
        """The invented number of the household at `offset`: county code and eight digits."""
        return f"{self.code[:6]}{self.first_household + offset:08d}"

    def worker_ids(self) -> tuple[str, ...]:
        """The invented ids of the grid's workers."""
        return tuple(f"GW-{self.code}{number:02d}" for number in range(1, self.workers + 1))


@dataclass(frozen=True, slots=True)
class World:
    """A simulated prefecture; households and their traits are made when asked for."""

    seed: int
    scale: float
    places: Places
    grids: tuple[Grid, ...]
    officials: tuple[Official, ...]
    _edges: tuple[int, ...]

    @property
    def households(self) -> int:
        """How many households the world has."""
        return self._edges[-1]

    @property
    def workers(self) -> int:
        """How many grid workers the world has."""
        return sum(grid.workers for grid in self.grids)

    def home(self, number: int) -> tuple[Grid, int]:
        """The grid of the household counted `number` over the world, and its offset there."""
        grid = self.grids[bisect_right(self._edges, number)]
        return grid, number - (self._edges[grid.index] - grid.households)

    def divisions(self) -> Iterator[Unit]:
        """Every unit and grid, for divisions.csv."""
        yield from self.places.all()
        names = {village.code: short_name(village.name) for village in self.places.villages}
        for grid in self.grids:
            yield Unit(grid.code, f"{names[grid.village]}第{int(grid.code[12:])}网格")


def build_world(seed: int, scale: float) -> World:
    """The prefecture of this seed; scale 1.0 is full size, a smaller one thins grids, not units."""
    if not SMALLEST_SCALE <= scale <= 1.0:
        raise ValueError(f"scale is {scale}; it must be from {SMALLEST_SCALE} to 1.0")
    places = load_places()
    codes = _thinned(_all_grid_codes(seed, places), max(10, round(FULL_GRIDS * scale)))
    grids = _grids(seed, scale, places, codes)
    edges = tuple(accumulate(grid.households for grid in grids))
    return World(seed, scale, places, grids, build_officials(seed, places), edges)


def _all_grid_codes(seed: int, places: Places) -> list[str]:
    """The codes of all 29,000 grids, villages in order."""
    dice = stream(seed, "grids")
    weights = [
        dice.uniform(0.4, 1.8) * (URBAN_GRIDS if is_urban(village) else 1.0)
        for village in places.villages
    ]
    shares = apportion(FULL_GRIDS, weights)
    return [
        f"{village.code}{number:03d}"
        for village, share in zip(places.villages, shares, strict=True)
        for number in range(1, share + 1)
    ]


def _thinned(codes: Sequence[str], wanted: int) -> list[str]:
    """Evenly spaced grids of each county in proportion to its size, and at least one of each."""
    by_county: dict[str, list[str]] = {}
    for code in codes:
        by_county.setdefault(code[:6], []).append(code)
    shares = apportion(wanted, [len(own) for own in by_county.values()])
    kept: list[str] = []
    for own, share in zip(by_county.values(), shares, strict=True):
        number = max(1, share)
        kept += [own[(2 * step + 1) * len(own) // (2 * number)] for step in range(number)]
    return kept


def _grids(seed: int, scale: float, places: Places, codes: Sequence[str]) -> tuple[Grid, ...]:
    dice = stream(seed, "households")
    urban = {village.code for village in places.villages if is_urban(village)}
    weights = [
        dice.uniform(0.6, 1.4) * (URBAN_HOUSEHOLDS if code[:12] in urban else 1.0) for code in codes
    ]
    households = apportion(round(FULL_HOUSEHOLDS * scale), weights)
    seconds = max(0, round(FULL_WORKERS * scale) - len(codes))
    second_worker = apportion(seconds, [1.0] * len(codes))
    grids: list[Grid] = []
    county, first = "", 1
    for index, code in enumerate(codes):
        if code[:6] != county:
            county, first = code[:6], 1
        size = households[index]
        grids.append(Grid(index, code, code[:12], first, size, 1 + second_worker[index]))
        first += size
    return tuple(grids)
