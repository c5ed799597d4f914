"""Moments of a roster as people write them: a date or a date and time, in Asia/Shanghai."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from services.common.duty.facts import FOREVER_MS
from services.common.duty.hand_over import SHANGHAI_MS

_ZONE = timezone(timedelta(milliseconds=SHANGHAI_MS), "Asia/Shanghai")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def moment_of(value: object) -> int:
    """Milliseconds of "2026-02-15", "2026-02-15 08:30", a date or a datetime; ValueError otherwise."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=_ZONE)
    else:
        moment = datetime.fromisoformat(str(value).strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_ZONE)
    return int(moment.timestamp() * 1000)


def written(at_ms: int) -> str:
    """A moment as `moment_of` reads it; "" for one without end."""
    if at_ms >= FOREVER_MS:
        return ""
    if at_ms % 60_000:
        return local(at_ms).replace(tzinfo=None).isoformat(" ", "milliseconds")
    return f"{local(at_ms):%Y-%m-%d %H:%M}"


def local(at_ms: int) -> datetime:
    """A moment in Asia/Shanghai."""
    return datetime.fromtimestamp(at_ms / 1000, _ZONE)


def minute_of(value: str) -> int:
    """Minutes after midnight of "08:30"; ValueError otherwise."""
    found = _CLOCK.fullmatch(value)
    if not found:
        raise ValueError(value)
    return int(found[1]) * 60 + int(found[2])
