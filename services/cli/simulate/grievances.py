"""People's-speak days (群众说事日): villages hear on the 1st, townships on the 10th, a box is read daily."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from services.cli.simulate.schedule import Day
from services.cli.simulate.seeded import apportion, stream
from services.cli.simulate.sent import Sent, Source
from services.cli.simulate.wording import GRIEVANCES
from services.cli.simulate.world import World

VILLAGE_DAY, TOWNSHIP_DAY = 1, 10
BUSY = {VILLAGE_DAY: 30.0, TOWNSHIP_DAY: 15.0}
REPLY_DAYS = 15
OPENS, CLOSES = 9 * 3600, 17 * 3600


def spread(total: int, days: Sequence[Day]) -> list[int]:
    """How many grievances each day brings: far more on the two days of each month."""
    return apportion(total, [BUSY.get(day.date.day, 1.0) for day in days])


def grievances(world: World, day: Day, count: int) -> Iterator[Sent]:
    """The grievances of one day; they are requests for a service and raise no level."""
    dice = stream(world.seed, "grievances", day.date)
    digits, channel = _heard_at(day)
    for number in range(count):
        grid, _ = world.home(dice.randrange(world.households))
        second = dice.randrange(OPENS, CLOSES)
        category = dice.choice(list(GRIEVANCES))
        due = (day.date + timedelta(days=REPLY_DAYS)).isoformat()
        report: dict[str, object] = {
            "source_id": f"PS-{day.date:%Y%m%d}-{number:05d}",
            "type": "grievance",
            "occurred_at": day.stamp(second),
            "jurisdiction_code": grid.code[:digits],
            "grievance": {
                "category": category,
                "channel": channel,
                "reply_due_at": f"{due}T18:00:00+08:00",
                "narrative": GRIEVANCES[category],
            },
        }
        yield Sent(second, day, Source.PEOPLE_SPEAK, report)


def _heard_at(day: Day) -> tuple[int, str]:
    """The digits of the unit that hears, and the way it was said."""
    if day.date.day == TOWNSHIP_DAY:
        return 9, "township_day"
    return 12, "village_day" if day.date.day == VILLAGE_DAY else "letter_box"
