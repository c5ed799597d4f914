"""How simulated cadres react: at once, late, only after a notice, or never; and what becomes of a case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random

from services.cli.simulate.seeded import stream

# The published resolution rate of the model prefecture.
RESOLVED_SHARE = 0.8251
# How settled cases end, by how common it is.
RESOLUTIONS = {"mediated": 45, "reconciled": 30, "referred": 15, "separated": 7, "other": 3}


class Habit(Enum):
    """How an official treats a message about one case."""

    PROMPT = "prompt"
    LATE = "late"
    AFTER_NOTICE = "after_notice"
    NEVER = "never"


class Via(Enum):
    """How an official acknowledges."""

    LINK = "link"
    SMS_REPLY = "sms_reply"


HABITS = {Habit.PROMPT: 68, Habit.LATE: 16, Habit.AFTER_NOTICE: 10, Habit.NEVER: 6}
# Minutes until the acknowledgement: shortest, usual, longest.
ACK_MINUTES = {
    Habit.PROMPT: (1, 6, 45),
    Habit.LATE: (60, 240, 1_200),
    Habit.AFTER_NOTICE: (2, 15, 90),
}
VIA = {Via.LINK: 70, Via.SMS_REPLY: 30}
VISIT_HOURS = (1, 8, 60)
RESOLVE_HOURS = (12, 120, 600)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one official will do about one case; None: never.

    `ack_after_min` counts from the message, with `waits_for_notice` from the white notice. The visit
    counts from the acknowledgement, the resolution from the visit.
    """

    habit: Habit
    ack_after_min: int | None
    waits_for_notice: bool
    via: Via
    visit_after_h: int | None
    resolve_after_h: int | None
    resolution: str


def plan_for(case_id: str, official_id: str, seed: int) -> Plan:
    """The plan of this official for this case; whether it can be resolved depends on the case alone."""
    dice = stream(seed, "plan", case_id, official_id)
    habit = dice.choices(list(HABITS), list(HABITS.values()))[0]
    via = dice.choices(list(VIA), list(VIA.values()))[0]
    if habit is Habit.NEVER:
        return Plan(habit, None, False, via, None, None, "")
    return Plan(
        habit,
        _within(dice, ACK_MINUTES[habit]),
        habit is Habit.AFTER_NOTICE,
        via,
        _within(dice, VISIT_HOURS),
        *_resolution(case_id, seed),
    )


def resolvable(case_id: str, seed: int) -> bool:
    """Whether the people in a case ever settle it, whoever looks after them."""
    return stream(seed, "resolvable", case_id).random() < RESOLVED_SHARE


def _resolution(case_id: str, seed: int) -> tuple[int | None, str]:
    """Hours from the visit to the end of the case, and how it ends."""
    if not resolvable(case_id, seed):
        return None, ""
    dice = stream(seed, "resolution", case_id)
    ending = dice.choices(list(RESOLUTIONS), list(RESOLUTIONS.values()))[0]
    return _within(dice, RESOLVE_HOURS), ending


def _within(dice: Random, bounds: tuple[int, int, int]) -> int:
    low, usual, high = bounds
    return round(dice.triangular(low, high, usual))
