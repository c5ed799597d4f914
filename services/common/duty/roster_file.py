"""Reads a roster of posts from YAML; an error names the file, the line, the path and what is allowed there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.common.duty.facts import Item, Person, Rotation, Schedule, persons_in
from services.common.duty.hand_over import WEEKDAYS, Every
from services.common.duty.moments import minute_of, moment_of
from services.common.duty.person_rules import BETWEEN, PersonRules
from services.common.duty.person_text import RuleWrong, read_rules
from services.common.duty.plain import KINDS, POST_FORM, item_of, post_of
from services.common.terms import Language
from services.common.text import Text
from services.common.yaml_nodes import FileError, Node, open_file

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "posts": (("post",), ("title", "from", "until")),
    "holdings": (("post", "person"), ("from", "until")),
    "rotations": (("post", "persons", "hand_over", "from"), ("until",)),
    "overrides": (("post", "person", "from", "until"), ("instead_of",)),
    "schedules": (("post", "from", "until", "shifts"), ("title",)),
    "leaves": (("person", "from", "until"), ("substitute",)),
}
_MOMENT = Text(
    "日期或日期时间，如 2026-02-15 或 2026-02-15 08:30（until 不含该时刻）",
    "a date or a date and time, such as 2026-02-15 or 2026-02-15 08:30 (until is not included)",
)
_TIME = Text("如 08:30", "a time such as 08:30")


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a file says, each item with its line."""

    file: Path
    roster_id: str
    persons: tuple[Person, ...]
    items: tuple[tuple[int, Item], ...]


def read_roster(file: Path) -> RosterFile:
    """One roster file; FileError says what is wrong and where."""
    root = open_file(file)
    part = root.keys(("roster",), ("persons", *KINDS))
    persons = tuple(_person(node) for node in part["persons"].items()) if "persons" in part else ()
    items: list[tuple[int, Item]] = []
    for kind in KINDS:
        if kind in part:
            items += [(node.line, _item(kind, node)) for node in part[kind].items()]
    return RosterFile(file, _id(part["roster"]), persons, tuple(items))


def check_persons(files: list[RosterFile]) -> None:
    """FileError when an item names somebody whom no file describes, or two files describe the same person."""
    known: set[str] = set()
    for one in files:
        for person in one.persons:
            if person.person_id in known:
                problem = Text(f"{person.person_id} 重复", f"{person.person_id} stands twice")
                raise FileError(one.file, "persons", problem, Text("每人一次", "each person once"))
            known.add(person.person_id)
    for one in files:
        for person in one.persons:
            _check_substitute(one.file, person, known)
        for line, item in one.items:
            for name in persons_in(item):
                if name not in known:
                    raise _unknown(one.file, line, name)


def _check_substitute(file: Path, person: Person, known: set[str]) -> None:
    """A substitute is somebody else whom the roster knows."""
    name = person.rules.substitute
    if name and (name not in known or name == person.person_id):
        problem = Text(
            f"{person.person_id} 的代理人 {name} 不可用",
            f"the substitute {name} of {person.person_id} is not usable",
        )
        raise FileError(file, "persons", problem, Text("另一人的编号", "the id of another person"))


def _unknown(file: Path, line: int, name: str) -> FileError:
    problem = Text(f"第 {line} 行：persons 中没有 {name}", f"line {line}: {name} is not in persons")
    return FileError(file, "persons", problem, Text("persons 中的编号", "an id of persons"))


def _person(node: Node) -> Person:
    contact = ("name", "mobile", "wecom_id", "email", "dingtalk_id", "feishu_id")
    part = node.keys(("id",), ("language", "channels", "quiet", "substitute", *contact))
    language = part["language"].choice("zh", "en") if "language" in part else "zh"
    texts = {name: _addresses(part[name]) for name in contact if name in part}
    channels, rules = _rules(part)
    return Person(
        person_id=_id(part["id"]),
        language=Language[language.upper()],
        channels=channels,
        rules=rules,
        **texts,
    )


def _rules(part: Mapping[str, Node]) -> tuple[tuple[str, ...], PersonRules]:
    """Each rule by itself, so that a fault is told at its own place."""
    order = part["channels"].texts() if "channels" in part else ()
    quiet = part["quiet"].text() if "quiet" in part else ""
    substitute = _id(part["substitute"]) if "substitute" in part else ""
    for name, given in (("channels", (order, "", "")), ("quiet", ((), quiet, ""))):
        try:
            read_rules(*given)
        except RuleWrong as wrong:
            raise part[name].fail(wrong.problem, wrong.allowed) from wrong
    return read_rules(order, quiet, substitute)


def _addresses(node: Node) -> str:
    """One address, or a list of them in the order in which they are tried."""
    if isinstance(node.node, yaml.SequenceNode):
        return BETWEEN.join(node.texts())
    return node.text()


def _item(kind: str, node: Node) -> Item:
    part = node.keys(*_FIELDS[kind])
    values = {name: _READERS[name](part[name]) for name in part}
    item = item_of(kind, values)
    _check_span(node, item.from_ms, item.until_ms)
    if isinstance(item, Rotation) and not item.persons:
        raise part["persons"].fail(_EMPTY, Text("至少一人", "at least one person"))
    if isinstance(item, Schedule):
        for shift, place in zip(item.shifts, part["shifts"].items(), strict=True):
            _check_span(place, shift.from_ms, shift.until_ms)
    return item


_EMPTY = Text("为空", "is empty")


def _check_span(node: Node, from_ms: int, until_ms: int) -> None:
    if from_ms >= until_ms:
        problem = Text("until 不晚于 from", "until is not after from")
        raise node.fail(problem, Text("晚于 from 的 until", "an until after from"))


def _id(node: Node) -> str:
    value = node.text()
    if not _ID.fullmatch(value):
        problem = Text(f"编号 {value!r} 不可用", f"the id {value!r} is not usable")
        raise node.fail(problem, Text(_ID.pattern, _ID.pattern))
    return value


def _post(node: Node) -> str:
    value = node.text()
    try:
        post_of(value)
    except (KeyError, ValueError) as wrong:
        problem = Text(f"岗位 {value!r} 不可用", f"the post {value!r} is not usable")
        allowed = Text(
            f"层级/区划代码/职责，如 {POST_FORM}；部门写作 部门:职责",
            f"tier/unit/duty such as {POST_FORM}; of a department: department:duty",
        )
        raise node.fail(problem, allowed) from wrong
    return value


def _moment(node: Node) -> str:
    value = str(getattr(node.node, "value", ""))
    return _checked(node, value, moment_of, _MOMENT)


def _time(node: Node) -> str:
    return _checked(node, str(getattr(node.node, "value", "")), minute_of, _TIME)


def _checked(node: Node, value: str, read: Callable[[str], int], allowed: Text) -> str:
    try:
        read(value)
    except ValueError as wrong:
        problem = Text(f"值 {value!r} 不可用", f"value {value!r} is not usable")
        raise node.fail(problem, allowed) from wrong
    return value


def _hand_over(node: Node) -> dict[str, Any]:
    part = node.keys(("every",), ("at", "on", "days", "moments"))
    every = part["every"].choice(*(one.value for one in Every))
    needed = {"weekly": "on", "days": "days", "moments": "moments"}.get(every)
    if needed and needed not in part:
        missing = Text(f"缺少 {needed}", f"{needed} is missing")
        raise node.fail(missing, Text(f"every: {every} 须有 {needed}", f"{needed} with {every}"))
    found: dict[str, Any] = {"every": every}
    if "at" in part:
        found["at"] = [_time(one) for one in part["at"].items()]
    if "on" in part:
        found["on"] = [one.choice(*WEEKDAYS) for one in part["on"].items()]
    if "days" in part:
        found["days"] = part["days"].integer(1, 366)
    if "moments" in part:
        found["moments"] = [_moment(one) for one in part["moments"].items()]
    for name, value in found.items():
        if not value:
            raise part[name].fail(_EMPTY, Text("至少一项", "at least one"))
    return found


def _shifts(node: Node) -> list[dict[str, str]]:
    return list(_read_shifts(node))


def _read_shifts(node: Node) -> Iterator[dict[str, str]]:
    for one in node.items():
        part = one.keys(("person", "from", "until"))
        yield {
            "person": _id(part["person"]),
            "from": _moment(part["from"]),
            "until": _moment(part["until"]),
        }


_READERS: Mapping[str, Callable[[Node], Any]] = {
    "post": _post,
    "person": _id,
    "persons": lambda node: [_id(one) for one in node.items()],
    "instead_of": _id,
    "substitute": _id,
    "title": Node.text,
    "from": _moment,
    "until": _moment,
    "hand_over": _hand_over,
    "shifts": _shifts,
}
