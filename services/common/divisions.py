"""Division codes: prefecture 4 digits + 00, county 6, township 9, village 12, grid 15 digits.

County and above: GB/T 2260; township: GB/T 10114; village: the statistics bureau's codes.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.common.terms import Tier

GRID_DIGITS = 15
_DIGITS = {Tier.VILLAGE: 12, Tier.TOWNSHIP: 9, Tier.COUNTY: 6}


def code_at(jurisdiction_code: str, tier: Tier) -> str:
    """The code of the unit of `tier` that contains (or is) the given jurisdiction.

    The prefecture of 532301001002 is 532300. "" when the code is coarser than the tier.
    """
    if tier is Tier.PREFECTURE:
        return f"{jurisdiction_code[:4]}00" if len(jurisdiction_code) >= 6 else ""
    digits = _DIGITS.get(tier, 0)
    if len(jurisdiction_code) < digits or tier_of(jurisdiction_code) > tier:
        return ""
    return jurisdiction_code[:digits]


def tier_of(code: str) -> Tier:
    """The tier a code belongs to; a grid belongs to its village."""
    if len(code) == 6:
        return Tier.PREFECTURE if code.endswith("00") else Tier.COUNTY
    by_digits = {9: Tier.TOWNSHIP, 12: Tier.VILLAGE, GRID_DIGITS: Tier.VILLAGE}
    return by_digits.get(len(code), Tier.NONE)


def contains(outer: str, inner: str) -> bool:
    """Whether the unit `outer` contains, or is, the unit `inner`. No unit, "", contains nothing."""
    stem = outer[:4] if tier_of(outer) is Tier.PREFECTURE else outer
    return bool(stem) and inner.startswith(stem)


@dataclass(frozen=True, slots=True)
class Divisions:
    """All known units: code to Chinese name."""

    names: Mapping[str, str]

    def __contains__(self, code: str) -> bool:
        return code in self.names

    def name(self, code: str) -> str:
        """The unit's Chinese name, or the code itself when unknown."""
        return self.names.get(code, code)

    @classmethod
    def load(cls, path: Path) -> Divisions:
        """Read a CSV with the columns code,name (UTF-8)."""
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return cls({row["code"]: row["name"] for row in csv.DictReader(lines)})
