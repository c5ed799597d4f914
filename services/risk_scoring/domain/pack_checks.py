"""What can be wrong with the meaning of a pack that reads well: each problem with its path and its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from services.common.terms import Level
from services.risk_scoring.domain.answers import NO, UNKNOWN, YES
from services.risk_scoring.domain.forbidden import forbidden_in
from services.risk_scoring.domain.pack import Nature, Pack, Text
from services.risk_scoring.domain.pack_cases import hangs_on, outcome_of, row_of
from services.risk_scoring.domain.pack_combination_checks import combinations
from services.risk_scoring.domain.pack_flaws import Flaw, Problem
from services.risk_scoring.domain.pack_origin_checks import periods, provenance


def problems_across(packs: Sequence[Pack]) -> list[tuple[Pack, Problem]]:
    """What is wrong between packs: a kind of incident has one pack, and kinds that none lists have one too."""
    found: list[tuple[Pack, Problem]] = []
    owners: dict[str, Pack] = {}
    for pack in packs:
        for category in sorted(pack.scope.categories):
            if category in owners:
                found.append((pack, _claimed_twice(category, owners[category])))
            owners.setdefault(category, pack)
    takers = [pack for pack in packs if pack.scope.accepts_other]
    found += [(pack, _others(len(takers))) for pack in (takers[1:] if takers else packs[:1])]
    return found


def _claimed_twice(category: str, owner: Pack) -> Problem:
    return Problem(
        Flaw.CATEGORY_TWICE,
        "scope.categories",
        Text(f"类别 {category} 已归 {owner.id}", f"the kind {category} belongs to {owner.id}"),
        Text("只留一处", "keep one of the two"),
    )


def _others(takers: int) -> Problem:
    return Problem(
        Flaw.OTHERS_RATED,
        "scope.accepts_other",
        Text(
            f"未列出的事件类别由 {takers} 个规则包接收",
            f"{takers} packs take the kinds of incident that none lists",
        ),
        Text("恰好一个为 true", "true in exactly one"),
    )


def problems(pack: Pack) -> list[Problem]:
    """Everything wrong with a pack, in a stable order."""
    return [problem for check in _CHECKS for problem in check(pack)]


def _forbidden(pack: Pack) -> Iterator[Problem]:
    for path, one in pack.rules:
        factor = forbidden_in(f"{one.id} {one.text.zh} {one.text.en}")
        if factor is not None:
            yield Problem(
                Flaw.FORBIDDEN_FACTOR,
                path,
                Text(
                    f"{one.id} 涉及不得评分的因素：{factor.name.zh}",
                    f"{one.id} scores {factor.name.en}",
                ),
                Text(
                    "改问具体行为或需求，或删除", "ask about an act or a need instead, or delete it"
                ),
            )


def _weights(pack: Pack) -> Iterator[Problem]:
    for at, one in enumerate(pack.indicators):
        if one.weight < 0 and one.floor is not Level.NONE:
            yield Problem(
                Flaw.NEGATIVE_UNDER_FLOOR,
                f"indicators[{at}].weight",
                Text(f"{one.id} 有底线级别却扣分", f"{one.id} sets a floor and takes points away"),
                Text("分值改为零或正数", "make the weight zero or positive"),
            )
        if one.trigger and one.floor is not Level.RED:
            yield Problem(
                Flaw.TRIGGER_WITHOUT_FLOOR,
                f"indicators[{at}].trigger",
                Text(
                    f"{one.id} 是致命信号但底线不是红色",
                    f"{one.id} is a lethal sign without floor red",
                ),
                Text("加上 floor: red", "add floor: red"),
            )


def _natures(pack: Pack) -> Iterator[Problem]:
    """Only a protective factor takes points away; how things stand is never enough for red."""
    for at, one in enumerate(pack.indicators):
        protective = one.nature is Nature.PROTECTIVE
        if one.weight < 0 and not protective:
            yield Problem(
                Flaw.NEGATIVE_UNMARKED,
                f"indicators[{at}].weight",
                Text(f"{one.id} 扣分却不是保护因素", f"{one.id} takes points away unmarked"),
                Text("写明 nature: protective", "say nature: protective"),
            )
        if protective and (one.weight >= 0 or one.implied_by):
            yield Problem(
                Flaw.PROTECTIVE_WRONG,
                f"indicators[{at}].nature",
                Text(
                    f"保护因素 {one.id} 须扣分，且不由事件推出",
                    f"the protective {one.id} must take points away, and no incident implies it",
                ),
                Text("分值改为负数，删除 implied_by", "a negative weight, no implied_by"),
            )
    circumstances = [one for one in pack.indicators if one.nature is Nature.CIRCUMSTANCE]
    most = sum(max(0, one.weight) for one in circumstances)
    if most >= pack.red_at or any(one.floor is Level.RED for one in circumstances):
        yield Problem(
            Flaw.STATUS_ONLY_RED,
            "thresholds.red_at",
            Text(
                "仅凭处境（circumstance）就能达到红色",
                "circumstances alone, without any act, give red",
            ),
            Text("降低其分值或去掉红色底线", "lower their weights, or take the red floor away"),
        )


def _reach(pack: Pack) -> Iterator[Problem]:
    """A rule that can change nothing, and an incident that is counted twice."""
    named = {name for duty in pack.duties for name in duty.when_any}
    named |= {name for one in pack.combinations for names in one.each_of for name in names}
    implied: dict[str, str] = {}
    for at, one in enumerate(pack.indicators):
        if not one.weight and one.floor is Level.NONE and one.id not in named:
            yield Problem(
                Flaw.WITHOUT_EFFECT,
                f"indicators[{at}]",
                Text(f"{one.id} 不影响任何结果", f"{one.id} changes nothing"),
                Text("设分值、底线或义务，或删除", "give it a weight, floor or duty, or delete it"),
            )
        for category in one.implied_by:
            if category in implied:
                yield Problem(
                    Flaw.IMPLIED_TWICE,
                    f"indicators[{at}].implied_by",
                    Text(
                        f"类别 {category} 已推出 {implied[category]}，会重复计分",
                        f"{category} implies {implied[category]} already: counted twice",
                    ),
                    Text("只留一处", "keep one of the two"),
                )
            implied.setdefault(category, one.id)


def _thresholds(pack: Pack) -> Iterator[Problem]:
    for name, value in (("yellow_at", pack.yellow_at), ("red_at", pack.red_at)):
        if value < 1:
            yield Problem(
                Flaw.THRESHOLD_ZERO,
                f"thresholds.{name}",
                Text(
                    f"{name} 为 {value}，所有家庭都会命中",
                    f"{name} is {value}: every household meets it",
                ),
                Text("至少为 1", "at least 1"),
            )
    if pack.red_at <= pack.yellow_at:
        yield Problem(
            Flaw.THRESHOLD_ORDER,
            "thresholds.red_at",
            Text(
                "red_at 不高于 yellow_at，黄色永远不会出现",
                "red_at is not above yellow_at: yellow never occurs",
            ),
            Text(f"大于 {pack.yellow_at}", f"more than {pack.yellow_at}"),
        )
    most = sum(max(0, weight) for weight in pack.tables.weights)
    most += pack.recency.cap + pack.change.cap
    for name, value in (("yellow_at", pack.yellow_at), ("red_at", pack.red_at)):
        if most < value:
            yield Problem(
                Flaw.THRESHOLD_UNREACHABLE,
                f"thresholds.{name}",
                Text(
                    f"最高只有 {most} 分，达不到 {value}", f"at most {most} points, never {value}"
                ),
                Text(f"不高于 {most}", f"at most {most}"),
            )


def _texts(pack: Pack) -> Iterator[Problem]:
    places = [(f"indicators[{at}].text", one.text) for at, one in enumerate(pack.indicators)]
    places += [(f"combinations[{at}].text", one.text) for at, one in enumerate(pack.combinations)]
    places += [(f"duties[{at}].text", duty.text) for at, duty in enumerate(pack.duties)]
    places += [
        (f"sources[{at}].{name}", text)
        for at, one in enumerate(pack.sources)
        for name, text in (
            ("name", one.name),
            ("population", one.population),
            ("licence", one.licence),
        )
    ]
    places += [("title", pack.title), ("thresholds.why", pack.chosen.why)]
    missing = [
        f"{path}.{language}"
        for path, text in places
        for language, words in (("zh", text.zh), ("en", text.en))
        if not words
    ]
    missing += [
        f"{path}.provenance.cites" for path, one in pack.rules if not any(one.provenance.cites)
    ]
    if not pack.review.reviewer:
        missing.append("review.reviewer")
    if not pack.chosen.chosen_by:
        missing.append("thresholds.chosen_by")
    missing += [f"duties[{at}].source" for at, duty in enumerate(pack.duties) if not duty.source]
    for path in missing:
        yield Problem(
            Flaw.TEXT_MISSING,
            path,
            Text("缺少文字", "the text is missing"),
            Text("补上中英文文字和来源", "write it, in Chinese and English, with its source"),
        )


def _ids(pack: Pack) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, one in enumerate(pack.indicators):
        if one.id in seen:
            yield Problem(
                Flaw.DUPLICATE_ID,
                f"indicators[{at}].id",
                Text(f"编号 {one.id} 重复", f"the id {one.id} stands twice"),
                Text("换一个编号", "choose another id"),
            )
        seen.add(one.id)
    for place, together in enumerate(pack.combinations):
        if together.id in seen:
            yield Problem(
                Flaw.DUPLICATE_ID,
                f"combinations[{place}].id",
                Text(f"编号 {together.id} 重复", f"the id {together.id} stands twice"),
                Text("换一个编号", "choose another id"),
            )
        seen.add(together.id)
    named = [(f"duties[{at}].when_any", duty.when_any) for at, duty in enumerate(pack.duties)]
    named += [
        (f"combinations[{at}].each_of[{group}]", names)
        for at, together in enumerate(pack.combinations)
        for group, names in enumerate(together.each_of)
    ]
    named += [(f"cases[{at}].hits", case.hits) for at, case in enumerate(pack.cases)]
    named += [(f"cases[{at}].unknown", case.unknown) for at, case in enumerate(pack.cases)]
    for path, names in named:
        for name in names:
            if name not in pack.tables.index:
                known = ", ".join(pack.tables.index)
                yield Problem(
                    Flaw.UNKNOWN_ID,
                    path,
                    Text(f"没有编号为 {name} 的指标", f"no indicator has the id {name}"),
                    Text(known, known),
                )


def _scope(pack: Pack) -> Iterator[Problem]:
    for category in sorted(pack.scope.categories & pack.scope.refuses):
        yield Problem(
            Flaw.SCOPE_CONTRADICTION,
            "scope.refuses",
            Text(f"{category} 既接受又拒绝", f"{category} is accepted and refused"),
            Text("只留一处", "keep one of the two"),
        )
    for at, one in enumerate(pack.indicators):
        for category in one.implied_by:
            if category not in pack.scope.categories:
                yield Problem(
                    Flaw.IMPLIED_OUT_OF_SCOPE,
                    f"indicators[{at}].implied_by",
                    Text(
                        f"类别 {category} 不在本包范围内",
                        f"the pack does not list the kind {category}",
                    ),
                    Text("加入 scope.categories 或删除", "add it to scope.categories or delete it"),
                )


def _order(pack: Pack) -> Iterator[Problem]:
    if list(pack.clocks.steps) != sorted(pack.clocks.steps):
        yield Problem(
            Flaw.CLOCK_ORDER,
            "reassess_hours",
            Text("风险越高复评间隔应越短", "a higher level must be assessed again sooner"),
            Text(
                "red_trigger ≤ red ≤ yellow ≤ green ≤ none",
                "red_trigger ≤ red ≤ yellow ≤ green ≤ none",
            ),
        )
    recency = pack.recency
    if not recency.within_30 >= recency.within_90 >= recency.within_365:
        yield Problem(
            Flaw.RECENCY_ORDER,
            "recency",
            Text("越近的事件分值不应更低", "a more recent incident must not count less"),
            Text("30 天 ≥ 90 天 ≥ 365 天", "30 days ≥ 90 days ≥ 365 days"),
        )


def _cases(pack: Pack) -> Iterator[Problem]:
    for at, case in enumerate(pack.cases):
        outcome = outcome_of(pack, case)
        got = (outcome.level, outcome.cannot_rate)
        if got != (case.level, case.cannot_rate) or not outcome.duties.issuperset(case.duties):
            told = f"{outcome.level.name.lower()}, cannot_rate={outcome.cannot_rate}"
            yield Problem(
                Flaw.CASE_FAILED,
                f"cases[{at}]",
                Text(f"用例“{case.name}”得到 {told}", f"the case '{case.name}' gives {told}"),
                Text("改规则或改用例", "change the rules or the case"),
            )
    for level in (Level.GREEN, Level.YELLOW, Level.RED):
        if not any(case.level is level for case in pack.cases):
            yield _untested(level.name.lower())
    if not any(case.cannot_rate for case in pack.cases):
        yield _untested("cannot_rate")


def _untested(outcome: str) -> Problem:
    return Problem(
        Flaw.OUTCOME_UNTESTED,
        "cases",
        Text(f"没有用例得到 {outcome}", f"no case gives {outcome}"),
        Text("在 cases 中加一条", "add one to cases"),
    )


def _coverage(pack: Pack) -> Iterator[Problem]:
    """Each rule has a case where it is yes, no and unknown, and one whose outcome hangs on its yes."""
    rows = [row_of(pack, case) for case in pack.cases]
    words = {YES: Text("是", "yes"), NO: Text("否", "no"), UNKNOWN: Text("未知", "unknown")}
    for at, one in enumerate(pack.indicators):
        path = f"indicators[{at}]"
        for answer, word in words.items():
            if not any(row[at] == answer for row in rows):
                yield Problem(
                    Flaw.INDICATOR_UNTESTED,
                    path,
                    Text(
                        f"没有用例让 {one.id} 为“{word.zh}”",
                        f"no case answers {one.id} with {word.en}",
                    ),
                    Text("在 cases 中加一条", "add one to cases"),
                )
        if any(row[at] == YES for row in rows) and not hangs_on(pack, at):
            yield Problem(
                Flaw.CASE_WITHOUT_BITE,
                path,
                Text(
                    f"没有用例的结果取决于 {one.id} 为“是”",
                    f"no case would come out otherwise without the yes of {one.id}",
                ),
                Text("加一条它起决定作用的用例", "add a case that it decides"),
            )


_CHECKS: tuple[Callable[[Pack], Iterator[Problem]], ...] = (
    _forbidden,
    _weights,
    _natures,
    _reach,
    provenance,
    periods,
    _thresholds,
    _texts,
    _ids,
    _scope,
    _order,
    _cases,
    _coverage,
    combinations,
)
