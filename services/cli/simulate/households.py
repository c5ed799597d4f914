"""The latent truth about households: which are at risk, from which round to which, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from services.cli.simulate.packs import HOUSEHOLD_PACK, PARTNER_PACK, PackShape
from services.cli.simulate.seeded import stream
from services.cli.simulate.world import Grid
from services.common.terms import Level

# Shares of all households, of those at risk in an average round.
RISK_SHARES = {Level.RED: 0.003, Level.YELLOW: 0.015, Level.GREEN: 0.052}
PARTNER_SHARE_AT_RISK = 0.3
PARTNER_SHARE_QUIET = 0.1
# First round at risk, first round no longer at risk, and how common that is.
SPANS = {(1, 5): 55, (1, 3): 15, (2, 5): 12, (3, 5): 10, (2, 4): 8}
_PRESENT = sum((end - start) / 4 * weight for (start, end), weight in SPANS.items()) / 100
_AT_RISK = sum(RISK_SHARES.values()) / _PRESENT
COUNTY_SPREAD = (0.7, 1.3)


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A household with at least one true indicator, from round `since` until before `until`.

    GREEN: some indicator, but below the yellow threshold.
    """

    offset: int
    household_no: str
    level: Level
    pack_id: str
    yes: tuple[str, ...]
    since: int
    until: int

    def in_round(self, number: int) -> bool:
        """Whether the risk is there in this round."""
        return self.since <= number < self.until


@dataclass(frozen=True, slots=True)
class Homes:
    """The homes of one grid that differ from the quiet household asked about household disputes."""

    at_risk: Mapping[int, AtRisk]
    quiet_partner: frozenset[int]


def homes_of(seed: int, grid: Grid, packs: Mapping[str, PackShape]) -> Homes:
    """The latent traits of a grid's households; the same whenever asked."""
    dice = stream(seed, "homes", grid.code)
    risk = _AT_RISK * county_factor(seed, grid.code[:6])
    partner_from = 1.0 - PARTNER_SHARE_QUIET
    at_risk: dict[int, AtRisk] = {}
    partner: set[int] = set()
    for offset in range(grid.households):
        draw = dice.random()
        if draw < risk:
            at_risk[offset] = _household(dice, grid, offset, packs)
        elif draw > partner_from:
            partner.add(offset)
    return Homes(at_risk, frozenset(partner))


def county_factor(seed: int, county: str) -> float:
    """How much more or less a county's households are at risk than the average."""
    return stream(seed, "county", county).uniform(*COUNTY_SPREAD)


def _household(dice: Random, grid: Grid, offset: int, packs: Mapping[str, PackShape]) -> AtRisk:
    level = dice.choices(list(RISK_SHARES), list(RISK_SHARES.values()))[0]
    pack_id = PARTNER_PACK if dice.random() < PARTNER_SHARE_AT_RISK else HOUSEHOLD_PACK
    since, until = dice.choices(list(SPANS), list(SPANS.values()))[0]
    yes = indicators_for(dice, packs[pack_id], level)
    # A small pack may not be able to reach the level drawn; the truth is what its answers say.
    reached = packs[pack_id].level(yes)
    return AtRisk(offset, grid.household_no(offset), reached, pack_id, yes, since, until)


def indicators_for(dice: Random, pack: PackShape, level: Level) -> tuple[str, ...]:
    """Indicators of the pack that lead to exactly this level."""
    floors = pack.with_floor(level) if level > Level.GREEN else ()
    if floors and dice.random() < 0.5:
        trigger = dice.choice(floors)
        wanted = (trigger, *_up_to(dice, pack, pack.yellow_at - 1 - pack.points.get(trigger, 0)))
        return wanted if pack.level(wanted) is level else (trigger,)
    return _by_points(dice, pack, level)


def _by_points(dice: Random, pack: PackShape, level: Level) -> tuple[str, ...]:
    """Additive indicators, one after the other, until their points reach the level."""
    names = list(pack.additive())
    dice.shuffle(names)
    if level is Level.GREEN:
        return _first_green(names, pack, 1 + (dice.random() < 0.4))
    chosen: tuple[str, ...] = ()
    for name in names:
        if pack.level((*chosen, name)) <= level:
            chosen = (*chosen, name)
        if pack.level(chosen) is level:
            break
    return chosen


def _first_green(names: list[str], pack: PackShape, count: int) -> tuple[str, ...]:
    chosen: tuple[str, ...] = ()
    for name in names:
        if len(chosen) < count and pack.level((*chosen, name)) is Level.GREEN:
            chosen = (*chosen, name)
    return chosen


def _up_to(dice: Random, pack: PackShape, points: int) -> tuple[str, ...]:
    """One or two further indicators within the given points."""
    names = [name for name in pack.additive() if pack.points[name] <= max(points, 0)]
    return tuple(dice.sample(names, min(len(names), 1)))
