"""What can be wrong with the meaning of a pack that reads well: each problem with its path and its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from services.common.terms import Level
from services.risk_scoring.domain.answers import NO, UNKNOWN, YES
from services.risk_scoring.domain.forbidden import forbidden_in
from services.risk_scoring.domain.pack import Pack, PackCase, Text
from services.risk_scoring.domain.profile import DAY_MS, counts_before
from services.risk_scoring.domain.rating import Rating, rate
from services.risk_scoring.domain.verdict import duties_of


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


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: what, where in the pack, and how to cure it."""

    flaw: Flaw
    path: str
    message: Text
    fix: Text


def problems(pack: Pack) -> list[Problem]:
    """Everything wrong with a pack, in a stable order."""
    return [problem for check in _CHECKS for problem in check(pack)]


def _forbidden(pack: Pack) -> Iterator[Problem]:
    for at, one in enumerate(pack.indicators):
        factor = forbidden_in(f"{one.id} {one.text.zh} {one.text.en}")
        if factor is not None:
            yield Problem(
                Flaw.FORBIDDEN_FACTOR,
                f"indicators[{at}]",
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
    most = sum(max(0, weight) for weight in pack.tables.weights) + pack.recency.cap
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
    places += [(f"duties[{at}].text", duty.text) for at, duty in enumerate(pack.duties)]
    places.append(("title", pack.title))
    missing = [
        f"{path}.{language}"
        for path, text in places
        for language, words in (("zh", text.zh), ("en", text.en))
        if not words
    ]
    missing += [
        f"indicators[{at}].provenance.source"
        for at, one in enumerate(pack.indicators)
        if not one.source
    ]
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
    named = [(f"duties[{at}].when_any", duty.when_any) for at, duty in enumerate(pack.duties)]
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
        rating = rate_case(pack, case)
        got = (rating.level, rating.cannot_rate)
        duties = set(duties_of(pack, rating))
        if got != (case.level, case.cannot_rate) or not duties.issuperset(case.duties):
            told = f"{rating.level.name.lower()}, cannot_rate={rating.cannot_rate}, {rating.points}"
            yield Problem(
                Flaw.CASE_FAILED,
                f"cases[{at}]",
                Text(
                    f"用例“{case.name}”得到 {told} 分",
                    f"the case '{case.name}' gives {told} points",
                ),
                Text("改规则或改用例", "change the rules or the case"),
            )
    tested = {name for case in pack.cases for name in case.hits}
    for at, one in enumerate(pack.indicators):
        if one.id not in tested:
            yield Problem(
                Flaw.INDICATOR_UNTESTED,
                f"indicators[{at}]",
                Text(f"没有用例让 {one.id} 为“是”", f"no case answers {one.id} with yes"),
                Text("在 cases 中加一条", "add one to cases"),
            )


def rate_case(pack: Pack, case: PackCase) -> Rating:
    """What the pack gives for one of its own cases."""
    row = bytearray([UNKNOWN if case.rest == UNKNOWN else NO]) * len(pack.indicators)
    for names, answer in ((case.hits, YES), (case.unknown, UNKNOWN)):
        for name in names:
            if name in pack.tables.index:
                row[pack.tables.index[name]] = answer
    times = tuple(sorted(-days * DAY_MS for days in case.incidents_days_ago))
    return rate(pack, bytes(row), counts_before(times, 0).points(pack.recency))


_CHECKS: tuple[Callable[[Pack], Iterator[Problem]], ...] = (
    _forbidden,
    _weights,
    _thresholds,
    _texts,
    _ids,
    _scope,
    _order,
    _cases,
)
