"""What the simulation needs of the rule packs: their ids, points, floors and level thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.common.pack_catalogue import PackOutline, load_outlines
from services.common.terms import Level

HOUSEHOLD_PACK = "household_dispute"
PARTNER_PACK = "partner_violence"


@dataclass(frozen=True, slots=True)
class PackShape:
    """A pack as the simulation sees it: which answers lead to which level."""

    pack_id: str
    indicators: tuple[str, ...]
    points: Mapping[str, int]
    floors: Mapping[str, Level]
    implied: Mapping[str, tuple[str, ...]]
    yellow_at: int
    red_at: int
    # Floors of what holds together, with the groups of which each has a yes.
    combinations: tuple[tuple[Level, tuple[frozenset[str], ...]], ...]

    def level(self, yes: tuple[str, ...]) -> Level:
        """The level these indicators lead to when all others are answered "no"."""
        total = sum(self.points.get(name, 0) for name in yes)
        floor = max((self.floors.get(name, Level.GREEN) for name in yes), default=Level.GREEN)
        for together, groups in self.combinations:
            if not any(group.isdisjoint(yes) for group in groups):
                floor = max(floor, together)
        by_points = Level.GREEN
        if total >= self.yellow_at:
            by_points = Level.RED if total >= self.red_at else Level.YELLOW
        return max(floor, by_points)

    def with_floor(self, level: Level) -> tuple[str, ...]:
        """The indicators that alone lead to at least this level."""
        return tuple(name for name in self.indicators if self.floors.get(name) == level)

    def additive(self) -> tuple[str, ...]:
        """The indicators with points and no floor, in the pack's order."""
        return tuple(
            name for name in self.indicators if self.points.get(name) and name not in self.floors
        )


def load_shapes(folder: Path) -> Mapping[str, PackShape]:
    """The shapes of the household and the partner pack; ValueError when one is missing."""
    outlines = load_outlines(folder)
    missing = {HOUSEHOLD_PACK, PARTNER_PACK} - set(outlines)
    if missing:
        raise ValueError(
            f"{folder} has no pack {', '.join(sorted(missing))}; found: {', '.join(outlines)}"
        )
    contents = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("*.yaml"))]
    shapes = [_shape(outlines[content["id"]], content) for content in contents]
    return {shape.pack_id: shape for shape in shapes}


def _shape(outline: PackOutline, content: Mapping[str, Any]) -> PackShape:
    items = content["indicators"]
    floors = {item["id"]: Level[item["floor"].upper()] for item in items if item.get("floor")}
    return PackShape(
        pack_id=outline.pack_id,
        indicators=outline.indicators,
        points={item["id"]: int(item.get("weight", 0)) for item in items},
        floors=floors,
        implied=_implied(items),
        yellow_at=int(content["thresholds"]["yellow_at"]),
        red_at=int(content["thresholds"]["red_at"]),
        combinations=tuple(
            (Level[one["floor"].upper()], tuple(map(frozenset, one["each_of"])))
            for one in content.get("combinations", ())
        ),
    )


def _implied(items: Iterable[Mapping[str, Any]]) -> Mapping[str, tuple[str, ...]]:
    """The indicators that a kind of incident answers with "yes" by itself."""
    by_category: dict[str, tuple[str, ...]] = {}
    for item in items:
        for category in item.get("implied_by", ()):
            by_category[category] = (*by_category.get(category, ()), item["id"])
    return by_category
