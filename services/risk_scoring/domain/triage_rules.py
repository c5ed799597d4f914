"""The rules of triage as frozen facts: departments, ordered rules, and the unit cases inside the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum, IntEnum

from services.common.terms import Tier
from services.risk_scoring.domain.pack import Mark, Period, Review, Text

CHINA = timezone(timedelta(hours=8))


class Route(IntEnum):
    """What is done with an incident; the numbers are those of the protocol."""

    DISPATCH = 1
    REPORT_UP = 2
    KEEP = 3


class DepartmentKind(Enum):
    """What sort of body a department is."""

    GOVERNMENT = "government"
    JUDICIAL = "judicial"
    MASS_ORGANISATION = "mass_organisation"


class SourceKind(Enum):
    """What a rule rests on."""

    LAW = "law"
    PRACTICE = "practice"


class HoursFrom(Enum):
    """Whose the deadlines are: the clause's, or ours where the clause only says "at once" or nothing."""

    CLAUSE = "clause"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Department:
    """A body that incidents are handed to, at the tier where it sits."""

    id: str
    name: Text
    tier: Tier
    kind: DepartmentKind


@dataclass(frozen=True, slots=True)
class When:
    """What must hold. An empty list asks for nothing; of a list, one suffices.

    Each condition only ever adds: a fact is asked for as a yes, never as a no, and a count as at least so many.
    So unknown never counts as no, and the mildest incident of a rule shows whether the rule can be reached.
    """

    categories: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    facts_any: tuple[str, ...] = ()
    incidents_30d: int = 0
    incidents_90d: int = 0

    @property
    def asks_nothing(self) -> bool:
        """Whether every incident meets it."""
        return self == _ANYTHING


_ANYTHING = When()


@dataclass(frozen=True, slots=True)
class Then:
    """What is done, by whom, and within how many hours of acceptance by intake.

    tier: the centre reported to, or the village; NONE for a dispatch, whose tiers are those of its departments.
    """

    route: Route
    accept_hours: int
    finish_hours: int
    tier: Tier = Tier.NONE
    lead: str = ""
    joint: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSource:
    """The clause or practice, how far it is confirmed, and whose the hours are."""

    kind: SourceKind
    cite: Text
    mark: Mark
    hours: HoursFrom


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it holds, what is done, in the words an official reads, and where it comes from."""

    id: str
    when: When
    then: Then
    text: Text
    source: RuleSource


@dataclass(frozen=True, slots=True)
class TriageCase:
    """A unit case: an incident, and the rule that must decide it."""

    name: str
    category: str
    role: str
    facts: tuple[str, ...]
    incidents_30d: int
    incidents_90d: int
    rule: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of the rules. The first rule that holds decides; the last holds always."""

    id: str
    version: str
    title: Text
    effective: Period
    review: Review
    departments: tuple[Department, ...]
    left_to_catch_all: tuple[str, ...]
    rules: tuple[Rule, ...]
    cases: tuple[TriageCase, ...]

    @property
    def key(self) -> str:
        """How a decision names it, for example grid_triage@2026-1."""
        return f"{self.id}@{self.version}"

    @property
    def begins_ms(self) -> int:
        """The first moment of its first day, in China."""
        return _midnight_ms(self.effective.begins)

    def department(self, department_id: str) -> Department:
        """A department by its id; KeyError when it has none such."""
        for one in self.departments:
            if one.id == department_id:
                return one
        raise KeyError(department_id)


class TriageRules:
    """All versions known. An incident is judged by the rules of the day it was accepted on."""

    def __init__(self, sets: Sequence[RuleSet]) -> None:
        if not sets:
            raise ValueError("triage needs at least one rule set")
        self._newest_first = sorted(sets, key=lambda one: one.begins_ms, reverse=True)

    def at(self, moment_ms: int) -> RuleSet:
        """The version that began last; before the first began (old data replayed), the first.

        A version past its last day goes on where no newer one has begun: silence would be worse.
        """
        for one in self._newest_first:
            if one.begins_ms <= moment_ms:
                return one
        return self._newest_first[-1]


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=CHINA).timestamp() * 1000)
