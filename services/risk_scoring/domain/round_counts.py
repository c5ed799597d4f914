"""What a round amounts to at a unit: whole counts, and rates as two whole numbers.

Coverage (评估率) is assessed ÷ target: the households of the register whose newest report of the round says
"assessed", of all households of the register. Refused, away and moved households stay in the target; a
household leaves it only by the register (retracted, or moved out before the round began).

Resolution (化解率) is resolved ÷ opened: of the round's cases of households of its register, those that are
resolved. A case belongs to the round whose assessment opened it. One that an incident opened belongs to the
round in whose time it was opened: from the start of the round until the next one with the same rule pack
starts. So each case belongs to one round, and it counts whatever its level.

Nothing is rounded before it is summed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from operator import add
from typing import NamedTuple

from services.common.divisions import code_at, tier_of
from services.common.terms import Tier

_COUNTY_DIGITS, _DIGITS_PER_TIER = 6, 3
_TIERS_UP = (Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY, Tier.PREFECTURE)


class Rate(NamedTuple):
    """An exact share."""

    numerator: int
    denominator: int

    @property
    def share(self) -> Fraction | None:
        """The exact value; None when there is nothing to take a share of."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None


class Counts(NamedTuple):
    """Whole numbers of households and cases of one round at one place."""

    target: int = 0
    assessed: int = 0
    refused: int = 0
    away: int = 0
    moved: int = 0
    # Assessed in the round, but not on its register: in no rate.
    assessed_unregistered: int = 0
    cases_opened: int = 0
    cases_resolved: int = 0
    # Cases of other subjects than the register's households: in no rate.
    other_cases_opened: int = 0
    other_cases_resolved: int = 0

    @property
    def missing(self) -> int:
        """Households of the register that nobody has reported on."""
        return self.target - self.assessed - self.refused - self.away - self.moved

    @property
    def coverage(self) -> Rate:
        """评估率: assessed ÷ target."""
        return Rate(self.assessed, self.target)

    @property
    def resolution(self) -> Rate:
        """化解率: cases resolved ÷ cases opened."""
        return Rate(self.cases_resolved, self.cases_opened)

    def plus(self, other: Counts) -> Counts:
        """The sum, count by count."""
        return Counts(*map(int.__add__, self, other))


NOTHING = Counts()


def totals(own: Mapping[str, Counts]) -> dict[str, Counts]:
    """Counts of every unit that holds something, those of the units below it included.

    What was reported at a village without naming a grid belongs to the village, and to none of its grids.
    """
    found = {code: list(counts) for code, counts in own.items()}
    waiting = set(own)
    # The smallest units first: a unit is handed on only when all it contains has been added to it.
    while waiting:
        smallest = max(map(_size_order, waiting))
        for code in [one for one in waiting if _size_order(one) == smallest]:
            waiting.discard(code)
            above = parent_of(code)
            if above:
                counts = found.setdefault(above, list(NOTHING))
                counts[:] = map(add, counts, found[code])
                waiting.add(above)
    return {code: Counts(*counts) for code, counts in found.items()}


def parent_of(code: str) -> str:
    """The unit just above: of a grid its village, up to the prefecture; "" above that."""
    above = (code_at(code, tier) for tier in _TIERS_UP)
    return next((unit for unit in above if unit and unit != code), "")


def ladder(code: str) -> tuple[str, ...]:
    """A place and the units around it, upwards: grid, village, township, county, prefecture."""
    above = parent_of(code)
    return (code, *ladder(above)) if above else (code,)


def depth_of(code: str) -> int:
    """0 for a prefecture, then county, township, village, and 4 for a grid."""
    if len(code) <= _COUNTY_DIGITS:
        return int(tier_of(code) is Tier.COUNTY)
    return len(code) // _DIGITS_PER_TIER - 1


def mean(rates: Iterable[Rate]) -> Fraction | None:
    """The exact mean of those rates that exist: the average over rounds."""
    shares = [rate.share for rate in rates if rate.share is not None]
    return sum(shares, Fraction()) / len(shares) if shares else None


def percent(share: Fraction | None, digits: int = 2) -> str:
    """A share as people read it, such as "95.22", rounded half up only here; "" when there is none."""
    if share is None:
        return ""
    scale = 10**digits
    whole = (share.numerator * 200 * scale + share.denominator) // (2 * share.denominator)
    return f"{whole // scale}.{whole % scale:0{digits}d}" if digits else str(whole)


def _size_order(code: str) -> tuple[int, bool]:
    """Larger for smaller units: a unit above another has fewer digits, or is its prefecture."""
    return len(code), tier_of(code) is not Tier.PREFECTURE
