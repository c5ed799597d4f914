"""Triage rules from YAML files into validated frozen facts; a rule set with a problem is refused at start."""

from __future__ import annotations

from pathlib import Path

from services.common.terms import Tier
from services.risk_scoring.adapters.pack_reader import Node, PackError, open_file
from services.risk_scoring.domain.pack import Mark, Period, Review, Text
from services.risk_scoring.domain.triage_checks import problems, problems_across
from services.risk_scoring.domain.triage_rules import (
    Department,
    DepartmentKind,
    HoursFrom,
    Route,
    Rule,
    RuleSet,
    RuleSource,
    SourceKind,
    Then,
    TriageCase,
    TriageRules,
    When,
)

_MAX_HOURS = 366 * 24
_MAX_INCIDENTS = 200
_REQUIRED = (
    "id",
    "version",
    "title",
    "effective",
    "review",
    "departments",
    "left_to_catch_all",
    "rules",
    "cases",
)
_WHEN = ("categories", "roles", "facts_any", "incidents_30d", "incidents_90d")
_HOURS = ("accept_within_hours", "finish_within_hours")
_TIERS = {tier.name.lower(): tier for tier in Tier if tier is not Tier.NONE}
_ABOVE = ("township", "county", "prefecture")
_ROUTES = ("dispatch", "report_up", "keep")


def load_triage(folder: Path) -> TriageRules:
    """All rule sets of a folder; PackError for the first problem that makes one unusable."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        problem = Text("没有分流规则", "no triage rules in this folder; set SANSE_TRIAGE_DIR")
        raise PackError(folder, "", problem, Text("*.yaml", "*.yaml"))
    sets = [read_rule_set(file) for file in files]
    for file, one in zip(files, sets, strict=True):
        for found in problems(one):
            raise PackError(file, found.path, found.message, found.fix)
    for at, found in problems_across(sets):
        raise PackError(files[at], found.path, found.message, found.fix)
    return TriageRules(sets)


def read_rule_set(file: Path) -> RuleSet:
    """One file; PackError where its shape is wrong. What it means is judged by the checks."""
    keys = open_file(file).keys(_REQUIRED)
    return RuleSet(
        id=keys["id"].text(),
        version=keys["version"].text(),
        title=_text(keys["title"]),
        effective=_period(keys["effective"]),
        review=_review(keys["review"]),
        departments=tuple(_department(item) for item in keys["departments"].items()),
        left_to_catch_all=keys["left_to_catch_all"].texts(),
        rules=_rules(keys["rules"]),
        cases=tuple(_case(item) for item in keys["cases"].items()),
    )


def _rules(node: Node) -> tuple[Rule, ...]:
    rules = tuple(_rule(item) for item in node.items())
    if not rules:
        raise node.fail(
            Text("没有规则", "there is no rule"), Text("至少一条规则", "at least one rule")
        )
    return rules


def _department(node: Node) -> Department:
    keys = node.keys(("id", "name", "tier", "kind"))
    return Department(
        keys["id"].text(),
        _text(keys["name"]),
        _TIERS[keys["tier"].choice(*_TIERS)],
        DepartmentKind(keys["kind"].choice(*(kind.value for kind in DepartmentKind))),
    )


def _rule(node: Node) -> Rule:
    keys = node.keys(("id", "when", "text", "source"), _ROUTES)
    chosen = [name for name in _ROUTES if name in keys]
    if len(chosen) != 1:
        names = ", ".join(_ROUTES)
        raise node.fail(
            Text("须恰好写明一种去向", "exactly one of them says where it goes"), Text(names, names)
        )
    return Rule(
        keys["id"].text(),
        _when(keys["when"]),
        _then(chosen[0], keys[chosen[0]]),
        _text(keys["text"]),
        _source(keys["source"]),
    )


def _when(node: Node) -> When:
    keys = node.keys((), _WHEN)
    categories, roles, facts = (keys[name].texts() if name in keys else () for name in _WHEN[:3])
    in_30, in_90 = (
        keys[name].integer(1, _MAX_INCIDENTS) if name in keys else 0 for name in _WHEN[3:]
    )
    return When(categories, roles, facts, in_30, in_90)


def _then(name: str, node: Node) -> Then:
    more = {"dispatch": ("lead", "joint"), "report_up": ("tier",), "keep": ()}[name]
    keys = node.keys((*more, *_HOURS))
    accept, finish = (keys[name].integer(0, _MAX_HOURS) for name in _HOURS)
    if name == "dispatch":
        lead, joint = keys["lead"].text(), keys["joint"].texts()
        return Then(Route.DISPATCH, accept, finish, Tier.NONE, lead, joint)
    if name == "report_up":
        return Then(Route.REPORT_UP, accept, finish, _TIERS[keys["tier"].choice(*_ABOVE)])
    return Then(Route.KEEP, accept, finish, Tier.VILLAGE)


def _source(node: Node) -> RuleSource:
    keys = node.keys(("kind", "cite", "mark", "hours"))
    return RuleSource(
        SourceKind(keys["kind"].choice(*(kind.value for kind in SourceKind))),
        _text(keys["cite"]),
        Mark(keys["mark"].choice("V", "R")),
        HoursFrom(keys["hours"].choice(*(whose.value for whose in HoursFrom))),
    )


def _case(node: Node) -> TriageCase:
    keys = node.keys(
        ("name", "category", "role", "rule"), ("facts", "incidents_30d", "incidents_90d")
    )
    counts = {
        name: keys[name].integer(0, _MAX_INCIDENTS) if name in keys else 0 for name in _WHEN[3:]
    }
    return TriageCase(
        keys["name"].text(),
        keys["category"].text(),
        keys["role"].text(),
        keys["facts"].texts() if "facts" in keys else (),
        counts["incidents_30d"],
        counts["incidents_90d"],
        keys["rule"].text(),
    )


def _text(node: Node) -> Text:
    keys = node.keys(("zh", "en"))
    return Text(keys["zh"].text(), keys["en"].text())


def _period(node: Node) -> Period:
    keys = node.keys(("from",), ("until",))
    return Period(keys["from"].day(), keys["until"].day() if "until" in keys else None)


def _review(node: Node) -> Review:
    keys = node.keys(("reviewer", "reviewed_on"))
    return Review(keys["reviewer"].text(), keys["reviewed_on"].day())
