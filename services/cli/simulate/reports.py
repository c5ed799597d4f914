"""All reports of a world in the order of sending, day by day, made as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from services.cli.simulate import grievances
from services.cli.simulate.assessments import Assessor
from services.cli.simulate.incidents import Chronicle
from services.cli.simulate.noise import with_noise
from services.cli.simulate.packs import PackShape
from services.cli.simulate.rounds import RoundPlan, plan_round
from services.cli.simulate.schedule import ROUNDS, Day, Schedule
from services.cli.simulate.seeded import apportion, stream
from services.cli.simulate.sent import Sent
from services.cli.simulate.support import PLANS_SHARE, support_reports, tell
from services.cli.simulate.world import World

# About how many support visits a plan brings, for a progress bar.
VISITS_A_DAY = 0.029
DEFAULT_FIRST_DAY = date(2026, 3, 1)
DEFAULT_SCHEDULE = Schedule(DEFAULT_FIRST_DAY)


@dataclass(frozen=True, slots=True)
class Mix:
    """What is reported, as shares: of households over all rounds, or of reports sent."""

    schedule: Schedule = DEFAULT_SCHEDULE
    incidents: float = 0.02
    grievances: float = 0.004
    support: float = PLANS_SHARE
    duplicates: float = 0.004
    broken: float = 0.002

    def __post_init__(self) -> None:
        for name in ("incidents", "grievances", "support", "duplicates", "broken"):
            if not 0.0 <= getattr(self, name) <= 0.5:
                raise ValueError(f"share {name} is {getattr(self, name)}; it must be from 0 to 0.5")

    def plans(self, world: World) -> int:
        """How many support plans the world has."""
        return round(world.households * self.support)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many incidents and grievances each day brings."""

    incidents: Sequence[int]
    grievances: Sequence[int]


def reports(world: World, packs: Mapping[str, PackShape], mix: Mix) -> Iterator[Sent]:
    """Every report of all four rounds in the order of sending."""
    days = list(mix.schedule.days())
    counts = _counts(world, days, mix)
    by_round = [plan_round(world, number + 1, mix.schedule.round_days) for number in range(ROUNDS)]
    story = tell(world, days, mix.plans(world))
    assessor, chronicle = Assessor(world.seed, packs), Chronicle(world, packs)
    for at, day in enumerate(days):
        today = list(_visits(assessor, by_round[day.round_number - 1], day))
        today += chronicle.on(day, counts.incidents[at])
        today += grievances.grievances(world, day, counts.grievances[at])
        dice = stream(world.seed, "noise", day.date)
        today = list(with_noise(dice, today, mix.duplicates, mix.broken))
        # Their own chance, so that the other reports are the same with and without them.
        dice = stream(world.seed, "support noise", day.date)
        today += with_noise(dice, support_reports(story, day, at), mix.duplicates, 0.0)
        today.sort(key=attrgetter("second"))
        yield from today


def expected_reports(world: World, mix: Mix) -> int:
    """About how many reports there will be, for a progress bar."""
    per_plan = 1.1 + VISITS_A_DAY * ROUNDS * mix.schedule.round_days
    once = ROUNDS + mix.incidents + mix.grievances + mix.support * per_plan
    return round(world.households * (once * (1 + mix.duplicates) + ROUNDS * mix.broken))


def _visits(assessor: Assessor, plan: RoundPlan, day: Day) -> Iterator[Sent]:
    for grid in plan.grids_by_day[day.number]:
        yield from assessor.visit(grid, day, plan.missed[grid.index])


def _counts(world: World, days: Sequence[Day], mix: Mix) -> Counts:
    dice = stream(world.seed, "days")
    restless = [dice.uniform(0.7, 1.3) for _ in days]
    return Counts(
        apportion(round(world.households * mix.incidents), restless),
        grievances.spread(round(world.households * mix.grievances), days),
    )
