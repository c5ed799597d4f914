"""Reads cases from the lane store, and their ledgers from the log, for the clock and for queries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lane_rebuild import read_to_end
from services.common.lane_store import LaneStore
from services.common.lanes import LANES, lane_key, partition_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.escalation.adapters.lane_view import case_key, subject_key
from services.escalation.adapters.ledger import verify_events
from services.escalation.adapters.ledger_fold import CaseChain
from services.escalation.domain.cases import lane_of_case
from services.escalation.domain.ledger import ChainVerdict

_LANES_AT_ONCE = 32
_CASES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Timeline:
    """A case's ledger, oldest entry first, and what checking its chain gave."""

    events: Sequence[pb.CaseEvent]
    verdict: ChainVerdict

    def is_whole_for(self, case: pb.Case) -> bool:
        """Whether the chain is whole and contains the head that the state knows."""
        length = case.ledger_length
        reaches = 0 < length <= len(self.events)
        return (
            self.verdict is ChainVerdict.WHOLE
            and reaches
            and self.events[length - 1].hash == case.ledger_head
        )


class CaseReader:
    """Any worker can answer for every lane, since the store is shared."""

    def __init__(self, settings: CommonSettings, store: LaneStore) -> None:
        self._settings = settings
        self._store = store

    async def case(self, case_id: str) -> pb.Case | None:
        """One case, or None."""
        return (await self.by_id([case_id])).get(case_id)

    async def by_id(self, case_ids: Sequence[str]) -> dict[str, pb.Case]:
        """The cases with these ids; unknown ids, and what is no id, are left out."""
        wanted: dict[int, list[str]] = {}
        for case_id in dict.fromkeys(case_ids):
            lane = lane_of_case(case_id)
            if lane is not None and lane < LANES:
                wanted.setdefault(lane, []).append(case_id)
        found = await self.cases(wanted) if wanted else {}
        return {case.case_id: case for cases in found.values() for case in cases}

    async def cases(self, wanted: Mapping[int, Sequence[str]]) -> dict[int, list[pb.Case]]:
        """Cases by lane, in the order asked for; unknown ids are left out."""
        owners = await self._store.load(
            {lane: [case_key(case_id) for case_id in ids] for lane, ids in wanted.items()}
        )
        subjects = await self._store.load(
            {
                lane: [subject_key(subject.decode()) for subject in set(loaded.state.values())]
                for lane, loaded in owners.items()
            }
        )
        found: dict[int, list[pb.Case]] = {}
        for lane, loaded in subjects.items():
            known = {
                case.case_id: case for value in loaded.state.values() for case in _cases(value)
            }
            found[lane] = [known[case_id] for case_id in wanted[lane] if case_id in known]
        return found

    async def pages(self, set_names: Sequence[str], after: str) -> AsyncIterator[list[pb.Case]]:
        """Cases of the sets that come after an id, in the order of ids, a page at a time."""
        first = lane_of_case(after) or 0
        for start in range(first, LANES, _LANES_AT_ONCE):
            lanes = range(start, min(start + _LANES_AT_ONCE, LANES))
            rows = {row for name in set_names for row in await self._store.members(lanes, name)}
            fresh = sorted(row for row in rows if row[1] > after)
            for at in range(0, len(fresh), _CASES_AT_ONCE):
                wanted: dict[int, list[str]] = {}
                for lane, case_id in fresh[at : at + _CASES_AT_ONCE]:
                    wanted.setdefault(lane, []).append(case_id)
                found = await self.cases(wanted)
                yield [case for lane in wanted for case in found[lane]]

    async def timeline(self, case_id: str, lane: int) -> Timeline:
        """Read the ledger of the lane's partition to its end, and check the case's chain."""
        partition = partition_of(lane, self._settings.partitions)
        ledger = TopicPartition(self._settings.topics(Topic.CASES), partition)
        chain, by_hash = CaseChain(), dict[bytes, pb.CaseEvent]()
        async for value in read_to_end(self._settings.kafka, [ledger], lane_key(lane)):
            for event in pb.CaseEventBatch.FromString(value).events:
                if event.case_id == case_id:
                    by_hash.setdefault(event.hash, event)
                    chain.take(event, len(by_hash))
        branch = chain.counts()
        if not len(branch):
            return Timeline((), ChainVerdict.EMPTY)
        events = [by_hash[branch.hash_at(n + 1)] for n in range(len(branch))]
        return Timeline(events, verify_events(events))


def _cases(value: bytes) -> Iterator[pb.Case]:
    yield from pb.SubjectCases.FromString(value).cases
