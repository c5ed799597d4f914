"""Items of a roster as plain values, the same in a YAML file and in the change log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.common.divisions import tier_of
from services.common.duty.facts import (
    FOREVER_MS,
    OWNER,
    Holding,
    Item,
    Leave,
    Override,
    Posting,
    PostKey,
    Rotation,
    Schedule,
    Shift,
    Span,
)
from services.common.duty.hand_over import WEEKDAYS, Every, HandOver
from services.common.duty.moments import minute_of, moment_of, written
from services.common.ids import derived_id
from services.common.terms import Tier

# The kind of each item, as the lists of the file are called.
KINDS: Mapping[str, type[Item]] = {
    "posts": Posting,
    "holdings": Holding,
    "rotations": Rotation,
    "overrides": Override,
    "schedules": Schedule,
    "leaves": Leave,
}
POST_FORM = "township/532327101/owner"


def post_of(text: str) -> PostKey:
    """A post as it is written: tier/unit/duty, or tier/unit/department:duty; ValueError otherwise."""
    tier, unit, duty = text.split("/")
    department, _, duty = duty.rpartition(":")
    key = PostKey(Tier[tier.upper()], unit, duty or OWNER, department)
    if not unit.isdigit() or tier_of(unit) is not key.tier or key.tier is Tier.NONE:
        raise ValueError(text)
    return key


def kind_of(item: Item) -> str:
    """The list an item stands in."""
    return next(name for name, kind in KINDS.items() if isinstance(item, kind))


def plain(item: Item) -> dict[str, Any]:
    """An item as plain values."""
    found: dict[str, Any] = {}
    for name in ("post", "person", "instead_of", "substitute", "title"):
        value = getattr(item, name, "")
        if value:
            found[name] = str(value)
    if isinstance(item, Rotation):
        found |= {"persons": list(item.persons), "hand_over": _hand_over_plain(item.hand_over)}
    if isinstance(item, Schedule):
        found["shifts"] = [{"person": shift.person, **_span(shift)} for shift in item.shifts]
    return found | _span(item)


def item_of(kind: str, values: Mapping[str, Any]) -> Item:
    """The item of plain values; KeyError, TypeError or ValueError when they are none."""
    fields: dict[str, Any] = {k: v for k, v in values.items() if k not in ("from", "until")}
    if "post" in fields:
        fields["post"] = post_of(fields["post"])
    if "persons" in fields:
        fields["persons"] = tuple(fields["persons"])
    if "hand_over" in fields:
        fields["hand_over"] = hand_over_of(fields["hand_over"])
    if "shifts" in fields:
        fields["shifts"] = tuple(
            Shift(person=one["person"], **span_of(one)) for one in fields["shifts"]
        )
    return KINDS[kind](**(fields | span_of(values)))


def span_of(values: Mapping[str, Any]) -> dict[str, int]:
    """The span of plain values."""
    start, end = values.get("from"), values.get("until")
    return {
        "from_ms": moment_of(start) if start else 0,
        "until_ms": moment_of(end) if end else FOREVER_MS,
    }


def hand_over_of(values: Mapping[str, Any]) -> HandOver:
    """A rule of handing over from plain values."""
    every = Every(values["every"])
    at = tuple(sorted({minute_of(one) for one in values.get("at", ["00:00"])}))
    on = tuple(sorted({WEEKDAYS.index(day) for day in values.get("on", ())}))
    moments = tuple(sorted({moment_of(one) for one in values.get("moments", ())}))
    if every is Every.WEEKLY and not on:
        raise ValueError("on")
    if every is Every.MOMENTS and not moments:
        raise ValueError("moments")
    return HandOver(every, at, on, int(values.get("days", 1)), moments)


def item_id(item: Item) -> str:
    """The id of an item: that of its content, so that the same thing said twice is one."""
    content = orjson.dumps(plain(item), option=orjson.OPT_SORT_KEYS).decode()
    return derived_id("roster_item", kind_of(item), content)


def _span(item: Span) -> dict[str, str]:
    found = {"from": written(item.from_ms)} if item.from_ms else {}
    return found | ({"until": written(item.until_ms)} if item.until_ms < FOREVER_MS else {})


def _hand_over_plain(rule: HandOver) -> dict[str, Any]:
    if rule.every is Every.MOMENTS:
        return {"every": rule.every.value, "moments": [written(one) for one in rule.moments]}
    found: dict[str, Any] = {
        "every": rule.every.value,
        "at": [f"{minute // 60:02d}:{minute % 60:02d}" for minute in rule.at],
    }
    if rule.on:
        found["on"] = [WEEKDAYS[day] for day in rule.on]
    return found | ({"days": rule.days} if rule.every is Every.DAYS else {})
