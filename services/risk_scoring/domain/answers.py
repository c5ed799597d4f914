"""Answers packed as one byte per indicator in pack order: yes, no or unknown, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from services.common.terms import Answer
from services.risk_scoring.domain.pack import Pack

YES, NO, UNKNOWN = int(Answer.YES), int(Answer.NO), int(Answer.UNKNOWN)
# Whatever is neither yes nor no is unknown: "not asked" is never "no".
_ONLY_THREE = bytes(value if value in (YES, NO) else UNKNOWN for value in range(256))


def cleaned(answers: bytes | bytearray) -> bytes:
    """The same answers with every other value read as unknown."""
    return bytes(answers.translate(_ONLY_THREE))


def packed(pack: Pack, answers: Iterable[tuple[str, int]]) -> tuple[bytes, tuple[str, ...]]:
    """Answers in pack order, and the ids the pack does not know. The last answer to a question counts."""
    row = bytearray(pack.tables.blank)
    strangers = []
    for indicator_id, answer in answers:
        at = pack.tables.index.get(indicator_id, -1)
        if at < 0:
            strangers.append(indicator_id)
        else:
            row[at] = answer if answer in (YES, NO) else UNKNOWN
    return bytes(row), tuple(strangers)


def merged(before: bytes, facts: bytes) -> bytes:
    """An incident's facts over earlier answers: a yes overrides, a no never undoes a yes."""
    return bytes(
        old if old == YES or new == UNKNOWN else new for old, new in zip(before, facts, strict=True)
    )


def filled(older: bytes, newer: bytes) -> bytes:
    """Newer answers over older ones: the older fill what the newer leave unknown."""
    return bytes(old if new == UNKNOWN else new for old, new in zip(older, newer, strict=True))


def newly_yes(before: bytes, now: bytes) -> tuple[int, ...]:
    """Where a no has become a yes; an unknown that became known is no change."""
    if before == now:
        return ()
    pairs = zip(before, now, strict=True)
    return tuple(at for at, (old, new) in enumerate(pairs) if new == YES and old == NO)
