"""A round's counts at the units of a jurisdiction, with their official names; also units where nothing happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.divisions import GRID_DIGITS, Divisions, contains, tier_of
from services.common.terms import Tier
from services.risk_scoring.domain.round_counts import NOTHING, Counts, depth_of, totals

GRID_DEPTH = 4


class UnknownUnit(ValueError):
    """The code is none of the divisions; `allowed` names what is."""

    def __init__(self, code: str, allowed: str) -> None:
        self.code = code
        self.allowed = allowed
        super().__init__(f"{code}: {allowed}")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, how many tiers below the prefecture it is, and its counts with those of the units below it."""

    code: str
    name: str
    depth: int
    counts: Counts


class UnitsOfRound:
    """All units of one round: those of the divisions, and those that reports name beyond them."""

    def __init__(self, own: Mapping[str, Counts], divisions: Divisions) -> None:
        self._totals = totals(own)
        self._divisions = divisions

    def unit(self, code: str) -> Unit:
        """One unit; UnknownUnit when it is none."""
        root = known_unit(self._divisions, code)
        return self._unit(root)

    def below(self, code: str, depth: int) -> list[Unit]:
        """The units of one depth that a unit contains, by code."""
        codes = self._divisions.names.keys() | self._totals.keys()
        return [
            self._unit(one)
            for one in sorted(codes)
            if one != code and contains(code, one) and depth_of(one) == depth
        ]

    def counts_at(self, code: str) -> Counts:
        """The counts at a code; all zero where nothing is known."""
        return self._totals.get(code, NOTHING)

    def _unit(self, code: str) -> Unit:
        return Unit(code, self._divisions.name(code), depth_of(code), self.counts_at(code))


def known_unit(divisions: Divisions, code: str) -> str:
    """The code, or the prefecture's when it is ""; UnknownUnit with what is allowed.

    As intake has it: of a grid the village must be known.
    """
    tops = [one for one in divisions.names if tier_of(one) is Tier.PREFECTURE]
    if not code and len(tops) == 1:
        return tops[0]
    if code in divisions or (len(code) == GRID_DIGITS and code[:12] in divisions):
        return code
    raise UnknownUnit(code, _nearest(divisions, code) or _listed(divisions, tops))


def attributed_above(total: Counts, units: Sequence[Unit]) -> Counts:
    """What a total holds that none of its units holds: reports that named no smaller place."""
    rest = list(total)
    for unit in units:
        rest = [left - part for left, part in zip(rest, unit.counts, strict=True)]
    return Counts(*rest)


def _nearest(divisions: Divisions, code: str) -> str:
    """The units just below the nearest known unit around a code."""
    for digits in (12, 9, 6):
        unit = code[:digits]
        if len(code) > digits and unit in divisions:
            deeper = depth_of(unit) + 1
            return _listed(
                divisions,
                [c for c in divisions.names if contains(unit, c) and depth_of(c) == deeper],
            )
    return ""


def _listed(divisions: Divisions, codes: Sequence[str], most: int = 12) -> str:
    """Codes with their names, cut when they are many."""
    shown = ", ".join(f"{code} {divisions.name(code)}" for code in sorted(codes)[:most])
    return shown + (", …" if len(codes) > most else "")
