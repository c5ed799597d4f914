"""What can be wrong with the combinations of a pack: things that give a floor only together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from services.common.terms import Level
from services.risk_scoring.domain.answers import NO, UNKNOWN, YES
from services.risk_scoring.domain.pack import Combination, Nature, Pack, Text
from services.risk_scoring.domain.pack_cases import combination_decides, row_of
from services.risk_scoring.domain.pack_flaws import Flaw, Problem


def combinations(pack: Pack) -> Iterator[Problem]:
    """The problems of each combination, in the order of the pack."""
    for place, one in enumerate(pack.combinations):
        path = f"combinations[{place}]"
        yield from _shape(one, path)
        yield from _natures(pack, one, path)
        if all(name in pack.tables.index for names in one.each_of for name in names):
            yield from _effect(pack, one, path)
            yield from _cases(pack, place, path)


def _shape(one: Combination, path: str) -> Iterator[Problem]:
    if len(one.each_of) < 2 or not all(one.each_of):
        yield Problem(
            Flaw.COMBINATION_TOO_SMALL,
            f"{path}.each_of",
            Text(
                f"{one.id} 不足两组，或有空组",
                f"{one.id} has fewer than two groups, or an empty one",
            ),
            Text(
                "至少两组，每组至少一项；单项请用 floor",
                "two groups or more, none empty; for one thing use floor",
            ),
        )
    names = [name for group in one.each_of for name in dict.fromkeys(group)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Problem(
            Flaw.COMBINATION_OVERLAP,
            f"{path}.each_of",
            Text(
                f"{name} 出现在多组中，一项即满足多组",
                f"{name} stands in several groups, and alone meets them",
            ),
            Text("每项只留在一组", "keep it in one group"),
        )


def _natures(pack: Pack, one: Combination, path: str) -> Iterator[Problem]:
    """No protective factor raises a level, and circumstances alone never give red."""
    nature = {indicator.id: indicator.nature for indicator in pack.indicators}
    for name in dict.fromkeys(name for names in one.each_of for name in names):
        if nature.get(name) is Nature.PROTECTIVE:
            yield Problem(
                Flaw.PROTECTIVE_WRONG,
                f"{path}.each_of",
                Text(
                    f"保护因素 {name} 不得提高级别", f"the protective {name} must not raise a level"
                ),
                Text("从组合中删除", "take it out of the combination"),
            )
    circumstantial = all(
        any(nature.get(name) is Nature.CIRCUMSTANCE for name in names) for names in one.each_of
    )
    if one.floor is Level.RED and circumstantial:
        yield Problem(
            Flaw.STATUS_ONLY_RED,
            f"{path}.each_of",
            Text("仅凭处境就能达到红色", "circumstances alone, without any act, give red"),
            Text("至少一组只含行为", "one group at least with nothing but acts"),
        )


def _effect(pack: Pack, one: Combination, path: str) -> Iterator[Problem]:
    """Some choice of one thing from each group must mean less without the combination."""
    tables = pack.tables
    for names in product(*one.each_of):
        places = {tables.index[name] for name in names}
        alone = max((tables.floors[at] for at in places), default=Level.NONE)
        points = sum(tables.weights[at] for at in places)
        if pack.level_with(points, alone) < one.floor:
            return
    yield Problem(
        Flaw.COMBINATION_WITHOUT_EFFECT,
        path,
        Text(f"{one.id} 的各项单独就已达到该级别", f"what {one.id} names gives that level anyway"),
        Text("删除组合，或改其底线、内容", "delete it, or change its floor or what it names"),
    )


def _cases(pack: Pack, place: int, path: str) -> Iterator[Problem]:
    """It has a case where it holds, one where it does not, one where that is not known, and one that it decides."""
    one = pack.combinations[place]
    states = {_state(pack, one, row_of(pack, case)) for case in pack.cases}
    words = {
        YES: Text("成立", "holds"),
        NO: Text("不成立", "does not hold"),
        UNKNOWN: Text("无法判断", "is not known to hold"),
    }
    for state, word in words.items():
        if state not in states:
            yield Problem(
                Flaw.COMBINATION_UNTESTED,
                path,
                Text(f"没有用例让 {one.id} {word.zh}", f"no case where {one.id} {word.en}"),
                Text("在 cases 中加一条", "add one to cases"),
            )
    if YES in states and not combination_decides(pack, place):
        yield Problem(
            Flaw.COMBINATION_WITHOUT_BITE,
            path,
            Text(
                f"没有用例的结果取决于 {one.id}",
                f"no case would come out otherwise without {one.id}",
            ),
            Text("加一条它起决定作用的用例", "add a case that it decides"),
        )


def _state(pack: Pack, one: Combination, row: bytes) -> int:
    """Three-valued: yes in each group is yes, a group of nothing but no is no."""
    groups = [[row[pack.tables.index[name]] for name in names] for names in one.each_of]
    if all(YES in answers for answers in groups):
        return YES
    return NO if any(set(answers) == {NO} for answers in groups) else UNKNOWN
