"""What can happen under triage rules, by enumeration: which rule decides, and which cases hang on it.

Conditions only ever add (a fact is asked for as yes, a count as at least so many), so of all incidents that meet
a rule those with one fact asked for and no more incidents than asked for are the hardest for an earlier rule
to take. A rule that decides none of these decides nothing at all: the enumeration is small and exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from services.risk_scoring.domain.triage import Happened, deciding, holds
from services.risk_scoring.domain.triage_rules import Rule, RuleSet, Then, TriageCase, When

# Stands for every kind and role that no rule names.
UNLISTED = "unlisted"


def mildest(when: When, categories: Iterable[str], roles: Iterable[str]) -> Iterator[Happened]:
    """The incidents that barely meet a rule, over the kinds and roles given where it names none."""
    facts = when.facts_any or ("",)
    in_90 = max(when.incidents_30d, when.incidents_90d)
    for category in when.categories or categories:
        for role in when.roles or roles:
            for fact in facts:
                yes = frozenset({fact}) if fact else frozenset[str]()
                yield Happened(category, role, yes, when.incidents_30d, in_90)


def shadow_of(rules: RuleSet, at: int, categories: Iterable[str], roles: Iterable[str]) -> str:
    """Ids of the earlier rules that take everything from a rule; "" when it can decide something."""
    categories, roles = tuple(categories), tuple(roles)
    takers: dict[str, None] = {}
    for happened in mildest(rules.rules[at].when, categories, roles):
        taker = _first(rules.rules[:at], happened)
        if taker is None:
            return ""
        takers.setdefault(taker.id)
    return ", ".join(takers)


def happened_in(case: TriageCase) -> Happened:
    """What a unit case tells."""
    in_90 = max(case.incidents_30d, case.incidents_90d)
    return Happened(case.category, case.role, frozenset(case.facts), case.incidents_30d, in_90)


def rule_of(rules: RuleSet, case: TriageCase) -> Rule:
    """The rule that decides a case."""
    return deciding(happened_in(case), rules)


def hangs_on(rules: RuleSet, rule: Rule) -> bool:
    """Whether some case that the rule decides would go elsewhere, or by another time, without it."""
    others = tuple(one for one in rules.rules if one is not rule)
    without = replace(rules, rules=others)
    return any(
        rule_of(rules, case) is rule
        and (not others or _outcome(without, happened_in(case)) != rule.then)
        for case in rules.cases
    )


def _outcome(rules: RuleSet, happened: Happened) -> Then | None:
    found = _first(rules.rules, happened)
    return found.then if found else None


def _first(rules: Iterable[Rule], happened: Happened) -> Rule | None:
    return next((rule for rule in rules if holds(rule.when, happened)), None)


def has_rule_of_its_own(rules: RuleSet, category: str, roles: Iterable[str]) -> bool:
    """Whether a plain incident of a kind, the first one and without facts, is decided by a rule that names the kind."""
    return any(
        category in deciding(Happened(category, role), rules).when.categories for role in roles
    )
