"""Explains a triage in words: what is done, why, on which source, by whom and by when."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.terms import Language, Tier
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.triage import Triage
from services.risk_scoring.domain.triage_rules import HoursFrom, Route, Rule, RuleSet
from services.risk_scoring.service.words import pick

_TIERS = {
    Tier.VILLAGE: Text("村（社区）", "the village"),
    Tier.TOWNSHIP: Text("乡镇", "the township"),
    Tier.COUNTY: Text("县", "the county"),
    Tier.PREFECTURE: Text("州", "the prefecture"),
}
_LED = Text(
    "移交{lead}，{accept}小时内签收，{finish}小时内办结",
    "Handed to {lead}: accept within {accept} h, finish within {finish} h",
)
_WITH = Text("；协同：{joint}", "; co-handling: {joint}")
_UP = Text(
    "上报{tier}综治中心，{accept}小时内签收，{finish}小时内办结",
    "Reported up to the centre of {tier}: accept within {accept} h, finish within {finish} h",
)
_KEPT = Text(
    "由{tier}和网格当场处理，{accept}小时内签收，{finish}小时内办结",
    "Kept by {tier} and grid: accept within {accept} h, finish within {finish} h",
)
_SOURCE = Text("{cite} [{mark}]；时限：{hours}", "{cite} [{mark}]; hours: {hours}")
_HOURS = {
    HoursFrom.CLAUSE: Text("条文规定", "set by the clause"),
    HoursFrom.OURS: Text("本系统建议，由当地确定", "ours, for the prefecture to set"),
}


@dataclass(frozen=True, slots=True)
class NamedTask:
    """A department's part, with its name."""

    department_id: str
    name: str
    tier: Tier
    lead: bool


@dataclass(frozen=True, slots=True)
class TriageWords:
    """A triage in one language."""

    headline: str
    why: str
    source: str
    departments: tuple[NamedTask, ...]


def explained(decided: Triage, rules: RuleSet, language: Language) -> TriageWords:
    """The words of a decision made by these rules."""
    rule = next(one for one in rules.rules if one.id == decided.rule_id)
    departments = tuple(
        NamedTask(
            task.department_id,
            pick(rules.department(task.department_id).name, language),
            task.tier,
            task.lead,
        )
        for task in decided.departments
    )
    return TriageWords(
        _headline(rule, departments, language),
        pick(rule.text, language),
        _source(rule, language),
        departments,
    )


def _headline(rule: Rule, departments: tuple[NamedTask, ...], language: Language) -> str:
    then = rule.then
    hours = {"accept": then.accept_hours, "finish": then.finish_hours}
    if then.route is not Route.DISPATCH:
        sentence = _UP if then.route is Route.REPORT_UP else _KEPT
        return pick(sentence, language).format(tier=pick(_TIERS[then.tier], language), **hours)
    lead = pick(_LED, language).format(lead=departments[0].name, **hours)
    comma = ", " if language is Language.EN else "、"
    joint = comma.join(one.name for one in departments if not one.lead)
    return lead + pick(_WITH, language).format(joint=joint) if joint else lead


def _source(rule: Rule, language: Language) -> str:
    source = rule.source
    return pick(_SOURCE, language).format(
        cite=pick(source.cite, language),
        mark=source.mark.value,
        hours=pick(_HOURS[source.hours], language),
    )
