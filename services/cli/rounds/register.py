"""Registers the households of a round: rows to pseudonyms, packed per lane, written to Kafka once.

The import is idempotent without asking anybody: the time of a file's first import is on the log, so that the
same file always writes the same entries. It is resumable from any machine: after each window of rows the log
says how far it came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from google.protobuf.message import DecodeError

from sanse.risk.v1 import rounds_pb2
from services.cli.rounds.register_rows import ReadRow, RegisterRow, register_rows
from services.common.crypto import Keys
from services.common.divisions import Divisions
from services.common.ids import derived_id
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.risk_scoring.adapters.rounds_log import RoundsLog

# A window is acknowledged as a whole: large enough to fill lanes with hundreds of entries each.
WINDOW = 50_000
ENTRIES_PER_BATCH = 400
SHOWN_REFUSED = 1000

Progress = Callable[[int, float], None]


@dataclass(slots=True)
class Summary:
    """What became of a file. `written` are the entries of this run, `refused` the first thousand rows."""

    file_id: str
    registered_at_ms: int
    resumed_after: int = 0
    rows: int = 0
    entries: int = 0
    retracted: int = 0
    refused_rows: int = 0
    written: int = 0
    # The very same file was registered completely before: nothing was written.
    known: bool = False
    refused: list[ReadRow] = field(default_factory=list)


async def register(
    settings: CommonSettings,
    path: Path,
    round_id: str,
    divisions: Divisions,
    progress: Progress = lambda _, __: None,
    *,
    again: bool = False,
) -> Summary:
    """Register a file for a round; `again` gives it a new time, so that it counts over files registered since.

    HeaderWrong or FileUnreadable when nothing can be read, MasterKeyWrong without the key that intake uses,
    KafkaError when Kafka went away: the next run goes on behind the last acknowledged window.
    """
    keys, file_id = Keys(settings.master_key), file_id_of(path, round_id)
    before = None if again else _progress_of(settings, file_id)
    registered_at_ms = before.registered_at_ms if before else settings.clock().now_ms()
    summary = Summary(file_id, registered_at_ms)
    complete = before is not None and before.progress.complete
    summary.resumed_after = before.progress.rows if before else 0
    summary.known = complete
    rows = register_rows(path, divisions)
    producer = LaneProducer(settings)
    await producer.start()
    try:
        batches = _Batches(round_id, file_id, registered_at_ms, keys)
        if before is None:
            await producer.send([batches.progress(summary, complete=False)])
        while window := list(islice(rows, WINDOW)):
            done = summary.rows
            _count(summary, window)
            progress(summary.rows, window[-1].done)
            fresh = [one.row for n, one in enumerate(window, done + 1) if n > summary.resumed_after]
            good = [row for row in fresh if row is not None]
            if fresh and not complete:
                await producer.send(batches.of(good))
                await producer.send([batches.progress(summary, complete=False)])
                summary.written += len(good)
        if not complete:
            await producer.send([batches.progress(summary, complete=True)])
    finally:
        await producer.stop()
    return summary


def file_id_of(path: Path, round_id: str) -> str:
    """The id of these bytes for this round."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as content:
        while part := content.read(1 << 20):
            digest.update(part)
    return derived_id("register", round_id, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class _Batches:
    """Packs rows of one file for the log."""

    round_id: str
    file_id: str
    registered_at_ms: int
    keys: Keys

    def of(self, rows: list[RegisterRow]) -> Iterator[tuple[int, Outgoing]]:
        """Entries in the lanes of their households."""
        lanes: defaultdict[int, list[rounds_pb2.RegisterEntry]] = defaultdict(list)
        for row in rows:
            household_id = self.keys.pseudonym(row.household_no)
            lanes[lane_of(household_id)].append(_entry(household_id, row))
        for lane, entries in lanes.items():
            for start in range(0, len(entries), ENTRIES_PER_BATCH):
                batch = self._batch(lane)
                batch.entries.extend(entries[start : start + ENTRIES_PER_BATCH])
                yield lane, Outgoing(Topic.ROUNDS, batch.SerializeToString())

    def progress(self, summary: Summary, *, complete: bool) -> tuple[int, Outgoing]:
        """How far the file is."""
        lane = lane_of(self.file_id)
        batch = self._batch(lane)
        batch.progress.rows = summary.rows
        batch.progress.entries = summary.entries
        batch.progress.refused = summary.refused_rows
        batch.progress.complete = complete
        return lane, Outgoing(Topic.ROUNDS, batch.SerializeToString())

    def _batch(self, lane: int) -> rounds_pb2.RegisterBatch:
        return rounds_pb2.RegisterBatch(
            lane=lane,
            round_id=self.round_id,
            file_id=self.file_id,
            registered_at_ms=self.registered_at_ms,
        )


def _entry(household_id: str, row: RegisterRow) -> rounds_pb2.RegisterEntry:
    state = (
        rounds_pb2.REGISTER_STATE_REGISTERED
        if row.registered
        else rounds_pb2.REGISTER_STATE_RETRACTED
    )
    return rounds_pb2.RegisterEntry(
        household_id=household_id,
        grid_code=row.grid,
        state=state,
        moved_in_on=row.moved_in_on,
        moved_out_on=row.moved_out_on,
    )


def _count(summary: Summary, window: list[ReadRow]) -> None:
    for one in window:
        summary.rows += 1
        if one.row is not None:
            summary.entries += 1
            summary.retracted += not one.row.registered
        else:
            summary.refused_rows += 1
            if len(summary.refused) < SHOWN_REFUSED:
                summary.refused.append(one)


def _progress_of(settings: CommonSettings, file_id: str) -> rounds_pb2.RegisterBatch | None:
    """The newest progress of a file on the log: a later import of it, then the further one; None when it is new."""
    newest: list[rounds_pb2.RegisterBatch] = []

    def take(_: Topic, value: bytes) -> None:
        try:
            batch = rounds_pb2.RegisterBatch.FromString(value)
        except DecodeError:
            # No import wrote this; whoever counts is told how many such records there are.
            return
        if batch.file_id == file_id and batch.HasField("progress"):
            newest.append(batch)

    with RoundsLog(settings, [Topic.ROUNDS], take) as log:
        log.catch_up()
    return max(newest, key=_how_far, default=None)


def _how_far(batch: rounds_pb2.RegisterBatch) -> tuple[int, bool, int]:
    return batch.registered_at_ms, batch.progress.complete, batch.progress.rows
