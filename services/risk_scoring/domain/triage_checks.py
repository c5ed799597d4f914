"""What can be wrong with the meaning of triage rules that read well: each problem with its path and its cure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date

from services.risk_scoring.domain.forbidden import forbidden_in
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.triage_cases import (
    UNLISTED,
    hangs_on,
    has_rule_of_its_own,
    rule_of,
    shadow_of,
)
from services.risk_scoring.domain.triage_flaws import TriageFlaw, TriageProblem, Vocabulary
from services.risk_scoring.domain.triage_rules import (
    HoursFrom,
    Route,
    RuleSet,
    SourceKind,
    Then,
)

Found = Iterator[TriageProblem]


def problems(rules: RuleSet) -> list[TriageProblem]:
    """Everything wrong with a rule set as such, in a stable order."""
    return [problem for check in _CHECKS for problem in check(rules)]


def problems_with(rules: RuleSet, words: Vocabulary) -> list[TriageProblem]:
    """What is wrong between a rule set and the words that reports may use."""
    return [*_unknown_words(rules, words), *_handled(rules, words)]


def problems_across(sets: Sequence[RuleSet]) -> list[tuple[int, TriageProblem]]:
    """What is wrong between rule sets, by place in the sequence: on each day one version holds."""
    found: list[tuple[int, TriageProblem]] = []
    for at, one in enumerate(sets):
        for other in sets[:at]:
            if other.key == one.key:
                found.append((at, _version_twice(one)))
            elif other.effective.begins == one.effective.begins:
                found.append((at, _overlap(other)))
    return found


def expiry(rules: RuleSet, today: date) -> Found:
    """Rules past their days go on deciding, since silence would be worse; whoever keeps them must hear of it."""
    until = rules.effective.until
    if until is not None and until < today:
        yield _made(
            TriageFlaw.EXPIRED,
            "effective.until",
            Text(f"已于 {until} 到期", f"it ended on {until}"),
            Text("启用新版本", "put a new version in force"),
        )


def _version_twice(one: RuleSet) -> TriageProblem:
    return _made(
        TriageFlaw.VERSION_TWICE,
        "version",
        Text(f"{one.key} 已在另一文件中", f"{one.key} is in another file already"),
        Text("换一个版本号", "choose another version"),
    )


def _overlap(other: RuleSet) -> TriageProblem:
    return _made(
        TriageFlaw.PERIOD_OVERLAP,
        "effective.from",
        Text(f"与 {other.key} 同日生效", f"{other.key} begins on the same day"),
        Text("改为另一天", "choose another day"),
    )


def _reach(rules: RuleSet) -> Found:
    """By enumeration over kinds, roles and facts: a rule that earlier ones take everything from decides nothing."""
    named = [one.when for one in rules.rules]
    categories = dict.fromkeys([name for when in named for name in when.categories] + [UNLISTED])
    roles = dict.fromkeys([name for when in named for name in when.roles] + [UNLISTED])
    for at in range(len(rules.rules)):
        shadow = shadow_of(rules, at, categories, roles)
        if shadow:
            yield _made(
                TriageFlaw.UNREACHABLE,
                f"rules[{at}].when",
                Text(f"永远轮不到：已被 {shadow} 取走", f"never decides: {shadow} take it all"),
                Text(
                    "移到前面、收窄前面的规则，或删除",
                    "move it up, narrow the others, or delete it",
                ),
            )


def _catch_all(rules: RuleSet) -> Found:
    last, at = rules.rules[-1], len(rules.rules) - 1
    if not last.when.asks_nothing or last.then.route is not Route.REPORT_UP:
        yield _made(
            TriageFlaw.CATCH_ALL_WRONG,
            f"rules[{at}]",
            Text("最后一条须无条件上报", "the last rule must report up whatever is left"),
            Text("when: {} 与 report_up", "when: {} with report_up"),
        )


def _departments(rules: RuleSet) -> Found:
    known = {one.id for one in rules.departments}
    used: set[str] = set()
    for at, rule in enumerate(rules.rules):
        names = _handed_to(rule.then)
        used.update(names)
        for name in sorted(set(names) - known):
            yield _unknown(TriageFlaw.DEPARTMENT_UNKNOWN, f"rules[{at}].dispatch", name, known)
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield _made(
                TriageFlaw.DEPARTMENT_TWICE,
                f"rules[{at}].dispatch.joint",
                Text(f"{name} 出现两次", f"{name} stands twice"),
                Text("每个部门只写一次", "name each department once"),
            )
    for at, one in enumerate(rules.departments):
        if one.id not in used:
            yield _made(
                TriageFlaw.DEPARTMENT_UNUSED,
                f"departments[{at}].id",
                Text(f"没有规则移交给 {one.id}", f"no rule hands anything to {one.id}"),
                Text("删除或写入规则", "delete it, or name it in a rule"),
            )


def _handed_to(then: Then) -> list[str]:
    return [then.lead, *then.joint] if then.route is Route.DISPATCH else []


def _hours(rules: RuleSet) -> Found:
    for at, rule in enumerate(rules.rules):
        path = f"rules[{at}].{rule.then.route.name.lower()}"
        for name, hours in (
            ("accept_within_hours", rule.then.accept_hours),
            ("finish_within_hours", rule.then.finish_hours),
        ):
            if hours < 1:
                yield _made(
                    TriageFlaw.HOURS_ZERO,
                    f"{path}.{name}",
                    Text("时限为零，一接收就逾期", "no time at all: overdue at once"),
                    Text("至少 1 小时", "at least 1 hour"),
                )
        if 1 <= rule.then.finish_hours < rule.then.accept_hours:
            yield _made(
                TriageFlaw.HOURS_ORDER,
                f"{path}.finish_within_hours",
                Text("办结早于签收", "finished before it is accepted"),
                Text(f"不少于 {rule.then.accept_hours}", f"at least {rule.then.accept_hours}"),
            )
        if rule.source.kind is SourceKind.PRACTICE and rule.source.hours is HoursFrom.CLAUSE:
            yield _made(
                TriageFlaw.HOURS_UNSOURCED,
                f"rules[{at}].source.hours",
                Text("没有条文规定这个时限", "no clause sets these hours"),
                Text("ours，或写明条文", "ours, or name the clause"),
            )


def _texts(rules: RuleSet) -> Found:
    places = [("title", rules.title)]
    places += [(f"departments[{at}].name", one.name) for at, one in enumerate(rules.departments)]
    for at, rule in enumerate(rules.rules):
        places += [(f"rules[{at}].text", rule.text), (f"rules[{at}].source.cite", rule.source.cite)]
    missing = [
        f"{path}.{language}"
        for path, text in places
        for language, words in (("zh", text.zh), ("en", text.en))
        if not words
    ]
    if not rules.review.reviewer:
        missing.append("review.reviewer")
    for path in missing:
        yield _made(
            TriageFlaw.TEXT_MISSING,
            path,
            Text("缺少文字", "the text is missing"),
            Text("补上中英文文字和来源", "write it, in Chinese and English, with its source"),
        )


def _forbidden(rules: RuleSet) -> Found:
    """Rules may ask what was done, never who somebody is. Departments' names are only names."""
    for at, rule in enumerate(rules.rules):
        when = rule.when
        asked = " ".join((*when.categories, *when.roles, *when.facts_any))
        factor = forbidden_in(f"{rule.id} {rule.text.zh} {rule.text.en} {asked}")
        if factor is not None:
            yield _made(
                TriageFlaw.FORBIDDEN_FACTOR,
                f"rules[{at}]",
                Text(
                    f"{rule.id} 涉及不得使用的因素：{factor.name.zh}",
                    f"{rule.id} rests on {factor.name.en}",
                ),
                Text("改按具体行为分流，或删除", "go by an act instead, or delete it"),
            )


def _ids(rules: RuleSet) -> Found:
    lists = {
        "departments": [one.id for one in rules.departments],
        "rules": [one.id for one in rules.rules],
    }
    for name, ids in lists.items():
        for at, one in enumerate(ids):
            if one in ids[:at] or not one:
                yield _made(
                    TriageFlaw.DUPLICATE_ID,
                    f"{name}[{at}].id",
                    Text(f"编号 {one} 重复或为空", f"the id {one!r} stands twice or is empty"),
                    Text("换一个编号", "choose another id"),
                )


def _cases(rules: RuleSet) -> Found:
    """Each rule decides a case that would come out otherwise without it."""
    tested: set[str] = set()
    for at, case in enumerate(rules.cases):
        got = rule_of(rules, case).id
        tested.add(got)
        if got != case.rule:
            yield _made(
                TriageFlaw.CASE_FAILED,
                f"cases[{at}]",
                Text(f"用例“{case.name}”由 {got} 决定", f"{got} decides the case '{case.name}'"),
                Text("改规则或改用例", "change the rules or the case"),
            )
    for at, rule in enumerate(rules.rules):
        if rule.id not in tested:
            yield _made(
                TriageFlaw.RULE_UNTESTED,
                f"rules[{at}]",
                Text(f"没有用例由 {rule.id} 决定", f"{rule.id} decides no case"),
                Text("在 cases 中加一条", "add one to cases"),
            )
        elif not hangs_on(rules, rule):
            yield _made(
                TriageFlaw.CASE_WITHOUT_BITE,
                f"rules[{at}]",
                Text(
                    f"没有用例的结果取决于 {rule.id}",
                    f"no case would come out otherwise without {rule.id}",
                ),
                Text("加一条它起决定作用的用例", "add a case that it decides"),
            )


def _days(rules: RuleSet) -> Found:
    begins, until = rules.effective.begins, rules.effective.until
    if until is not None and until < begins:
        yield _made(
            TriageFlaw.PERIOD_ORDER,
            "effective.until",
            Text("结束早于开始", "it ends before it begins"),
            Text(f"不早于 {begins}", f"not before {begins}"),
        )
    if rules.review.reviewed_on > begins:
        yield _made(
            TriageFlaw.REVIEW_LATE,
            "review.reviewed_on",
            Text("生效后才评审", "reviewed after it took effect"),
            Text(f"不晚于 {begins}", f"by {begins}"),
        )


def _unknown_words(rules: RuleSet, words: Vocabulary) -> Found:
    kinds = (TriageFlaw.CATEGORY_UNKNOWN, words.categories)
    roles, facts = (TriageFlaw.ROLE_UNKNOWN, words.roles), (TriageFlaw.FACT_UNKNOWN, words.facts)
    places: list[tuple[str, Sequence[str], tuple[TriageFlaw, Collection[str]]]] = []
    for at, rule in enumerate(rules.rules):
        path, when = f"rules[{at}].when", rule.when
        places.append((f"{path}.categories", when.categories, kinds))
        places.append((f"{path}.roles", when.roles, roles))
        places.append((f"{path}.facts_any", when.facts_any, facts))
    for at, case in enumerate(rules.cases):
        places.append((f"cases[{at}].category", (case.category,), kinds))
        places.append((f"cases[{at}].role", (case.role,), roles))
        places.append((f"cases[{at}].facts", case.facts, facts))
    places.append(("left_to_catch_all", rules.left_to_catch_all, kinds))
    for path, names, (flaw, known) in places:
        for name in names:
            if name not in known:
                yield _unknown(flaw, path, name, known)


def _handled(rules: RuleSet, words: Vocabulary) -> Found:
    """A plain incident of each kind is decided by a rule of its own, or said to be left to the last."""
    left = set(rules.left_to_catch_all)
    for category in words.categories:
        handled = has_rule_of_its_own(rules, category, words.roles)
        if not handled and category not in left:
            yield _made(
                TriageFlaw.CATEGORY_UNHANDLED,
                "rules",
                Text(f"没有规则列明类别 {category}", f"no rule that names {category} decides it"),
                Text(
                    "加一条规则，或列入 left_to_catch_all",
                    "add a rule, or list it there: left_to_catch_all",
                ),
            )
        if handled and category in left:
            yield _made(
                TriageFlaw.CATEGORY_HANDLED,
                "left_to_catch_all",
                Text(f"类别 {category} 已有规则", f"a rule takes {category} already"),
                Text("从名单中删除", "take it off the list"),
            )


def _unknown(flaw: TriageFlaw, path: str, name: str, known: Collection[str]) -> TriageProblem:
    allowed = ", ".join(sorted(known))
    message = Text(f"{name} 不在允许的名单中", f"{name} is not on the list")
    return _made(flaw, path, message, Text(allowed, allowed))


def _made(flaw: TriageFlaw, path: str, message: Text, fix: Text) -> TriageProblem:
    return TriageProblem(flaw, path, message, fix)


_CHECKS: tuple[Callable[[RuleSet], Found], ...] = (
    _forbidden,
    _catch_all,
    _reach,
    _departments,
    _hours,
    _texts,
    _ids,
    _days,
    _cases,
)
