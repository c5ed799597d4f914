"""Totals of support plans per jurisdiction: how many are active, due, overdue or ended. Never by category."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from services.common.divisions import code_at
from services.common.spans import DAY_MS
from services.common.terms import Tier
from services.escalation.domain.support import PlanState, Standing

Totals = Mapping[str, int]
COUNTS = ("active", "due", "overdue", "offer_to_end", "needs_help", "ended")
_TIERS = (Tier.PREFECTURE, Tier.COUNTY, Tier.TOWNSHIP, Tier.VILLAGE)


def visits_due(
    states: Iterable[PlanState], now_ms: int, days: int, *, only_overdue: bool = False
) -> list[PlanState]:
    """The active plans whose visit is overdue or due within so many days, the longest waiting first."""
    until_ms = now_ms if only_overdue else now_ms + days * DAY_MS
    chosen = [one for one in states if one.active and _waits(one, until_ms, only_overdue)]
    return sorted(chosen, key=lambda one: (one.due_ms, one.source, one.plan_id))


def _waits(state: PlanState, until_ms: int, only_overdue: bool) -> bool:
    return bool(state.overdue_since_ms) if only_overdue else state.due_ms <= until_ms


def totals(states: Collection[PlanState], now_ms: int, days: int) -> dict[str, Totals]:
    """Counts of each prefecture, county, township and village that has a plan; `due` is within `days`, not overdue."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for state in states:
        counted = tuple(_counted(state, now_ms + days * DAY_MS))
        for tier in _TIERS:
            unit = code_at(state.jurisdiction_code, tier)
            if unit:
                sums[unit].update(counted)
    return {unit: {name: sums[unit][name] for name in COUNTS} for unit in sorted(sums)}


def _counted(state: PlanState, until_ms: int) -> Iterator[str]:
    if not state.active:
        yield "ended"
        return
    yield "active"
    if state.overdue_since_ms:
        yield "overdue"
    elif state.due_ms <= until_ms:
        yield "due"
    if state.standing is Standing.OFFER_TO_END:
        yield "offer_to_end"
    if state.needs_help:
        yield "needs_help"


def days_overdue(state: PlanState, now_ms: int) -> int:
    """Whole days since the visit was due; 0 when it is not overdue."""
    return (now_ms - state.overdue_since_ms) // DAY_MS if state.overdue_since_ms else 0
