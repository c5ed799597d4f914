"""The levels a pack had in force over the last 90 days, packed: what a serious event is set against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from services.common.terms import Level

WINDOW_MS = 90 * 24 * 3600 * 1000
ENTRIES_KEPT = 64
# 16 bytes of the decision's id, 7 of its time in ms, 1 of the level in force after it.
_ID, _ENTRY = 16, 24
_LEVELS = tuple(Level)
_BYTES = tuple(bytes((level,)) for level in Level)


class Step(NamedTuple):
    """A decision, when it was made, and the level in force from then on."""

    decision_id: str
    at_ms: int
    level: Level


def extended(trail: bytes, decision_id: str, at_ms: int, level: Level) -> bytes:
    """The trail with one more step; of those older than 90 days the newest stays, being in force at their end."""
    entry = bytes.fromhex(decision_id.replace("-", "")) + at_ms.to_bytes(7) + _BYTES[level]
    if len(trail) <= _ENTRY:
        return trail + entry
    start, limit = 0, at_ms - WINDOW_MS
    while start + _ENTRY < len(trail) and _time(trail, start + _ENTRY) <= limit:
        start += _ENTRY
    return (trail[start:] + entry)[-ENTRIES_KEPT * _ENTRY :]


def steps(trail: bytes) -> Iterator[Step]:
    """The steps, oldest first."""
    for at in range(0, len(trail), _ENTRY):
        decision_id = str(UUID(bytes=trail[at : at + _ID]))
        yield Step(decision_id, _time(trail, at), _LEVELS[trail[at + _ENTRY - 1]])


def _time(trail: bytes, at: int) -> int:
    return int.from_bytes(trail[at + _ID : at + _ENTRY - 1])
