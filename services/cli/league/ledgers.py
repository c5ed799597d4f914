"""Tells the ledger of a case that counts from a branch beside it, as a crash can leave one and a hand could make one.

The rule is that of a rebuild (ledger_fold): the longer branch counts, at equal length the later one. A report that
follows it says so for each case, since a ledger that has two endings is for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sanse.escalation.v1 import cases_pb2 as pb
from services.escalation.adapters.ledger_fold import CaseChain


@dataclass(frozen=True, slots=True)
class Branched:
    """A case with more than one ledger.

    from_sequence: the first entry in which they differ; 0 where there is one ledger and entries that fit nowhere.
    """

    case_id: str
    from_sequence: int
    length: int
    other_length: int
    orphans: int


class ChainWatch:
    """Follows the newest entry of each case: whatever does not continue it makes the case one to look into."""

    def __init__(self) -> None:
        self._heads: dict[str, tuple[int, bytes]] = {}
        self.suspects: set[str] = set()

    def take(self, events: Iterable[pb.CaseEvent]) -> None:
        """Entries in the order of the log."""
        for event in events:
            length, head = self._heads.get(event.case_id, (0, b""))
            if event.sequence == length + 1 and event.prev_hash == head:
                self._heads[event.case_id] = (event.sequence, event.hash)
            else:
                self.suspects.add(event.case_id)


class Ledgers:
    """The ledgers of some cases, whole: which entries count, and which cases have more than one."""

    def __init__(self, batches: Iterable[pb.CaseEventBatch], case_ids: set[str]) -> None:
        chains: dict[str, CaseChain] = {}
        for number, batch in enumerate(batches, 1):
            for event in batch.events:
                if event.case_id in case_ids:
                    chains.setdefault(event.case_id, CaseChain()).take(event, number)
        self._counts = {case_id: _hashes(chain) for case_id, chain in chains.items()}
        self.branched = tuple(
            found for case_id in sorted(chains) if (found := _branched(case_id, chains[case_id]))
        )

    def counted(self, events: Iterable[pb.CaseEvent]) -> Iterator[pb.CaseEvent]:
        """The entries without those of branches that do not count."""
        for event in events:
            known = self._counts.get(event.case_id)
            if known is None or event.hash in known:
                yield event


def facts(found: Branched) -> Mapping[str, int | str]:
    """A case as values, for JSON and for texts."""
    return {
        "case_id": found.case_id,
        "from_sequence": found.from_sequence,
        "length": found.length,
        "other_length": found.other_length,
        "orphans": found.orphans,
    }


def _hashes(chain: CaseChain) -> frozenset[bytes]:
    if not chain.branches:
        return frozenset()
    branch = chain.counts()
    return frozenset(branch.hash_at(number) for number in range(1, len(branch) + 1))


def _branched(case_id: str, chain: CaseChain) -> Branched | None:
    """None for a case whose entries were only written again."""
    if len(chain.branches) <= 1:
        length = len(chain.branches[0]) if chain.branches else 0
        return Branched(case_id, 0, length, 0, chain.orphans) if chain.orphans else None
    winner = chain.counts()
    other = max((one for one in chain.branches if one is not winner), key=len)
    begins = next(
        (n for n in range(1, len(other) + 1) if other.hash_at(n) != winner.hash_at(n)), len(other)
    )
    return Branched(case_id, begins, len(winner), len(other), chain.orphans)
