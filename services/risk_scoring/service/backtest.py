"""Re-scores the whole log with a candidate pack, partition by partition in parallel processes.

A partition's subjects live in no other, so what a process holds is bounded by the largest partition
and is let go with it; only counts come back.
"""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from services.common.lane_types import LaneRecord, PoisonRecord
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.risk_scoring.adapters.events_codec import EventsReader, opened
from services.risk_scoring.adapters.log_reader import partitions_of, read_partition
from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.domain.backtest import (
    Groups,
    Pair,
    Question,
    Sides,
    Tally,
    replayed,
    same_for_both,
    tally,
)
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import Report, ReportKind
from services.risk_scoring.service.rules_check import usable_pack


@dataclass(frozen=True, slots=True)
class Asked:
    """A backtest to run: the log and live packs of the settings, the candidate's file, the question."""

    settings: CommonSettings
    candidate: Path
    question: Question


@dataclass(slots=True)
class Read:
    """What was read of the log. Unreadable events are those no pack of a side can rate."""

    records: int = 0
    events: int = 0
    later: int = 0
    unreadable_live: int = 0
    unreadable_candidate: int = 0
    broken_records: int = 0

    def add(self, other: Read) -> None:
        """Take in what was read of another partition."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Found:
    """The counts, what was read, and the most memory each process used, in bytes by process id."""

    tally: Tally = field(default_factory=Tally)
    read: Read = field(default_factory=Read)
    peak_bytes: dict[int, int] = field(default_factory=dict)

    def add(self, other: Found) -> None:
        """Take in another partition."""
        self.tally.add(other.tally)
        self.read.add(other.read)
        self.peak_bytes.update(other.peak_bytes)


def run(asked: Asked, groups: Sequence[Groups] = (), workers: int = 0) -> Found:
    """Backtest every partition. `groups`: one per partition. `workers`: 0 for one per processor."""
    partitions = partitions_of(asked.settings, Topic.EVENTS)
    by_partition = groups or [Groups()] * len(partitions)
    total = Found()
    with ProcessPoolExecutor(
        min(workers or os.cpu_count() or 1, len(partitions)), get_context("spawn"), gc.disable
    ) as pool:
        for found in pool.map(_partition, [asked] * len(partitions), partitions, by_partition):
            total.add(found)
    total.peak_bytes[os.getpid()] = _peak_bytes()
    return total


def _partition(asked: Asked, partition: int, groups: Groups) -> Found:
    live = load_packs(asked.settings.packs_dir)
    candidate = usable_pack(asked.candidate)
    records = read_partition(asked.settings, Topic.EVENTS, partition)
    found = replay(records, live, candidate, asked.question, groups)
    found.peak_bytes[os.getpid()] = _peak_bytes()
    return found


def replay(
    records: Iterable[LaneRecord],
    live: Mapping[str, Pack],
    candidate: Pack,
    question: Question,
    groups: Groups,
) -> Found:
    """Both histories of the subjects of some records, and the counts at their end."""
    beside = _Beside(live, candidate, question.as_of_ms)
    for record in records:
        beside.apply(record.value)
    return Found(tally(beside.pairs.values(), question, groups), beside.read)


class _Beside:
    """The two histories of every subject met so far."""

    def __init__(self, live: Mapping[str, Pack], candidate: Pack, as_of_ms: int) -> None:
        self.read = Read()
        self._live = EventsReader(live)
        self._sides = Sides(live, {**live, candidate.id: candidate})
        self._candidate = EventsReader(self._sides.candidate)
        self._pack, self._pack_id = candidate, candidate.id
        before = live.get(candidate.id)
        self._same_questions = before is not None and list(before.tables.index) == list(
            candidate.tables.index
        )
        self._as_of_ms = as_of_ms
        self.pairs: dict[str, Pair] = {}

    def apply(self, value: bytes) -> None:
        """Apply the events of a record that were accepted by the moment asked about."""
        self.read.records += 1
        try:
            events = opened(value).events
        except PoisonRecord:
            self.read.broken_records += 1
            return
        for event in events:
            if event.accepted_at_ms > self._as_of_ms:
                self.read.later += 1
                continue
            self.read.events += 1
            live = self._live.report(event)
            candidate = self._for_candidate(live, event)
            self.read.unreadable_live += live is None
            self.read.unreadable_candidate += candidate is None
            subject = event.subject_id
            pair = self.pairs.get(subject)
            if pair is None:
                blank = Profile(subject)
                pair = Pair(blank, blank)
            self.pairs[subject] = replayed(pair, live, candidate, self._sides)

    def _for_candidate(self, live: Report | None, event: Any) -> Report | None:
        """The event as the candidate reads it; what must come out the same is not read twice."""
        if same_for_both(live, self._pack_id):
            return live
        if self._same_questions and live is not None and live.kind is not ReportKind.INCIDENT:
            return live._replace(pack=self._pack)
        return self._candidate.report(event)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
