"""The real units of Chuxiong prefecture, read from the data files beside this module."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

PREFECTURE_CODE = "532300"
PREFECTURE_NAME = "楚雄彝族自治州"
COMMITTEE_ENDINGS = (
    ("村民委员会", "村"),
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("农村社区", "社区"),
    ("居民委员会", "社区"),
)
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Unit:
    """A division: its statistics code and its Chinese name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Places:
    """All units of the prefecture, each tier in the order of codes."""

    prefecture: Unit
    counties: tuple[Unit, ...]
    townships: tuple[Unit, ...]
    villages: tuple[Unit, ...]

    def all(self) -> tuple[Unit, ...]:
        """Every unit, the prefecture first."""
        return (self.prefecture, *self.counties, *self.townships, *self.villages)


def load_places() -> Places:
    """The 10 counties, 103 townships and 1,106 villages and communities, edition 2023."""
    return Places(
        Unit(PREFECTURE_CODE, PREFECTURE_NAME),
        _units(_HERE / "counties.csv"),
        _units(_HERE / "townships.csv"),
        _units(_HERE / "villages.csv"),
    )


def short_name(name: str) -> str:
    """What people call a village: 云龙村 for 云龙村民委员会, 东兴社区 for 东兴社区居民委员会."""
    for ending, short in COMMITTEE_ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending) + short
    return name


def is_urban(village: Unit) -> bool:
    """Whether the unit is a neighbourhood community rather than a village."""
    return "社区" in village.name or village.name.endswith("居民委员会")


def _units(path: Path) -> tuple[Unit, ...]:
    with path.open(encoding="utf-8", newline="") as lines:
        facts = (line for line in lines if not line.startswith("#"))
        return tuple(Unit(row["code"], row["name"]) for row in csv.DictReader(facts))
