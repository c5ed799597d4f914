"""Reads policy files into frozen policies; an error names the file, the path and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.policy import (
    ANY_PACK,
    REPLY_WITHIN,
    AcknowledgeBy,
    Chased,
    ChaseStep,
    Duty,
    Opens,
    Policies,
    Policy,
    Reassignment,
    Rung,
    Term,
    Unaccepted,
)
from services.escalation.domain.worktime import CHINA, OfficeHours

_Choice = TypeVar("_Choice", bound=Enum)
_Value = TypeVar("_Value")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CLOCK_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_TERMS = (
    "acknowledge_within",
    "first_visit_within",
    "revisit_every",
    "resolve_within",
    "ladder_every",
)
# What an acknowledgement promises; see services/escalation/domain/promises.py.
_PROMISES = ("remind_before", "acknowledge_by", "unacknowledge", "idle_after_read")
_RATED = tuple(level for level in Level if level is not Level.NONE)
_POSTS = tuple(tier for tier in Tier if tier is not Tier.NONE)
_COLOURS = tuple(colour for colour in NoticeColour if colour is not NoticeColour.NONE)


class PolicyFault(ValueError):
    """A policy file that cannot be used."""

    def __init__(self, file: Path, path: str, found: object, allowed: str) -> None:
        where = f"{file}:{line}" if (line := line_of(file, path)) else f"{file}"
        super().__init__(f"{where}: {path or 'the file'}: found {found!r}; allowed: {allowed}")
        self.file, self.path, self.found, self.allowed = file, path, found, allowed


def line_of(file: Path, path: str) -> int:
    """The line of a path such as levels.red.tier or ladder.rungs[0], or of what is nearest to it; 0 without one."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, OSError, UnicodeDecodeError):
        return 0
    line = 0
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(node, yaml.MappingNode):
            pair = next((one for one in node.value if str(one[0].value) == step), None)
            mark, node = (pair[0], pair[1]) if pair else (None, None)
        elif isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
            mark = node = node.value[int(step)]
        else:
            mark = node = None
        if mark is None:
            break
        line = int(mark.start_mark.line) + 1
    return line


def load_policies(folder: Path) -> Policies:
    """All policy files (*.yaml) of a folder; every version that a case may have begun with."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise PolicyFault(folder, "", [], "at least one policy file *.yaml")
    policies = [read_policy(file) for file in files]
    _refuse_doubles(folder, policies)
    if not any(policy.covers(ANY_PACK) for policy in policies):
        named = sorted({pack for policy in policies for pack in policy.packs})
        raise PolicyFault(folder, "packs", named, f'one policy with packs: ["{ANY_PACK}"]')
    return Policies(policies)


def read_policy(file: Path) -> Policy:
    """One policy file; PolicyFault says what is wrong and where."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise PolicyFault(file, "", str(wrong), "YAML in UTF-8") from wrong
    return _policy(_Node(file, "", content))


@dataclass(frozen=True, slots=True)
class _Node:
    """A value in the file with the path that leads to it."""

    file: Path
    path: str
    value: Any

    def fault(self, allowed: str) -> PolicyFault:
        return PolicyFault(self.file, self.path, self.value, allowed)

    def fields(self, names: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, _Node]:
        """A mapping with exactly these keys; the optional ones may be missing."""
        known = (*names, *optional)
        if not isinstance(self.value, dict):
            raise self.fault(f"a mapping with the keys {', '.join(known)}")
        for key in self.value:
            if key not in known:
                raise self._child(str(key), key).fault(f"the keys {', '.join(known)}")
        for name in names:
            if name not in self.value:
                raise self._child(name, None).fault("a value; the key is missing")
        return {name: self._child(name, self.value[name]) for name in known if name in self.value}

    def items(self, read: Callable[[_Node], _Value]) -> tuple[_Value, ...]:
        """A list that is not empty, each item read."""
        if not isinstance(self.value, list) or not self.value:
            raise self.fault("a list with at least one item")
        return tuple(
            read(_Node(self.file, f"{self.path}[{at}]", item)) for at, item in enumerate(self.value)
        )

    def choice(self, members: Sequence[_Choice]) -> _Choice:
        """One of the members, by its name in small letters."""
        names = {member.name.lower(): member for member in members}
        if not isinstance(self.value, str) or self.value not in names:
            raise self.fault(", ".join(names))
        return names[self.value]

    def text(self, pattern: re.Pattern[str] | None = None) -> str:
        """A text that is not empty, of a given form if any."""
        fits = (
            isinstance(self.value, str)
            and self.value
            and (not pattern or pattern.fullmatch(self.value))
        )
        if not fits:
            raise self.fault(f"text like {pattern.pattern}" if pattern else "a text")
        return str(self.value)

    def number(self, low: float, high: float) -> float:
        """A number in a range."""
        right = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not right or not low <= self.value <= high:
            raise self.fault(f"a number from {low:g} to {high:g}")
        return float(self.value)

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.fault("true, false")
        return self.value

    def _child(self, name: str, value: Any) -> _Node:
        return _Node(self.file, f"{self.path}.{name}" if self.path else name, value)


def _policy(node: _Node) -> Policy:
    names = ("id", "version", "valid_from", "packs", "title", "catch_all", "levels", "ladder")
    part = node.fields(names, optional=("office_hours", "reassignment"))
    catch_all = part["catch_all"].fields(("recipient", "text"))
    ladder = part["ladder"].fields(("rungs", "repeats_at_top"), optional=("unanswered",))
    return Policy(
        policy_id=part["id"].text(_NAME),
        version=part["version"].text(),
        valid_from_ms=_valid_from(part["valid_from"]),
        packs=part["packs"].items(lambda item: item.text()),
        catch_all_id=catch_all["recipient"].text(),
        office_hours=_office_hours(part.get("office_hours")),
        duties=_duties(part["levels"]),
        rungs=ladder["rungs"].items(_rung),
        repeats_at_top=int(ladder["repeats_at_top"].number(0, 100)),
        reassignment=_reassignment(part.get("reassignment")),
        title=_both_languages(part["title"]),
        catch_all_text=_both_languages(catch_all["text"]),
        chase=ladder["unanswered"].items(_chase) if "unanswered" in ladder else (),
    )


def _duties(node: _Node) -> Mapping[Level, Duty]:
    levels = node.fields([level.name.lower() for level in _RATED], optional=("unrated",))
    duties = {level: _duty(levels[level.name.lower()]) for level in _RATED}
    return duties | ({Level.NONE: _unrated(levels["unrated"])} if "unrated" in levels else {})


def _unrated(node: _Node) -> Duty:
    """What an incident handed over demands: tier and deadlines are the triage decision's, no visit is owed."""
    part = node.fields(("finish_at_the_latest", "ladder_every", "text"))
    latest, ladder = _term(part["finish_at_the_latest"]), _term(part["ladder_every"])
    return Duty(
        tier=Tier.VILLAGE,
        opens=Opens.ALWAYS,
        acknowledge_within=latest,
        first_visit_within=latest,
        revisit_every=latest,
        resolve_within=latest,
        ladder_every=ladder,
        visits_owed=False,
        text=_both_languages(part["text"]),
    )


def _duty(node: _Node) -> Duty:
    part = node.fields(("tier", "opens", *_TERMS, "text"), optional=_PROMISES)
    terms: dict[str, Any] = {name: _term(part[name]) for name in _TERMS}
    tier, opens = part["tier"].choice(_POSTS), part["opens"].choice(tuple(Opens))
    text = _both_languages(part["text"])
    return Duty(tier=tier, opens=opens, visits_owed=True, text=text, **terms, **_promises(part))


def _promises(part: Mapping[str, _Node]) -> Mapping[str, Any]:
    """What a level says of the promise that an acknowledgement is; all of it may be left out."""
    found: dict[str, Any] = {}
    if "remind_before" in part:
        found["remind_before"] = part["remind_before"].items(_before)
    if "acknowledge_by" in part:
        found["acknowledge_by"] = _acknowledge_by(part["acknowledge_by"])
    if "unacknowledge" in part:
        found["unacknowledge"] = _flag(part["unacknowledge"])
    if "idle_after_read" in part:
        found["idle_after_read"] = _term(part["idle_after_read"])
    return found


def _before(node: _Node) -> Term:
    """A time before a deadline, by the calendar: working time is counted forward only."""
    return Term(node.fields(("hours",))["hours"].number(0.01, 24 * 366))


def _acknowledge_by(node: _Node) -> AcknowledgeBy:
    if isinstance(node.value, dict):
        return AcknowledgeBy(count=int(node.fields(("count",))["count"].number(1, 9)))
    if not isinstance(node.value, list):
        raise node.fault("a list of duties such as [owner, deputy], or {count: 2}")
    return AcknowledgeBy(node.items(lambda item: item.text(_NAME)))


def _flag(node: _Node) -> bool:
    if not isinstance(node.value, bool):
        raise node.fault("true, false")
    return node.value


def _reassignment(node: _Node | None) -> Reassignment | None:
    """Without this part a reassignment needs no acceptance."""
    if node is None:
        return None
    part = node.fields(("accept_within", "unaccepted"))
    unaccepted = part["unaccepted"].choice(tuple(Unaccepted))
    return Reassignment(_term(part["accept_within"]), unaccepted)


def _term(node: _Node) -> Term:
    part = node.fields(("hours",), optional=("counted",))
    hours = part["hours"].number(0.01, 24 * 366)
    counted = part["counted"].value if "counted" in part else "calendar"
    if counted not in ("calendar", "working"):
        raise part["counted"].fault("calendar, working")
    return Term(hours, counted == "working")


def _rung(node: _Node) -> Rung:
    part = node.fields(("colour", "escalates"), optional=("reply_within", "copy_above"))
    reply_within = _term(part["reply_within"]) if "reply_within" in part else REPLY_WITHIN
    copy_above = part["copy_above"].flag() if "copy_above" in part else False
    colour = part["colour"].choice(_COLOURS)
    return Rung(colour, part["escalates"].flag(), reply_within, copy_above)


def _chase(node: _Node) -> ChaseStep:
    part = node.fields(("tells", "then_wait"))
    return ChaseStep(part["tells"].choice(tuple(Chased)), _term(part["then_wait"]))


def _office_hours(node: _Node | None) -> OfficeHours:
    if node is None:
        return OfficeHours()
    part = node.fields(("opens", "closes"))
    opens, closes = _minute(part["opens"]), _minute(part["closes"])
    if closes <= opens:
        raise part["closes"].fault("a time after opens")
    return OfficeHours(opens, closes)


def _minute(node: _Node) -> int:
    hour, minute = node.text(_CLOCK_TIME).split(":")
    return int(hour) * 60 + int(minute)


def _valid_from(node: _Node) -> int:
    day = node.value
    if not isinstance(day, date) or isinstance(day, datetime):
        raise node.fault("a date like 2026-01-01")
    return int(datetime(day.year, day.month, day.day, tzinfo=CHINA).timestamp() * 1000)


def _both_languages(node: _Node) -> Mapping[str, str]:
    return {name: text.text() for name, text in node.fields(("zh", "en")).items()}


def _refuse_doubles(folder: Path, policies: Sequence[Policy]) -> None:
    keys = [policy.key for policy in policies]
    for key in keys:
        if keys.count(key) > 1:
            raise PolicyFault(folder, "version", key, "each id and version once")
