"""The change log beside a roster: append-only, hash-chained, each change signed off by a person with the right to it.

The first entry binds what the roster's files say of posts: from then on they are changed by entries only. A change
counts for what is decided a little after it was written, so that every worker has read it by then and the log
read again gives the same owners.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from services.common.chain import ChainVerdict, Link, chain_hash, verify_chain
from services.common.duty.facts import FOREVER_MS, Item, Known
from services.common.duty.plain import item_id, item_of, kind_of, plain
from services.common.spans import MINUTE_MS

FILE = "changes.jsonl"
# From when on a change counts, after it was written.
SETTLES_MS = MINUTE_MS
_SORTED = orjson.OPT_SORT_KEYS


class LogFault(StrEnum):
    """Why a change log cannot be used."""

    NOT_JSON = "not_json"
    CHAIN_BROKEN = "chain_broken"
    FILES_CHANGED = "files_changed"
    ITEM_UNKNOWN = "item_unknown"
    TIME_RUNS_BACK = "time_runs_back"


class ChangeLogWrong(ValueError):
    """A change log that cannot be used: the fault, the file and the line."""

    def __init__(self, fault: LogFault, file: Path, line: int, detail: str = "") -> None:
        super().__init__(f"{file}:{line}: {fault.value}{': ' if detail else ''}{detail}")
        self.fault, self.file, self.line, self.detail = fault, file, line, detail


@dataclass(frozen=True, slots=True)
class Change:
    """One edit: who signed it off, when, why, and what is said from now on or no longer."""

    roster_id: str
    sequence: int
    at_ms: int
    signed_by: str
    reason: str
    added: tuple[Item, ...] = ()
    withdrawn: tuple[str, ...] = ()
    # With the first entry only: the digest of what the files say.
    files_sha256: str = ""

    def body(self) -> bytes:
        """The bytes the hash is made over."""
        values: dict[str, Any] = {
            "roster": self.roster_id,
            "sequence": self.sequence,
            "at_ms": self.at_ms,
            "signed_by": self.signed_by,
            "reason": self.reason,
            "added": [{"kind": kind_of(item), **plain(item)} for item in self.added],
            "withdrawn": list(self.withdrawn),
            "files_sha256": self.files_sha256,
        }
        return orjson.dumps(values, option=_SORTED)


def digest_of(items: Iterable[Item]) -> str:
    """What binds the files' items: contact data is left out, for it must be erasable."""
    return sha256("\n".join(sorted(item_id(item) for item in items)).encode()).hexdigest()


def read_changes(folder: Path, base: Sequence[Item]) -> list[tuple[Change, bytes]]:
    """All changes with their hashes; ChangeLogWrong when one is not whole, or the files changed beside the log."""
    file = folder / FILE
    if not file.exists():
        return []
    read = [_line(file, n, raw) for n, raw in enumerate(file.read_bytes().splitlines(), 1)]
    verdict = verify_chain(link for _, link in read)
    if verdict not in (ChainVerdict.WHOLE, ChainVerdict.EMPTY):
        raise ChangeLogWrong(LogFault.CHAIN_BROKEN, file, _first_broken(read), verdict.value)
    for line, ((before, _), (after, _)) in enumerate(pairwise(read), 2):
        if after.at_ms < before.at_ms:
            raise ChangeLogWrong(LogFault.TIME_RUNS_BACK, file, line)
    if read and read[0][0].files_sha256 != digest_of(base):
        raise ChangeLogWrong(LogFault.FILES_CHANGED, file, 1)
    return [(change, link.hash) for change, link in read]


def fold(base: Iterable[Item], changes: Iterable[Change], file: Path) -> list[Known]:
    """Everything that was ever said, with from when until when it was."""
    said = [Known(item_id(item), item) for item in base]
    for line, change in enumerate(changes, 1):
        counts_ms = change.at_ms + SETTLES_MS
        for gone in change.withdrawn:
            place = next((n for n, one in enumerate(said) if _open(one, gone)), None)
            if place is None:
                raise ChangeLogWrong(LogFault.ITEM_UNKNOWN, file, line, gone)
            known = said[place]
            said[place] = Known(known.item_id, known.item, known.from_ms, counts_ms)
        said += [Known(item_id(item), item, counts_ms) for item in change.added]
    return said


def append(folder: Path, change: Change, head: bytes) -> bytes:
    """Write one change behind `head`, durably; gives back the new head.

    ChangeLogWrong when somebody else wrote in between: read again, then decide again.
    """
    file = folder / FILE
    with file.open("ab+") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        log.seek(0)
        lines = log.read().splitlines()
        if (_line(file, len(lines), lines[-1])[1].hash if lines else b"") != head:
            raise ChangeLogWrong(LogFault.CHAIN_BROKEN, file, len(lines), "written_meanwhile")
        new_head = chain_hash(head, change.body())
        row = {
            "change": orjson.loads(change.body()),
            "prev_hash": head.hex(),
            "hash": new_head.hex(),
        }
        log.write(orjson.dumps(row, option=_SORTED) + b"\n")
        log.flush()
        os.fsync(log.fileno())
    return new_head


def _open(known: Known, gone: str) -> bool:
    return known.item_id == gone and known.until_ms >= FOREVER_MS


def _line(file: Path, number: int, raw: bytes) -> tuple[Change, Link]:
    try:
        row = orjson.loads(raw)
        # Sorted keys and no spaces: the same values have the same bytes.
        body = orjson.dumps(row["change"], option=_SORTED)
        change = _change(row["change"])
        prev_hash, own_hash = bytes.fromhex(row["prev_hash"]), bytes.fromhex(row["hash"])
    except (KeyError, TypeError, ValueError) as wrong:
        raise ChangeLogWrong(LogFault.NOT_JSON, file, number, type(wrong).__name__) from wrong
    return change, Link(change.roster_id, change.sequence, prev_hash, own_hash, body)


def _change(values: dict[str, Any]) -> Change:
    added = tuple(item_of(one.pop("kind"), one) for one in values["added"])
    return Change(
        values["roster"],
        values["sequence"],
        values["at_ms"],
        values["signed_by"],
        values["reason"],
        added,
        tuple(values["withdrawn"]),
        values["files_sha256"],
    )


def _first_broken(read: Sequence[tuple[Change, Link]]) -> int:
    """The line at which the chain first fails."""
    links = [link for _, link in read]
    whole: Iterator[int] = (
        n for n in range(1, len(links) + 1) if verify_chain(links[:n]) is not ChainVerdict.WHOLE
    )
    return next(whole, len(links))
