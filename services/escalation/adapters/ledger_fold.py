"""Puts the state of lanes together again from the ledger, after Redis was lost.

A crash or a paused former owner can leave a short branch in the log beside the entries that count: the same
records, worked in another order beside the other topic. Entries that extend no known head are ignored; of two
branches the longer counts, for only the true owner goes on writing; at equal length the later one, for a
restarted owner writes after the one that crashed. A record counts as applied when all it wrote lies on branches
that count; any other record is read again, and its ids keep it from having effect twice.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lane_types import LaneOutcome, Restored
from services.common.topics import Topic
from services.escalation.adapters.bulletin_codec import BulletinFold
from services.escalation.adapters.case_codec import case_from
from services.escalation.adapters.lane_view import case_key, memberships, subject_key
from services.escalation.adapters.lane_view import deadlines as case_deadlines
from services.escalation.adapters.serial_fold import RegisterFold

_HASH = 32
_NUMBER = 4
_SOURCES_KEPT = 256


@dataclass(slots=True)
class Branch:
    """One line of entries of a case: their hashes, and the number of the batch each came in.

    All of it is bytes, the snapshot too: a million cases lie in memory, and a message would keep its whole record.
    """

    hashes: bytes = b""
    batches: bytes = b""
    snapshot: bytes = b""

    def __len__(self) -> int:
        return len(self.batches) // _NUMBER

    def hash_at(self, sequence: int) -> bytes:
        """The hash of an entry; empty before the first."""
        return self.hashes[(sequence - 1) * _HASH : sequence * _HASH] if sequence else b""

    def batch_numbers(self) -> list[int]:
        """The number of the batch of each entry."""
        return memoryview(self.batches).cast("I").tolist()

    def case(self) -> pb.Case | None:
        """The case after the newest entry that carried it; None when none did."""
        return pb.Case.FromString(self.snapshot) if self.snapshot else None

    def append(self, event: pb.CaseEvent, batch: int) -> None:
        """Extend by an entry; the last entry of a case in a batch carries its snapshot."""
        self.hashes += event.hash
        self.batches += batch.to_bytes(_NUMBER, sys.byteorder)
        if event.HasField("case_after"):
            self.keep(event.case_after)

    def keep(self, case: pb.Case) -> None:
        """The case as it stands after the newest entry."""
        self.snapshot = case.SerializeToString()

    def until(self, sequence: int) -> Branch:
        """A copy of the entries up to a sequence."""
        return Branch(self.hashes[: sequence * _HASH], self.batches[: sequence * _NUMBER])


@dataclass(slots=True)
class CaseChain(Branch):
    """All branches of one case seen in the log; nearly always one, which is the chain itself."""

    others: tuple[Branch, ...] = ()
    orphans: int = 0

    def take(self, event: pb.CaseEvent, batch: int) -> None:
        """Extend a branch, recognise a repeat, begin a branch, or count an entry that fits nowhere."""
        if _extends_or_repeats(self, event, batch):
            return
        if not any(_extends_or_repeats(branch, event, batch) for branch in self.others):
            self._begin(event, batch)

    def counts(self) -> Branch:
        """The branch that counts: the longest, then the one written last."""
        if not self.others:
            return self
        return max(self.branches, key=lambda branch: (len(branch), branch.batch_numbers()[-1:]))

    def lost_batches(self) -> set[int]:
        """Batches that wrote entries on branches that do not count."""
        winner = self.counts()
        lost: set[int] = set()
        for branch in self.branches:
            if branch is not winner:
                lost.update(branch.batch_numbers()[_common(branch, winner) :])
        return lost

    @property
    def branches(self) -> tuple[Branch, ...]:
        """All that have entries."""
        return (self, *self.others) if len(self) else self.others

    def _begin(self, event: pb.CaseEvent, batch: int) -> None:
        before = event.sequence - 1
        for parent in self.branches:
            if 0 <= before <= len(parent) and parent.hash_at(before) == event.prev_hash:
                branch = parent.until(before)
                branch.append(event, batch)
                self.others += (branch,)
                return
        self.orphans += 1


class LedgerFold:
    """Gathers CaseEventBatches of whole partitions; see the module's rule for branches."""

    def __init__(self) -> None:
        self._chains: dict[str, CaseChain] = {}
        self._sources: dict[int, dict[str, deque[tuple[int, int]]]] = {}
        self._batches = 0
        self._registers = RegisterFold()
        self._bulletins = BulletinFold()

    def add(self, topic: Topic, value: bytes) -> Iterable[Restored]:
        """Take one record of the ledger; nothing is certain before the end."""
        batch = pb.CaseEventBatch.FromString(value)
        self._batches += 1
        for event in batch.events:
            self._chains.setdefault(event.case_id, CaseChain()).take(event, self._batches)
        self._registers.take(batch)
        self._bulletins.take(batch.bulletins)
        lane = self._sources.setdefault(batch.lane, {})
        recent = lane.setdefault(batch.source.topic, deque(maxlen=_SOURCES_KEPT))
        recent.append((batch.source.offset, self._batches))
        return ()

    def finish(self) -> Iterator[Restored]:
        """The state of each lane."""
        chains = self._chains.values()
        lost = {n for chain in chains if chain.others for n in chain.lost_batches()}
        snapshots: dict[int, list[pb.Case]] = {}
        for chain in chains:
            case = chain.counts().case()
            if case is not None:
                snapshots.setdefault(case.lane, []).append(case)
        for lane, sources in self._sources.items():
            beside = self._registers.state(lane) | self._bulletins.state(lane)
            outcome = _lane_state(snapshots.get(lane, []), beside)
            yield Restored(lane, outcome, _applied_until(sources, lost))


def _extends_or_repeats(branch: Branch, event: pb.CaseEvent, batch: int) -> bool:
    if event.sequence == len(branch) + 1:
        if event.prev_hash != branch.hash_at(len(branch)):
            return False
        branch.append(event, batch)
        return True
    return 0 < event.sequence <= len(branch) and branch.hash_at(event.sequence) == event.hash


def _common(one: Branch, other: Branch) -> int:
    """How many first entries two branches share."""
    length = min(len(one), len(other))
    return next((n for n in range(length) if one.hash_at(n + 1) != other.hash_at(n + 1)), length)


def _lane_state(snapshots: Iterable[pb.Case], beside: dict[str, bytes]) -> LaneOutcome:
    puts: dict[str, bytes | None] = {**beside}
    deadlines: dict[str, int | None] = {}
    members: dict[tuple[str, str], bool] = {}
    subjects: dict[str, pb.SubjectCases] = {}
    for snapshot in snapshots:
        subject = subjects.setdefault(
            snapshot.subject_id, pb.SubjectCases(subject_id=snapshot.subject_id)
        )
        subject.cases.append(snapshot)
        case = case_from(snapshot)
        puts[case_key(case.case_id)] = case.subject_id.encode()
        deadlines.update(case_deadlines(case))
        members.update(memberships(case))
    for subject_id, cases in subjects.items():
        puts[subject_key(subject_id)] = cases.SerializeToString()
    return LaneOutcome((), puts, deadlines, members)


def _applied_until(sources: dict[str, deque[tuple[int, int]]], lost: set[int]) -> dict[str, int]:
    """The newest applied offset per source topic."""
    applied: dict[str, int] = {}
    for topic, recent in sources.items():
        offsets = [offset for offset, batch in recent if batch not in lost]
        if offsets:
            applied[topic] = max(offsets)
    return applied
