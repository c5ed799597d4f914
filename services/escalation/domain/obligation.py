"""What one kind of obligation demands: whose it is, by when, what shows that it is met, and who must agree. Data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum

from services.common.divisions import contains, tier_of
from services.common.terms import Tier
from services.escalation.domain.cases import EvidenceKind
from services.escalation.domain.messages import Origin, Owed
from services.escalation.domain.policy import Policy, Term, due_after
from services.escalation.domain.worktime import CHINA, IsWorkday, local_date


class EventDate(StrEnum):
    """What the deadline in the event itself counts for."""

    IGNORED = "ignored"
    # It holds where it comes before the kind's own.
    EARLIER = "earlier"
    # It holds; the kind's own serves where the event has none.
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Who owes it: an official at a tier, a department there, or whom the event names, else those."""

    tier: Tier
    department: str = ""
    from_event: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """By when it must be finished: within a term, or before a day of the month comes round again.

    at_least: nobody gets less time than this from the moment of being told, whatever the event says.
    """

    within: Term | None = None
    before_day: int = 0
    event_date: EventDate = EventDate.IGNORED
    at_least: Term | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """One version of one kind. A case keeps the version it began with, through its policy."""

    origin: Origin
    # Which of that origin: channels of a grievance, lists of a task; empty: all.
    details: frozenset[str]
    owner: OwnerRule
    finish: Finish
    evidence: tuple[EvidenceKind, ...]
    # Code of each outcome with its words.
    outcomes: Mapping[str, Mapping[str, str]]
    # The tier that must agree to a closing; NONE: nobody need.
    approval: Tier
    approve_within: Term
    review_every: Term | None = None
    # Key of the policy whose levels it may be raised to, where a person sees a risk in it; "": it has no level.
    levels_of: str = ""
    source: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)

    def takes(self, origin: Origin, detail: str) -> bool:
        """Whether it is the kind of what is owed."""
        return self.origin is origin and (not self.details or detail in self.details)


def finish_due(policy: Policy, obligation: Obligation, owed: Owed, is_workday: IsWorkday) -> int:
    """When what is owed must be finished, in milliseconds."""
    rule = obligation.finish
    own_ms = _own_due(policy, rule, owed, is_workday)
    due_ms = own_ms
    if owed.finish_due_ms and rule.event_date is not EventDate.IGNORED:
        holds = rule.event_date is EventDate.HOLDS
        due_ms = owed.finish_due_ms if holds else min(own_ms, owed.finish_due_ms)
    if rule.at_least is None:
        return due_ms
    return max(due_ms, due_after(policy, rule.at_least, owed.at_ms, is_workday))


def place_of(owed: Owed, obligation: Obligation) -> str:
    """Where it is owed: the unit that the event names when that is a place within the event's own, else there."""
    named = obligation.owner.from_event and tier_of(owed.unit) is not Tier.NONE
    inside = named and owed.unit.isdigit() and contains(owed.jurisdiction_code, owed.unit)
    return owed.unit if inside else owed.jurisdiction_code


def who_owes(owed: Owed, obligation: Obligation) -> tuple[Tier, str]:
    """The tier, and the department there or "" for the tier's own official."""
    rule = obligation.owner
    if not rule.from_event:
        return rule.tier, rule.department
    if place_of(owed, obligation) == owed.unit:
        return tier_of(owed.unit), ""
    # Departments of the tier named, or where the kind's own stand; a code of some other place names nobody.
    unit = "" if owed.unit.isdigit() else owed.unit
    return owed.tier or rule.tier, unit or ("" if owed.tier else rule.department)


def _own_due(policy: Policy, rule: Finish, owed: Owed, is_workday: IsWorkday) -> int:
    if rule.within is not None:
        return due_after(policy, rule.within, owed.at_ms, is_workday)
    return next_day_of_month(owed.occurred_at_ms or owed.at_ms, rule.before_day)


def next_day_of_month(after_ms: int, day_of_month: int) -> int:
    """The midnight in China with which that day of the month next begins; `day_of_month` from 1 to 28."""
    day = local_date(after_ms)
    month = day.month + (1 if day.day >= day_of_month else 0)
    year, month = (day.year + 1, 1) if month > 12 else (day.year, month)
    begins = datetime.combine(day.replace(year=year, month=month, day=day_of_month), time(), CHINA)
    return int(begins.astimezone(UTC).timestamp() * 1000)


DAY_OF_MONTH_MOST = 28
LONGEST_HOURS = 24 * 366
