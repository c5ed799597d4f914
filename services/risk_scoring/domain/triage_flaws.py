"""The kinds of problem a set of triage rules can have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.risk_scoring.domain.pack import Text


class TriageFlaw(Enum):
    """Kinds of problem; the value is the stable code."""

    UNREADABLE = "triage.unreadable"
    UNREACHABLE = "rule.unreachable"
    CATCH_ALL_WRONG = "rule.catch_all"
    CATEGORY_UNHANDLED = "category.unhandled"
    CATEGORY_HANDLED = "category.handled"
    CATEGORY_UNKNOWN = "category.unknown"
    ROLE_UNKNOWN = "role.unknown"
    FACT_UNKNOWN = "fact.unknown"
    DEPARTMENT_UNKNOWN = "department.unknown"
    DEPARTMENT_UNUSED = "department.unused"
    DEPARTMENT_TWICE = "department.twice"
    TEXT_MISSING = "text.missing"
    HOURS_ZERO = "hours.zero"
    HOURS_ORDER = "hours.order"
    HOURS_UNSOURCED = "hours.unsourced"
    FORBIDDEN_FACTOR = "factor.forbidden"
    DUPLICATE_ID = "id.duplicate"
    CASE_FAILED = "case.failed"
    RULE_UNTESTED = "rule.untested"
    CASE_WITHOUT_BITE = "rule.case_without_bite"
    PERIOD_ORDER = "effective.order"
    PERIOD_OVERLAP = "effective.overlap"
    EXPIRED = "effective.expired"
    REVIEW_LATE = "review.late"
    VERSION_TWICE = "version.twice"


@dataclass(frozen=True, slots=True)
class TriageProblem:
    """One problem: what, where in the file, and how to cure it."""

    flaw: TriageFlaw
    path: str
    message: Text
    fix: Text


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a report may use: kinds of incident, reporters' roles, and facts."""

    categories: tuple[str, ...]
    roles: tuple[str, ...]
    facts: frozenset[str]
