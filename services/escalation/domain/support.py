"""Support plans and their visits: which visit is due when. Help that is owed, so a deadline of the government only.

A pure fold over facts. The same facts in any order, some of them twice, give the same answer:

    plan        the newest report of a source and plan number holds; a revocation ends the plan for good
    visit       belongs to the plan of its number, from the same source or about the same household
    due         the first visit by the plan's date, each next one an interval after the last that was made;
                the last one by the plan's end at the latest
    made        done, needs_help, and declined: who declines is left in peace until the next is due
    not made    not_home
    later       what happened after the moment asked for is not known yet
    ended       at the first of the plan's own end, its category's end, and its revocation

No fact here holds a category: the end of a plan's category comes with the plan as a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

from services.common.spans import DAY_MS

NEVER_MS = 1 << 62


class VisitResult(StrEnum):
    """How a visit went; the words are those of intake's reports."""

    DONE = "done"
    NOT_HOME = "not_home"
    DECLINED = "declined"
    NEEDS_HELP = "needs_help"


class Standing(Enum):
    """Where a plan stands, and why."""

    ACTIVE = "active"
    # Declined so often in a row that the person is asked whether the plan should end.
    OFFER_TO_END = "offer_to_end"
    RAN_OUT = "ran_out"
    CATEGORY_ENDED = "category_ended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class PlanReport:
    """One report of a plan. `category_ends_ms`: when its category ends; NEVER_MS when that is not known here."""

    event_id: str
    source: str
    plan_id: str
    household_id: str
    jurisdiction_code: str
    at_ms: int
    visit_every_days: int
    first_visit_due_ms: int
    ends_ms: int
    visitor_id: str
    revoked: bool = False
    category_ends_ms: int = NEVER_MS


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit under a plan."""

    event_id: str
    source: str
    plan_id: str
    household_id: str
    at_ms: int
    result: VisitResult


Fact = PlanReport | Visit


@dataclass(frozen=True, slots=True)
class PlanState:
    """A plan at a moment: its next visit, and since when that is overdue; 0 where there is none."""

    source: str
    plan_id: str
    jurisdiction_code: str
    visitor_id: str
    standing: Standing
    due_ms: int
    overdue_since_ms: int
    needs_help: bool

    @property
    def active(self) -> bool:
        """Whether a visit is owed."""
        return self.standing in (Standing.ACTIVE, Standing.OFFER_TO_END)


def plan_states(facts: Iterable[Fact], now_ms: int, declines_before_offer: int) -> list[PlanState]:
    """Every plan at a moment, in the order of source and number."""
    plans: defaultdict[tuple[str, str], set[PlanReport]] = defaultdict(set)
    visits: defaultdict[str, set[Visit]] = defaultdict(set)
    for fact in facts:
        if fact.at_ms > now_ms:
            continue
        if isinstance(fact, PlanReport):
            plans[fact.source, fact.plan_id].add(fact)
        else:
            visits[fact.plan_id].add(fact)
    states = (
        plan_state(reports, visits.get(key[1], ()), now_ms, declines_before_offer)
        for key, reports in sorted(plans.items())
    )
    return [state for state in states if state is not None]


def plan_state(
    reports: Collection[PlanReport],
    visits: Collection[Visit],
    now_ms: int,
    declines_before_offer: int,
) -> PlanState | None:
    """One plan from its reports and the visits of its number, none later than now; None when only ever revoked."""
    terms = [report for report in reports if not report.revoked]
    if not terms:
        return None
    plan = max(terms, key=lambda one: (one.at_ms, one.event_id))
    made = _made(reports, visits)
    ends_ms, ended = _end(plan, reports)
    if ends_ms <= now_ms:
        return _state(plan, ended, 0, 0, False)
    due_ms = min(_next_due(plan, made), ends_ms)
    offered = _declined_in_a_row(made) >= declines_before_offer
    return _state(
        plan,
        Standing.OFFER_TO_END if offered else Standing.ACTIVE,
        due_ms,
        due_ms if due_ms < now_ms else 0,
        bool(made) and made[-1].result is VisitResult.NEEDS_HELP,
    )


def _made(reports: Collection[PlanReport], visits: Collection[Visit]) -> list[Visit]:
    """The visits of the plan that were made, oldest first."""
    sources = {report.source for report in reports}
    households = {report.household_id for report in reports}
    own = [
        visit
        for visit in visits
        if (visit.source in sources or visit.household_id in households)
        and visit.result is not VisitResult.NOT_HOME
    ]
    return sorted(own, key=lambda one: (one.at_ms, one.event_id))


def _end(plan: PlanReport, reports: Collection[PlanReport]) -> tuple[int, Standing]:
    revoked_ms = min((one.at_ms for one in reports if one.revoked), default=NEVER_MS)
    ends = (
        (revoked_ms, Standing.REVOKED),
        (plan.ends_ms, Standing.RAN_OUT),
        (plan.category_ends_ms, Standing.CATEGORY_ENDED),
    )
    return min(ends, key=lambda one: one[0])


def _next_due(plan: PlanReport, made: list[Visit]) -> int:
    if not made:
        return plan.first_visit_due_ms
    return made[-1].at_ms + plan.visit_every_days * DAY_MS


def _declined_in_a_row(made: list[Visit]) -> int:
    count = 0
    for visit in reversed(made):
        if visit.result is not VisitResult.DECLINED:
            break
        count += 1
    return count


def _state(
    plan: PlanReport, standing: Standing, due_ms: int, overdue_ms: int, needs_help: bool
) -> PlanState:
    return PlanState(
        plan.source,
        plan.plan_id,
        plan.jurisdiction_code,
        plan.visitor_id,
        standing,
        due_ms,
        overdue_ms,
        needs_help,
    )
