"""Acts reported once: police call-outs, complaints to the women's federation, grid workers' uploads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from services.cli.simulate.households import AtRisk, homes_of, indicators_for
from services.cli.simulate.packs import HOUSEHOLD_PACK, PARTNER_PACK, PackShape
from services.cli.simulate.schedule import Day
from services.cli.simulate.seeded import stream
from services.cli.simulate.sent import Sent, Source
from services.cli.simulate.wording import NARRATIVES, UPLOADS
from services.cli.simulate.world import Grid, World
from services.common.terms import Level

AT_RISK_SHARE = 0.6
NO_HOUSEHOLD_SHARE = 0.08
# Uploads that no pack rates: triage alone says who acts.
NO_PACK = ""
LEVELS = {Level.GREEN: 88, Level.YELLOW: 10, Level.RED: 2}


@dataclass(frozen=True, slots=True)
class Reporter:
    """A kind of sender: its role, and how common each category and pack is with it."""

    source: Source
    role: str
    opens: int
    closes: int
    kinds: Mapping[tuple[str, str], int]


POLICE = Reporter(
    Source.POLICE,
    "police",
    0,
    24,
    {
        ("domestic_violence", PARTNER_PACK): 40,
        ("household_dispute", HOUSEHOLD_PACK): 35,
        ("debt_dispute", HOUSEHOLD_PACK): 10,
        ("neighbour_dispute", HOUSEHOLD_PACK): 15,
    },
)
FEDERATION = Reporter(
    Source.FEDERATION,
    "womens_federation",
    9,
    18,
    {
        ("domestic_violence", PARTNER_PACK): 70,
        ("marital_dispute", HOUSEHOLD_PACK): 20,
        ("divorce_dispute", HOUSEHOLD_PACK): 10,
    },
)
GRID_WORKER = Reporter(
    Source.GRID_APP,
    "grid_worker",
    8,
    20,
    {
        ("household_dispute", HOUSEHOLD_PACK): 35,
        ("property_dispute", HOUSEHOLD_PACK): 20,
        ("elder_support_dispute", HOUSEHOLD_PACK): 15,
        ("parent_child_dispute", HOUSEHOLD_PACK): 10,
        ("neighbour_dispute", HOUSEHOLD_PACK): 20,
        ("hidden_hazard", NO_PACK): 10,
        ("lost_property", NO_PACK): 5,
        ("public_service", NO_PACK): 10,
        ("fraud", NO_PACK): 3,
        ("other", NO_PACK): 2,
    },
)
REPORTERS = (POLICE, FEDERATION, GRID_WORKER)
REPORTER_WEIGHTS = (45, 12, 43)


class Chronicle:
    """Draws the incidents of a world."""

    def __init__(self, world: World, packs: Mapping[str, PackShape]) -> None:
        self._world = world
        self._packs = packs

    def on(self, day: Day, count: int) -> Iterator[Sent]:
        """The incidents of one day; most happen where a household is at risk."""
        dice = stream(self._world.seed, "incidents", day.date)
        for number in range(count):
            grid, offset = self._world.home(dice.randrange(self._world.households))
            home = self._at_risk(dice, grid, day) if dice.random() < AT_RISK_SHARE else None
            yield self._incident(Scene(grid, offset, day, dice, home), number)

    def _at_risk(self, dice: Random, grid: Grid, day: Day) -> AtRisk | None:
        homes = homes_of(self._world.seed, grid, self._packs).at_risk.values()
        present = [home for home in homes if home.in_round(day.round_number)]
        return dice.choice(present) if present else None

    def _incident(self, scene: Scene, number: int) -> Sent:
        dice = scene.dice
        reporter = dice.choices(REPORTERS, REPORTER_WEIGHTS)[0]
        category, pack_id = dice.choices(list(reporter.kinds), list(reporter.kinds.values()))[0]
        second = dice.randrange(reporter.opens * 3600, reporter.closes * 3600)
        yes = self._facts(scene, pack_id) if pack_id else ()
        report: dict[str, object] = {
            "source_id": f"{reporter.source.prefix}-{scene.day.date:%Y%m%d}-{number:05d}",
            "type": "incident",
            "occurred_at": scene.day.stamp(second),
            "jurisdiction_code": scene.grid.code,
            **scene.household(),
            "incident": {
                "category": category,
                **({"pack": pack_id} if pack_id else {}),
                "facts": dict.fromkeys(yes, "yes"),
                "narrative": dice.choice(NARRATIVES if pack_id else UPLOADS),
                "reporter_role": reporter.role,
            },
        }
        level = self._level(pack_id, category, yes)
        return Sent(second, scene.day, reporter.source, report, level=level)

    def _level(self, pack_id: str, category: str, yes: tuple[str, ...]) -> Level:
        """What the facts lead to; NONE for what no pack rates."""
        if not pack_id:
            return Level.NONE
        pack = self._packs[pack_id]
        return pack.level(tuple({*yes, *pack.implied.get(category, ())}))

    def _facts(self, scene: Scene, pack_id: str) -> tuple[str, ...]:
        """Up to two of the household's own true indicators, else what the sender saw that day."""
        dice, home = scene.dice, scene.home
        if home is not None and home.pack_id == pack_id:
            return tuple(dice.sample(home.yes, min(len(home.yes), 2)))
        level = dice.choices(list(LEVELS), list(LEVELS.values()))[0]
        return indicators_for(dice, self._packs[pack_id], level)[:2]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when an incident happens, and the household at risk it happens in, if any."""

    grid: Grid
    offset: int
    day: Day
    dice: Random
    home: AtRisk | None

    def household(self) -> dict[str, object]:
        """The household number; some incidents happen in the street and have none."""
        if self.home is not None:
            return {"household_no": self.home.household_no}
        if self.dice.random() < NO_HOUSEHOLD_SHARE:
            return {}
        return {"household_no": self.grid.household_no(self.offset)}
