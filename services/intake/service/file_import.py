"""Imports a file of reports: CSV, XLSX or NDJSON, with progress, and resumable where it stopped."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Protocol

from services.common import log
from services.intake.adapters.files.csv_rows import csv_rows
from services.intake.adapters.files.jsonl_rows import jsonl_rows
from services.intake.adapters.files.rows import FileUnreadable, Row, Rows
from services.intake.adapters.files.xlsx_rows import xlsx_rows
from services.intake.domain.grants import Grant
from services.intake.domain.incoming import Incoming, Result, Status
from services.intake.domain.problems import Problem
from services.intake.domain.rulebook import Rulebook

# A window is acknowledged as a whole: large enough to fill lanes with hundreds of events each.
WINDOW = 50_000
POSITION_SUFFIX = ".sanse-position"
SHOWN_REJECTS = 1000
_REPORT_EVERY = 1000
_log = log.get("file_import")


class Accept(Protocol):
    """The verb all doors use."""

    def __call__(self, grant: Grant, reports: Iterable[Incoming]) -> Awaitable[list[Result]]:
        """Results in the order of the reports."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is; `done` from 0 to 1."""

    rows: int
    done: float


@dataclass(frozen=True, slots=True)
class RowReject:
    """A refused row, by the number an editor or Excel shows."""

    row: int
    reject_id: str
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Summary:
    """What became of a file. `rejects` are those of this run, the first thousand."""

    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    resumed_after: int = 0
    rejects: list[RowReject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Position:
    """Rows whose results are final, and their counts; valid only for the same bytes."""

    digest: str
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0


async def import_file(
    path: Path,
    grant: Grant,
    accept: Accept,
    rules: Rulebook,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Take in all rows; after a break, go on behind the last acknowledged window.

    HeaderWrong or FileUnreadable when nothing can be read; KafkaAway when Kafka went away, the position kept.
    """
    sidecar = path.with_name(path.name + POSITION_SUFFIX)
    before = _read_position(sidecar, _digest(path))
    summary = Summary(before.rows, before.accepted, before.duplicates, before.rejected, before.rows)
    rows = islice(_reader(path, rules), before.rows, None)
    while True:
        window = _Window(rows, summary.rows, progress)
        results = await accept(grant, window)
        if not results:
            break
        _add(summary, window.numbers, results)
        _write_position(sidecar, before.digest, summary)
        progress(Progress(summary.rows, window.done))
    sidecar.unlink(missing_ok=True)
    _log.info("file.imported", rows=summary.rows, accepted=summary.accepted)
    return summary


class _Window:
    """The next rows of the file as incoming reports; remembers their numbers."""

    def __init__(
        self, rows: Iterator[Row], before: int, progress: Callable[[Progress], None]
    ) -> None:
        self._rows = rows
        self._before = before
        self._progress = progress
        self.numbers: list[int] = []
        self.done = 0.0

    def __iter__(self) -> Iterator[Incoming]:
        for row in islice(self._rows, WINDOW):
            self.numbers.append(row.number)
            self.done = row.done
            if len(self.numbers) % _REPORT_EVERY == 0:
                self._progress(Progress(self._before + len(self.numbers), row.done))
            yield row.incoming


def _reader(path: Path, rules: Rulebook) -> Rows:
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return jsonl_rows(path)
    if suffix == ".csv":
        return csv_rows(path, rules)
    if suffix == ".xlsx":
        return xlsx_rows(path, rules)
    raise FileUnreadable(
        f"不支持 {suffix}；可用 .csv、.xlsx、.jsonl",
        f"{suffix} is not supported; use .csv, .xlsx or .jsonl",
    )


def _add(summary: Summary, numbers: list[int], results: list[Result]) -> None:
    for number, result in zip(numbers, results, strict=True):
        summary.rows += 1
        if result.status is Status.ACCEPTED:
            summary.accepted += 1
        elif result.status is Status.DUPLICATE:
            summary.duplicates += 1
        else:
            summary.rejected += 1
            if len(summary.rejects) < SHOWN_REJECTS:
                summary.rejects.append(RowReject(number, result.reject_id, result.problems))


def _digest(path: Path) -> str:
    digest = blake2b(digest_size=16)
    with path.open("rb") as content:
        while part := content.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _read_position(sidecar: Path, digest: str) -> _Position:
    """The position kept for these very bytes; the start when the file is another or was changed."""
    try:
        kept = _Position(**json.loads(sidecar.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return _Position(digest)
    return kept if kept.digest == digest else _Position(digest)


def _write_position(sidecar: Path, digest: str, summary: Summary) -> None:
    position = _Position(
        digest, summary.rows, summary.accepted, summary.duplicates, summary.rejected
    )
    fresh = sidecar.with_name(sidecar.name + ".new")
    fresh.write_text(json.dumps(asdict(position)), encoding="utf-8")
    fresh.replace(sidecar)
