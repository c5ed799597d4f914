"""The checks of single fields, and how an object is read field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.common.divisions import code_at
from services.common.terms import Tier
from services.intake.domain import limits
from services.intake.domain.codes import FLAGS
from services.intake.domain.messages import problem, type_problem
from services.intake.domain.personal import (
    holds_identity_number,
    is_forbidden_field,
    is_mobile_number,
)
from services.intake.domain.problems import Problem, Reason, listed, near, safe_name
from services.intake.domain.rulebook import Context

_CODE_TEXT = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:/-]*")
_HOUSEHOLD = re.compile(r"[0-9A-Z](?:[0-9A-Z-]{6,22})[0-9A-Z]")
_JURISDICTION_DIGITS = (15, 12, 9, 6)
MAX_CODE, MAX_ID = 64, 128


@dataclass(frozen=True, slots=True)
class Scope:
    """What a check sees, and where it puts what it finds."""

    context: Context
    found: list[Problem] = field(default_factory=list)

    def add(self, reason: Reason, path: str, allowed: str = "", **values: object) -> None:
        """Note a problem."""
        self.found.append(problem(reason, path, allowed, **values))  # type: ignore[arg-type]

    def add_type(self, path: str, wanted: type, got: object) -> None:
        """Note a wrong JSON type."""
        self.found.append(type_problem(path, wanted, got))


Check = Callable[[Any, str, Scope], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its check, whether it must be there, and how the API page describes it."""

    check: Check
    required: bool
    zh: str
    en: str
    schema: Mapping[str, object]


Fields = Mapping[str, Field]


def read_object(value: object, path: str, fields: Fields, scope: Scope) -> dict[str, Any]:
    """The checked fields of an object; null and "" count as absent."""
    # Asking for the exact type first: the abstract check is slow, and JSON gives plain dicts.
    if type(value) is not dict and not isinstance(value, Mapping):
        scope.add_type(path, dict, value)
        return {}
    stem = f"{path}." if path else ""
    if not value.keys() <= fields.keys():
        _refuse_unknown(value, stem, fields, scope)
    read: dict[str, Any] = {}
    for name, spec in fields.items():
        given = value.get(name)
        if given is not None and given != "":
            read[name] = spec.check(given, stem + name, scope)
        elif spec.required:
            scope.add(Reason.FIELD_MISSING, stem + name)
    return read


def _refuse_unknown(value: Mapping[str, object], stem: str, fields: Fields, scope: Scope) -> None:
    for name in sorted(value.keys() - fields.keys(), key=str)[: limits.MAX_PROBLEMS]:
        path = stem + safe_name(name)
        if is_forbidden_field(name):
            scope.add(Reason.FIELD_FORBIDDEN, path)
        else:
            similar = near(name, fields)
            scope.add(Reason.FIELD_UNKNOWN, path, listed(fields), near=similar)


def identifier(value: object, path: str, scope: Scope) -> str:
    """The sender's own number for a report: any printable text without spaces at its ends."""
    text = _string(value, path, MAX_ID, scope)
    if text and (not text.isprintable() or text != text.strip()):
        scope.add(
            Reason.TEXT_MALFORMED,
            path,
            shape_zh="可打印字符，首尾不留空格",
            shape_en="printable characters, no space at either end",
        )
    return _without_person(text, path, scope)


def code_text(value: object, path: str, scope: Scope) -> str:
    """A number or code of somebody else's list."""
    text = _string(value, path, MAX_CODE, scope)
    if text and not _CODE_TEXT.fullmatch(text):
        scope.add(
            Reason.TEXT_MALFORMED,
            path,
            shape_zh="编号（字母、数字和 _ . : / -），不要填写姓名",
            shape_en="a number or code (letters, digits and _ . : / -), not a name",
        )
    return _without_person(text, path, scope)


def free_text(value: object, path: str, scope: Scope) -> str:
    """Words of a person; sealed before they leave intake."""
    text = _string(value, path, limits.MAX_REPORT_BYTES, scope)
    try:
        text.encode()
    except UnicodeEncodeError:
        scope.add(Reason.ENCODING_BROKEN, path)
    return text


def one_of(codes: Mapping[str, Any]) -> Check:
    """A check that gives what the code stands for (the code itself when the table holds names)."""
    shown = listed(codes)
    meaning = {code: code if isinstance(kept, str) else kept for code, kept in codes.items()}

    def check(value: object, path: str, scope: Scope) -> Any:
        if isinstance(value, str) and value in meaning:
            return meaning[value]
        if isinstance(value, str):
            scope.add(Reason.CODE_UNKNOWN, path, shown, near="")
        else:
            scope.add_type(path, str, value)
        return None

    return check


def past_moment(value: object, path: str, scope: Scope) -> int:
    """A time with a zone, not in the future and not absurdly old, in milliseconds."""
    at_ms = moment(value, path, scope)
    if at_ms > scope.context.now_ms + limits.FUTURE_TOLERANCE_MS:
        scope.add(Reason.DATE_IN_FUTURE, path)
    elif at_ms and at_ms < scope.context.now_ms - limits.OLDEST_MS:
        scope.add(Reason.DATE_TOO_OLD, path, years=limits.OLDEST_YEARS)
    return at_ms


def moment(value: object, path: str, scope: Scope) -> int:
    """A time with a zone, in milliseconds; 0 when it is none."""
    if not isinstance(value, str):
        scope.add_type(path, str, value)
        return 0
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            scope.add(Reason.DATE_NO_ZONE, path)
            return 0
        return int(parsed.timestamp() * 1000)
    except (ValueError, OverflowError):
        scope.add(Reason.DATE_MALFORMED, path)
        return 0


def jurisdiction(value: object, path: str, scope: Scope) -> str:
    """The code of a unit that exists; of a grid, its village must exist."""
    if not isinstance(value, str):
        scope.add_type(path, str, value)
        return ""
    if len(value) not in _JURISDICTION_DIGITS or not (value.isascii() and value.isdigit()):
        scope.add(Reason.JURISDICTION_MALFORMED, path)
        return ""
    divisions = scope.context.rules.divisions
    if value[:12] not in divisions:
        nearest = _nearest_unit(value, scope)
        scope.add(
            Reason.JURISDICTION_UNKNOWN,
            path,
            near="",
            nearest_zh=f"（已知的上级：{nearest} {divisions.name(nearest)}）" if nearest else "",
            nearest_en=f" (known above it: {nearest})" if nearest else "",
        )
    return value


def _nearest_unit(code: str, scope: Scope) -> str:
    for tier in (Tier.TOWNSHIP, Tier.COUNTY, Tier.PREFECTURE):
        unit = code_at(code, tier)
        if unit and unit != code and unit in scope.context.rules.divisions:
            return unit
    return ""


def household(value: object, path: str, scope: Scope) -> str:
    """The number of a household in the register; not of a person."""
    if not isinstance(value, str):
        scope.add_type(path, str, value)
        return ""
    if holds_identity_number(value) or is_mobile_number(value):
        scope.add(Reason.IDENTITY_NUMBER, path)
    elif not _HOUSEHOLD.fullmatch(value):
        scope.add(Reason.HOUSEHOLD_MALFORMED, path)
    return value


def pack(value: object, path: str, scope: Scope) -> str:
    """The id of a rule pack that is installed."""
    known = scope.context.rules.questionnaires
    if isinstance(value, str) and value in known:
        return value
    if isinstance(value, str):
        scope.add(Reason.PACK_UNKNOWN, path, listed(known), near=near(value, known))
    else:
        scope.add_type(path, str, value)
    return ""


def support_category(value: object, path: str, scope: Scope) -> str:
    """The id of a category of help; nothing resembling is suggested, for that would tell what was meant."""
    if not isinstance(value, str):
        scope.add_type(path, str, value)
        return ""
    known = scope.context.rules.support.terms
    if value not in known:
        scope.add(Reason.SUPPORT_CATEGORY_UNKNOWN, path, listed(known))
    return value


def task_kind(value: object, path: str, scope: Scope) -> str:
    """The id of a kind of obligation that a list may open."""
    if not isinstance(value, str):
        scope.add_type(path, str, value)
        return ""
    known = scope.context.rules.task_kinds
    if value not in known:
        scope.add(Reason.CODE_UNKNOWN, path, listed(known), near="")
    return value


def whole_number(low: int, high: int) -> Check:
    """A check for a whole number in a range; from a table it comes as digits."""

    def check(value: object, path: str, scope: Scope) -> int:
        if isinstance(value, str) and len(value) <= len(str(high)) and value.isascii():
            value = int(value) if value.isdigit() else value
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        scope.add(Reason.NUMBER_OUT_OF_RANGE, path, low=low, high=high)
        return 0

    return check


def flag(value: object, path: str, scope: Scope) -> bool:
    """True or false; from a table it comes as a word."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in FLAGS:
        return FLAGS[value.lower()]
    if isinstance(value, str):
        scope.add(Reason.CODE_UNKNOWN, path, listed(FLAGS), near="")
    else:
        scope.add_type(path, bool, value)
    return False


def anything(value: object, path: str, scope: Scope) -> object:
    """Checked later, when the fields it depends on are known."""
    return value


def _string(value: object, path: str, longest: int, scope: Scope) -> str:
    if not isinstance(value, str):
        scope.add_type(path, str, value)
        return ""
    if len(value) > longest:
        scope.add(Reason.TEXT_TOO_LONG, path, limit=longest)
        return ""
    return value


def _without_person(text: str, path: str, scope: Scope) -> str:
    if len(text) >= 18 and holds_identity_number(text):
        scope.add(Reason.IDENTITY_NUMBER, path)
    return text
