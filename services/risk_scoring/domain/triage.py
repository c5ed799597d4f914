"""The verb of triage: an incident goes to departments, up a tier, or stays in the village; exactly one rule decides.

It stands beside the risk decision: it changes no level, and no level changes it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from services.common.ids import derived_id
from services.common.spans import HOUR_MS
from services.common.terms import Tier
from services.risk_scoring.domain.triage_rules import Route, Rule, RuleSet, Then, When


class TriageReason(IntEnum):
    """Why this route; the numbers are those of the protocol."""

    RULE = 1
    CATCH_ALL = 2


class Happened(NamedTuple):
    """What triage may know of an incident: what was done and seen, never who somebody is.

    yes: the facts reported to hold. incidents_30d, incidents_90d: of the same subject, this one included.
    """

    category: str
    role: str = ""
    yes: frozenset[str] = frozenset()
    incidents_30d: int = 0
    incidents_90d: int = 0


class Task(NamedTuple):
    """One department's part; exactly one of a dispatch leads."""

    department_id: str
    tier: Tier
    lead: bool


class Triage(NamedTuple):
    """Where an incident goes, by which rule, and by when it must be accepted and finished."""

    rule_set: str
    rule_id: str
    route: Route
    reason: TriageReason
    tier: Tier
    departments: tuple[Task, ...]
    facts: tuple[str, ...]
    accept_due_ms: int
    finish_due_ms: int


def triage(happened: Happened, rules: RuleSet, now_ms: int) -> Triage:
    """Decide by the first rule that holds; hours count from `now_ms`."""
    rule = deciding(happened, rules)
    then = rule.then
    departments = _tasks(then, rules)
    return Triage(
        rule_set=rules.key,
        rule_id=rule.id,
        route=then.route,
        reason=TriageReason.CATCH_ALL if rule is rules.rules[-1] else TriageReason.RULE,
        tier=departments[0].tier if departments else then.tier,
        departments=departments,
        facts=tuple(name for name in rule.when.facts_any if name in happened.yes),
        accept_due_ms=now_ms + then.accept_hours * HOUR_MS,
        finish_due_ms=now_ms + then.finish_hours * HOUR_MS,
    )


def triage_id(event_id: str, rule_set: str) -> str:
    """The id of a decision: the same for the same event and the same version of the rules."""
    return derived_id(event_id, "triage", rule_set)


def deciding(happened: Happened, rules: RuleSet) -> Rule:
    """The rule that decides: the first that holds, at the latest the last one, which asks for nothing."""
    for rule in rules.rules:
        if holds(rule.when, happened):
            return rule
    return rules.rules[-1]


def holds(when: When, happened: Happened) -> bool:
    """Whether an incident meets every condition."""
    return (
        (not when.categories or happened.category in when.categories)
        and (not when.roles or happened.role in when.roles)
        and (not when.facts_any or not happened.yes.isdisjoint(when.facts_any))
        and happened.incidents_30d >= when.incidents_30d
        and happened.incidents_90d >= when.incidents_90d
    )


def _tasks(then: Then, rules: RuleSet) -> tuple[Task, ...]:
    if then.route is not Route.DISPATCH:
        return ()
    names = (then.lead, *then.joint)
    return tuple(Task(name, rules.department(name).tier, name == then.lead) for name in names)
