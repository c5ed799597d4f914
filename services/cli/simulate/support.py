"""Support plans and their visits over the simulated time, and what a correct fold of them must find at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from services.cli.simulate.places import PREFECTURE_CODE
from services.cli.simulate.schedule import Day
from services.cli.simulate.seeded import apportion, stream
from services.cli.simulate.sent import Sent, Source
from services.cli.simulate.world import FULL_HOUSEHOLDS, Grid, World
from services.common.clock import to_local
from services.common.settings import CommonSettings
from services.common.support import Category, SupportPolicy
from services.common.support_file import ends_ms, load_support

# The seed document's figure for the whole prefecture.
FULL_PLANS = 20_623
PLANS_SHARE = FULL_PLANS / FULL_HOUSEHOLDS
# How many of a hundred plans are in the first, second, … category of the file.
WEIGHTS = (26, 20, 14, 16, 9, 7, 5, 3)
DAYS_AHEAD = 7
REVOKED_SHARE, AMENDED_SHARE, SHORT_SHARE = 0.02, 0.05, 0.06
RESULTS = {"done": 82, "not_home": 8, "declined": 5, "needs_help": 5}
# In some homes visits are not welcome; who declines often is asked whether the plan should end.
RELUCTANT_SHARE = 0.03
RELUCTANT = {"done": 15, "not_home": 10, "declined": 75, "needs_help": 0}
OPENS, CLOSES = 9 * 3600, 17 * 3600
_DAY_S = 24 * 3600


class Act(Enum):
    """What is reported about a plan."""

    BEGIN = "begin"
    AMEND = "amend"
    REVOKE = "revoke"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Step:
    """One report about a plan, at a second of the simulated time; few bytes, for there are many."""

    plan: int
    at_s: int
    act: Act
    result: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan says of itself; seconds count from the first midnight."""

    number: int
    grid: Grid
    household_no: str
    category: Category
    begins_s: int
    every_days: int
    first_due_s: int
    ends_s: int


@dataclass(slots=True)
class Story:
    """All steps by day, the plans, and the truth at the end."""

    plans: list[Terms] = field(default_factory=list)
    by_day: defaultdict[int, list[Step]] = field(default_factory=lambda: defaultdict(list))
    sums: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    results: Counter[str] = field(default_factory=Counter)


def tell(world: World, days: Sequence[Day], plans: int) -> Story:
    """Invent all plans of a world and live through them; the same for the same seed."""
    story, categories = Story(), _lasting(days[-1].starts_ms + _DAY_S * 1000)
    if not categories:
        return story
    weights = [WEIGHTS[at % len(WEIGHTS)] for at in range(len(categories))]
    edges = list(accumulate(apportion(plans, weights)))
    at = 0
    for number in range(plans):
        while number >= edges[at]:
            at += 1
        dice = stream(world.seed, "support", number)
        terms = _terms(world, dice, number, categories[at], days)
        story.plans.append(terms)
        _live(story, dice, terms, len(days) * _DAY_S)
    return story


def support_reports(story: Story, day: Day, number: int) -> Iterator[Sent]:
    """The reports of one day, which is the given number of days after the first."""
    for step in story.by_day.get(number, ()):
        plan = story.plans[step.plan]
        second = step.at_s - number * _DAY_S
        kind = "support_visit" if step.act is Act.VISIT else "support_plan"
        body = _visit(plan, step) if step.act is Act.VISIT else _plan(plan, step, day, number)
        # A grid worker visits under the office's plan; now and then the office does so itself.
        by_worker = step.act is Act.VISIT and step.at_s % 5
        source = Source.GRID_APP if by_worker else Source.CIVIL_AFFAIRS
        report: dict[str, object] = {
            "source_id": f"{source.prefix}-{_plan_no(plan)}-{step.act.value}-{step.at_s}",
            "type": kind,
            "occurred_at": day.stamp(second),
            "jurisdiction_code": plan.grid.code,
            "household_no": plan.household_no,
            kind: body,
        }
        yield Sent(second, day, source, report)


def truth_of_support(story: Story, days: Sequence[Day]) -> dict[str, Any]:
    """What "sanse support due" must find at midnight after the last day. Never by category."""
    names = ("active", "due", "overdue", "offer_to_end", "needs_help", "ended")
    return {
        "as_of_ms": days[-1].starts_ms + _DAY_S * 1000,
        "days_ahead": DAYS_AHEAD,
        "plans": len(story.plans),
        "visits": dict(sorted(story.results.items())),
        "jurisdictions": {
            code: {name: sums[name] for name in names} for code, sums in sorted(story.sums.items())
        },
    }


@cache
def _policy() -> SupportPolicy:
    return load_support(CommonSettings().support_file)


def _lasting(last_ms: int) -> list[Category]:
    """The categories that do not end within the simulated time."""
    return [one for one in _policy().categories if ends_ms(one) > last_ms]


def _terms(
    world: World, dice: Random, number: int, category: Category, days: Sequence[Day]
) -> Terms:
    grid, offset = world.home(dice.randrange(world.households))
    begins_s = dice.randrange(max(1, len(days) // 4)) * _DAY_S + dice.randrange(OPENS, CLOSES)
    every = category.visit_every_days
    first_due_s = begins_s + dice.randrange(1, every + 1) * _DAY_S
    long_s = min(begins_s + 365 * _DAY_S, (ends_ms(category) - days[0].starts_ms) // 1000)
    short_s = max(first_due_s, begins_s + dice.randrange(20, 80) * _DAY_S)
    ends_s = min(long_s, short_s) if dice.random() < SHORT_SHARE else long_s
    household = grid.household_no(offset)
    return Terms(
        number, grid, household, category, begins_s, every, min(first_due_s, ends_s), ends_s
    )


def _live(story: Story, dice: Random, plan: Terms, last_s: int) -> None:
    """From the plan's beginning to the last day: visits in time or late, and perhaps an early end."""
    revoked_s = _some_day(dice, REVOKED_SHARE, plan, last_s)
    amended_s = _some_day(dice, AMENDED_SHARE, plan, last_s)
    _note(story, Step(plan.number, plan.begins_s, Act.BEGIN))
    if amended_s:
        _note(story, Step(plan.number, amended_s, Act.AMEND))
    if revoked_s:
        _note(story, Step(plan.number, revoked_s, Act.REVOKE))
    end_s = min(plan.ends_s, revoked_s or plan.ends_s)
    due_s, declined, helping, last_visit_s = plan.first_due_s, 0, False, 0
    results = RELUCTANT if dice.random() < RELUCTANT_SHARE else RESULTS
    at_s = plan.begins_s
    while True:
        at_s = _visit_at(dice, max(due_s, at_s), at_s)
        if at_s >= min(end_s, last_s):
            break
        result = dice.choices(list(results), list(results.values()))[0]
        _note(story, Step(plan.number, at_s, Act.VISIT, result))
        story.results[result] += 1
        if result != "not_home":
            last_visit_s, helping = at_s, result == "needs_help"
            declined = declined + 1 if result == "declined" else 0
            due_s = at_s + plan.every_days * _DAY_S
    if amended_s:
        # An amendment halves the interval, counted from the visit that was the last.
        halved_s = _halved(plan.every_days) * _DAY_S
        due_s = last_visit_s + halved_s if last_visit_s else min(due_s, amended_s + halved_s)
    _count(story, plan, Ending(min(due_s, end_s), end_s, last_s, declined, helping))


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a plan at the last moment."""

    due_s: int
    end_s: int
    last_s: int
    declined: int
    helping: bool


def _count(story: Story, plan: Terms, ending: Ending) -> None:
    names = ["ended"]
    if ending.end_s > ending.last_s:
        names = ["active"]
        if ending.due_s < ending.last_s:
            names.append("overdue")
        elif ending.due_s <= ending.last_s + DAYS_AHEAD * _DAY_S:
            names.append("due")
        if ending.declined >= _policy().offer_to_end_after_declines:
            names.append("offer_to_end")
        if ending.helping:
            names.append("needs_help")
    code = plan.grid.code
    for unit in (PREFECTURE_CODE, code[:6], code[:9], code[:12]):
        story.sums[unit].update(names)


def _visit_at(dice: Random, due_s: int, after_s: int) -> int:
    """A second of office hours, mostly in the days before the visit is due, now and then long after."""
    days_late = dice.randrange(4, 25) if dice.random() < 0.12 else -dice.randrange(0, 6)
    day = max(due_s // _DAY_S + days_late, after_s // _DAY_S + 1)
    return day * _DAY_S + dice.randrange(OPENS, CLOSES)


def _some_day(dice: Random, share: float, plan: Terms, last_s: int) -> int:
    """With this chance, a moment between a plan's beginning and the last day; 0: never."""
    drawn, first = dice.random(), plan.begins_s // _DAY_S + 1
    last = min(plan.ends_s, last_s) // _DAY_S
    second = dice.randrange(OPENS, CLOSES)
    if drawn >= share or first >= last:
        return 0
    return dice.randrange(first, last) * _DAY_S + second


def _halved(days: int) -> int:
    return max(1, days // 2)


def _note(story: Story, step: Step) -> None:
    story.by_day[step.at_s // _DAY_S].append(step)


def _plan_no(plan: Terms) -> str:
    return f"SP{plan.number:06d}"


def _plan(plan: Terms, step: Step, day: Day, number: int) -> dict[str, object]:
    if step.act is Act.REVOKE:
        return {"plan": _plan_no(plan), "revoked": True}
    first_ms = day.starts_ms - number * _DAY_S * 1000
    every, first_due_s = plan.every_days, plan.first_due_s
    if step.act is Act.AMEND:
        every = _halved(every)
        first_due_s = min(first_due_s, step.at_s + every * _DAY_S)
    return {
        "plan": _plan_no(plan),
        "category": plan.category.id,
        "visit_every_days": every,
        "first_visit_due_at": _stamp(first_ms + first_due_s * 1000),
        "ends_at": _stamp(first_ms + plan.ends_s * 1000),
        "visitor": plan.grid.worker_ids()[0],
    }


def _visit(plan: Terms, step: Step) -> dict[str, object]:
    return {
        "plan": _plan_no(plan),
        "visitor": plan.grid.worker_ids()[0],
        "result": step.result,
    }


def _stamp(at_ms: int) -> str:
    return to_local(at_ms).isoformat(timespec="seconds")
