"""What can be wrong with support categories, and the proof that no rule names one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

import yaml

from services.common.support import Category, CategoryWords, SupportPolicy
from services.common.support_file import load_support, read_support
from services.common.text import Text
from services.common.yaml_nodes import FileError

MOST_YEARS = 5


class Flaw(Enum):
    """Kinds of problem; the value is the stable code."""

    UNREADABLE = "support.unreadable"
    TEXT_MISSING = "text.missing"
    LAW_MISSING = "law.missing"
    PURPOSE_MISSING = "purpose.missing"
    APPROVAL_MISSING = "approval.missing"
    APPROVAL_AHEAD = "approval.ahead"
    ENDS_TOO_FAR = "ends.too_far"
    EXPIRED = "ends.expired"
    INTERVAL_ZERO = "interval.zero"
    DUPLICATE_ID = "id.duplicate"
    INTERVAL_BETRAYS = "interval.betrays"
    ENDS_BETRAYS = "ends.betrays"
    NAMED_IN_RULE = "rule.names_category"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one file; line 0 when it belongs to no line."""

    flaw: Flaw
    file: Path
    line: int
    path: str
    message: Text
    fix: Text


Found = Iterator[tuple[Flaw, str, Text, Text]]


def check_support(file: Path, today: date) -> list[Finding]:
    """All problems of a categories file on a day; empty when it can be used."""
    try:
        policy = read_support(file)
    except FileError as wrong:
        return [_unreadable(wrong)]
    lines = {path: line for path, line, _ in _scalars(file)}
    return [
        Finding(flaw, file, _nearest(lines, path), path, message, fix)
        for check in _CHECKS
        for flaw, path, message, fix in check(policy, today)
    ]


def check_rules(support_file: Path, folders: Iterable[Path]) -> list[Finding]:
    """Every text of every rule file that names a category: a rule may ask for acts and needs, never for these.

    Nothing when there is no categories file; one finding when there is one that cannot be read.
    """
    try:
        words = CategoryWords(load_support(support_file).categories)
    except FileError as wrong:
        return [_unreadable(wrong)]
    files = [file for folder in folders for file in sorted(folder.glob("*.yaml"))]
    return [finding for file in files for finding in _named(file, words)]


def _unreadable(wrong: FileError) -> Finding:
    return Finding(
        Flaw.UNREADABLE, wrong.file, wrong.line, wrong.path, wrong.problem, wrong.allowed
    )


def _named(file: Path, words: CategoryWords) -> Iterator[Finding]:
    try:
        texts = list(_scalars(file))
    except (yaml.YAMLError, UnicodeDecodeError):
        # The check of the rules themselves says what is wrong with such a file.
        return
    for path, line, text in texts:
        category = words.named_in(text)
        if category:
            message = Text(
                f"规则提到帮扶类别 {category}：类别不得进入评分",
                f"the rule names the support category {category}, which is never an input to a score",
            )
            fix = Text("改问具体行为或需求，或删除", "ask about an act or a need, or delete it")
            yield Finding(Flaw.NAMED_IN_RULE, file, line, path, message, fix)


def _texts(policy: SupportPolicy, _: date) -> Found:
    for at, one in enumerate(policy.categories):
        path = f"categories[{at}]"
        named = (
            (Flaw.TEXT_MISSING, f"{path}.name", one.name),
            (Flaw.LAW_MISSING, f"{path}.legal_basis.law", one.legal_basis.law),
            (Flaw.PURPOSE_MISSING, f"{path}.purpose", one.purpose),
        )
        for flaw, place, text in named:
            for language, words in (("zh", text.zh), ("en", text.en)):
                if not words:
                    yield _missing(flaw, f"{place}.{language}")
        if bool(one.legal_basis.article.zh) != bool(one.legal_basis.article.en):
            yield _missing(Flaw.LAW_MISSING, f"{path}.legal_basis.article")
        if not one.approved_by:
            yield _missing(Flaw.APPROVAL_MISSING, f"{path}.approval.approved_by")


def _missing(flaw: Flaw, path: str) -> tuple[Flaw, str, Text, Text]:
    message = Text("缺少文字", "the text is missing")
    return flaw, path, message, Text("补上中英文", "write it, in Chinese and English")


def _days(policy: SupportPolicy, today: date) -> Found:
    furthest = _years_after(today, MOST_YEARS)
    for at, one in enumerate(policy.categories):
        ends = f"categories[{at}].ends"
        if one.ends < today:
            yield (
                Flaw.EXPIRED,
                ends,
                Text(
                    f"{one.id} 已于 {one.ends} 到期，其计划已终止",
                    f"{one.id} ended on {one.ends}, and its plans with it",
                ),
                Text("重新批准并改日期，或删除", "approve it again with a new date, or delete it"),
            )
        if one.ends > furthest:
            yield (
                Flaw.ENDS_TOO_FAR,
                ends,
                Text(f"截止日期超过 {MOST_YEARS} 年", f"more than {MOST_YEARS} years ahead"),
                Text(f"不晚于 {furthest}", f"{furthest} at the latest"),
            )
        if one.approved_on > today:
            yield (
                Flaw.APPROVAL_AHEAD,
                f"categories[{at}].approval.approved_on",
                Text("批准日期在未来", "approved on a day that has not come"),
                Text("填实际批准日期", "the day on which it was approved"),
            )


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _intervals(policy: SupportPolicy, _: date) -> Found:
    for at, one in enumerate(policy.categories):
        if one.visit_every_days < 1:
            yield (
                Flaw.INTERVAL_ZERO,
                f"categories[{at}].visit_every_days",
                Text("走访间隔为零", "the interval is zero"),
                Text("至少 1 天", "at least 1 day"),
            )


def _ids(policy: SupportPolicy, _: date) -> Found:
    seen: set[str] = set()
    for at, one in enumerate(policy.categories):
        if one.id in seen:
            yield (
                Flaw.DUPLICATE_ID,
                f"categories[{at}].id",
                Text(f"编号 {one.id} 重复", f"the id {one.id} stands twice"),
                Text("换一个编号", "choose another id"),
            )
        seen.add(one.id)


def _betrayals(policy: SupportPolicy, _: date) -> Found:
    """A plan's interval and end stand in the clear: what only one category has would give it away."""
    if len(policy.categories) < 2:
        return
    yield from _alone(
        policy, Flaw.INTERVAL_BETRAYS, "visit_every_days", lambda one: one.visit_every_days
    )
    yield from _alone(policy, Flaw.ENDS_BETRAYS, "ends", lambda one: one.ends)


def _alone(
    policy: SupportPolicy, flaw: Flaw, key: str, value_of: Callable[[Category], object]
) -> Found:
    shared = Counter(map(value_of, policy.categories))
    for at, one in enumerate(policy.categories):
        if shared[value_of(one)] == 1:
            yield (
                flaw,
                f"categories[{at}].{key}",
                Text(
                    f"只有 {one.id} 是 {value_of(one)}，会泄露类别",
                    f"only {one.id} has {value_of(one)}: it gives the category away",
                ),
                Text("与另一类别取相同的值", "the same value as another category"),
            )


_CHECKS: tuple[Callable[[SupportPolicy, date], Found], ...] = (
    _texts,
    _days,
    _intervals,
    _ids,
    _betrayals,
)


def _scalars(file: Path) -> Iterator[tuple[str, int, str]]:
    """Path, line and text of every key and value of a file; a key has the path of its value."""
    root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    waiting = [("", root)] if root else []
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{path}.{key.value}".lstrip(".")
                yield name, key.start_mark.line + 1, str(key.value)
                waiting.append((name, value))
        elif isinstance(node, yaml.SequenceNode):
            for at, item in enumerate(node.value):
                yield f"{path}[{at}]", item.start_mark.line + 1, ""
                waiting.append((f"{path}[{at}]", item))
        else:
            yield path, node.start_mark.line + 1, str(node.value)


def _nearest(lines: dict[str, int], path: str) -> int:
    """The line of a path, or of the nearest part around it that the file has."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 0)
