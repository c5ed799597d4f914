"""The kinds of problem a rule pack can have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.risk_scoring.domain.pack import Text


class Flaw(Enum):
    """Kinds of problem; the value is the stable code."""

    UNREADABLE = "pack.unreadable"
    FORBIDDEN_FACTOR = "factor.forbidden"
    NEGATIVE_UNDER_FLOOR = "weight.negative_under_floor"
    THRESHOLD_ZERO = "threshold.zero"
    THRESHOLD_ORDER = "threshold.order"
    THRESHOLD_UNREACHABLE = "threshold.unreachable"
    TEXT_MISSING = "text.missing"
    DUPLICATE_ID = "id.duplicate"
    TRIGGER_WITHOUT_FLOOR = "trigger.without_floor"
    UNKNOWN_ID = "id.unknown"
    IMPLIED_OUT_OF_SCOPE = "implied.out_of_scope"
    SCOPE_CONTRADICTION = "scope.contradiction"
    CLOCK_ORDER = "clock.order"
    RECENCY_ORDER = "recency.order"
    CASE_FAILED = "case.failed"
    INDICATOR_UNTESTED = "indicator.untested"
    CASE_WITHOUT_BITE = "indicator.case_without_bite"
    OUTCOME_UNTESTED = "outcome.untested"
    NEGATIVE_UNMARKED = "weight.negative_unmarked"
    PROTECTIVE_WRONG = "protective.wrong"
    STATUS_ONLY_RED = "status.only_red"
    WITHOUT_EFFECT = "indicator.without_effect"
    IMPLIED_TWICE = "implied.twice"
    SOURCE_UNKNOWN = "source.unknown"
    SOURCE_UNUSED = "source.unused"
    PERIOD_ORDER = "effective.order"
    PERIOD_GAP = "effective.gap"
    REVIEW_LATE = "review.late"
    DWELL_ZERO = "lowering.zero"
    CATEGORY_TWICE = "category.twice"
    OTHERS_RATED = "category.others"
    COMBINATION_TOO_SMALL = "combination.too_small"
    COMBINATION_OVERLAP = "combination.overlap"
    COMBINATION_WITHOUT_EFFECT = "combination.without_effect"
    COMBINATION_UNTESTED = "combination.untested"
    COMBINATION_WITHOUT_BITE = "combination.case_without_bite"
    EXPIRED = "effective.expired"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: what, where in the pack, and how to cure it."""

    flaw: Flaw
    path: str
    message: Text
    fix: Text
