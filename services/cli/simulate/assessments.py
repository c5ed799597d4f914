"""A grid's day of assessment: one report for each household, in the order of the visits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from services.cli.simulate.households import AtRisk, Homes, homes_of
from services.cli.simulate.packs import HOUSEHOLD_PACK, PARTNER_PACK, PackShape
from services.cli.simulate.rounds import MISSED
from services.cli.simulate.schedule import Day
from services.cli.simulate.seeded import stream
from services.cli.simulate.sent import Fate, Fault, Sent, Source
from services.cli.simulate.wording import REMARKS
from services.cli.simulate.world import Grid
from services.common.terms import Level

FIRST_VISIT = 8 * 3600 + 1800
VISITING_SECONDS = 10 * 3600
UNKNOWN_SHARE = 0.15
OWN_JUDGEMENT_SHARE = 0.08


class Assessor:
    """Writes the assessments of one seed and set of packs."""

    def __init__(self, seed: int, packs: Mapping[str, PackShape]) -> None:
        self._seed = seed
        self._packs = packs
        self._all_no = {name: dict.fromkeys(pack.indicators, "no") for name, pack in packs.items()}

    def visit(self, grid: Grid, day: Day, missed: int) -> Iterator[Sent]:
        """Reports of all households of a grid, of which `missed` could not be assessed."""
        dice = stream(self._seed, "visit", day.round_number, grid.code)
        tour = Tour(grid, day, dice, homes_of(self._seed, grid, self._packs))
        absent = set(dice.sample(range(grid.households), min(missed, grid.households)))
        for offset in range(grid.households):
            second = FIRST_VISIT + int(
                (offset + dice.random()) * VISITING_SECONDS / grid.households
            )
            if offset in absent:
                yield _absent(tour, offset, second)
            else:
                yield self._assessed(tour, offset, second)

    def _assessed(self, tour: Tour, offset: int, second: int) -> Sent:
        home = tour.homes.at_risk.get(offset)
        if home is not None and home.in_round(tour.day.round_number):
            return self._at_risk(tour, home, second)
        pack_id = tour.pack_of(offset, home)
        answers = self._answers(tour.dice, pack_id, ())
        body: dict[str, object] = {
            "pack": pack_id,
            "status": "assessed",
            "assessor_level": "green",
            "answers": answers,
        }
        return _sent(tour, offset, second, body, Level.GREEN)

    def _at_risk(self, tour: Tour, home: AtRisk, second: int) -> Sent:
        body: dict[str, object] = {
            "pack": home.pack_id,
            "status": "assessed",
            "assessor_level": _own_level(tour.dice, home.level),
            "answers": self._answers(tour.dice, home.pack_id, home.yes),
            "remarks": tour.dice.choice(REMARKS),
        }
        return _sent(tour, home.offset, second, body, home.level)

    def _answers(self, dice: Random, pack_id: str, yes: tuple[str, ...]) -> dict[str, str]:
        answers = self._all_no[pack_id].copy()
        if dice.random() < UNKNOWN_SHARE:
            answers[dice.choice(self._packs[pack_id].indicators)] = "unknown"
        for name in yes:
            answers[name] = "yes"
        return answers


@dataclass(frozen=True, slots=True)
class Tour:
    """One grid on one day: what all its reports share."""

    grid: Grid
    day: Day
    dice: Random
    homes: Homes

    def pack_of(self, offset: int, home: AtRisk | None) -> str:
        """The pack a household is asked by: a home keeps its own, most have the household pack."""
        if home is not None:
            return home.pack_id
        return PARTNER_PACK if offset in self.homes.quiet_partner else HOUSEHOLD_PACK


def _absent(tour: Tour, offset: int, second: int) -> Sent:
    status = tour.dice.choices(list(MISSED), list(MISSED.values()))[0]
    pack_id = tour.pack_of(offset, tour.homes.at_risk.get(offset))
    return _sent(tour, offset, second, {"pack": pack_id, "status": status}, Level.NONE)


def _own_level(dice: Random, computed: Level) -> str:
    """What the assessor thinks: mostly the same, now and then one step beside."""
    if dice.random() >= OWN_JUDGEMENT_SHARE:
        return computed.name.lower()
    beside = {Level.GREEN: Level.YELLOW, Level.YELLOW: Level.GREEN, Level.RED: Level.YELLOW}
    return beside[computed].name.lower()


def _sent(tour: Tour, offset: int, second: int, body: dict[str, object], level: Level) -> Sent:
    grid, day = tour.grid, tour.day
    household = grid.household_no(offset)
    report: dict[str, object] = {
        "source_id": f"GA-{day.round_id}-{household}",
        "type": "assessment",
        "occurred_at": day.stamp(second),
        "jurisdiction_code": grid.code,
        "household_no": household,
        "assessment": body,
    }
    body["round"] = day.round_id
    body["assessor"] = f"GW-{grid.code}{offset % grid.workers + 1:02d}"
    return Sent(second, day, Source.GRID_APP, report, Fate.ACCEPTED, Fault.NONE, level)
