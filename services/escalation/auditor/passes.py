"""One pass of the auditor: read on in the log, look twice, drive again what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from sanse.escalation.v1 import cases_pb2 as pb
from services.common import log
from services.common.clock import Clock
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import LANES
from services.common.spans import DAY_MS
from services.common.topics import Topic
from services.escalation.adapters.case_codec import case_from
from services.escalation.adapters.command_codec import chase_command, deadline_command
from services.escalation.adapters.lane_view import deadlines
from services.escalation.auditor.log_reader import LogReader
from services.escalation.auditor.measures import REDRIVEN, WATCHED
from services.escalation.auditor.store_view import StoreView
from services.escalation.auditor.witness import Witness
from services.escalation.domain.audit import (
    FIRE_BOUND_MS,
    Fault,
    Finding,
    Redrives,
    act_faults,
    confirmed,
    delivery_faults,
    lost_faults,
    missed_faults,
    notice_faults,
    silence_faults,
    stored_faults,
)
from services.escalation.domain.cases import Case, lane_of_case

TOPICS = (Topic.CASES, Topic.NOTICES, Topic.DELIVERIES)
# Notices older than this are no longer looked for: their topic does not keep them for ever.
WATCH_BACK_MS = 30 * DAY_MS
REDRIVES_A_PASS = 1000
_log = log.get("audit")


class Auditor:
    """Shares nothing with the engine but the log and, for reading, the store."""

    def __init__(
        self, reader: LogReader, store: StoreView, producer: LaneProducer, clock: Clock
    ) -> None:
        self._reader = reader
        self._store = store
        self._producer = producer
        self._clock = clock
        self._witness = Witness()
        self._redrives = Redrives()
        # Lanes in which something stands: compared in every pass until it is put right, so that a pass
        # is clean only when all lanes were when last compared.
        self._suspects: set[int] = set()
        self._progress_ms = 0
        self._began = False

    async def one_pass(self, turn: int = 0, turns: int = 1, settle_s: float = 0.0) -> list[Finding]:
        """All that stands after a second look.

        The store is compared in one of `turns` parts of the lanes, and where something stood in the last pass.
        """
        lanes = set(range(turn, LANES, turns)) | self._suspects
        first = await self._look(lanes)
        if first:
            await asyncio.sleep(settle_s)
        found = confirmed(first, await self._look(lanes)) if first else []
        named = {lane_of_case(one.about) for one in found}
        self._suspects = {lane for lane in named if lane is not None and lane < LANES}
        return [*found, *await self._drive_again(found)]

    async def _look(self, lanes: set[int]) -> list[Finding]:
        await self._read()
        now_ms = self._clock.now_ms()
        found = list(self._witness.broken)
        by_lane: dict[int, list[pb.Case]] = {}
        oldest: int | None = None
        count = 0
        for case in self._witness.cases():
            count += 1
            if case.ladder_due_ms and case.ladder_due_ms <= now_ms:
                oldest = min(case.ladder_due_ms, oldest or case.ladder_due_ms)
            if case.lane in lanes:
                by_lane.setdefault(case.lane, []).append(case)
            if _may_be_missed(case, now_ms):
                found += _missed(case, now_ms)
        WATCHED.set(count)
        found += silence_faults(oldest, self._progress_ms, now_ms)
        for lane, cases in by_lane.items():
            found += await self._lane(lane, cases, now_ms)
        known = [case_id async for case_id in self._store.known(lanes)]
        found += lost_faults(known, self._witness.chains)
        found += await self._undelivered(now_ms)
        return found

    async def _read(self) -> None:
        """Read on: the ledger first, since a notice is written before the entry that tells of it."""
        now_ms = self._clock.now_ms()
        since_ms = now_ms - WATCH_BACK_MS
        async for where, value in self._reader.news(Topic.CASES):
            self._witness.ledger(where, value)
            # What was there before this process began proves nothing about the engine now.
            self._progress_ms = now_ms if self._began else 0
        async for where, value in self._reader.news(Topic.NOTICES):
            self._witness.notices(where, value, since_ms)
        async for where, value in self._reader.news(Topic.DELIVERIES):
            self._witness.deliveries(where, value)
        self._witness.forget(since_ms)
        self._began = True

    async def _lane(self, lane: int, cases: list[pb.Case], now_ms: int) -> list[Finding]:
        stored = await self._store.stored(lane, cases)
        found: list[Finding] = []
        for one in cases:
            case = _facts(one)
            if case is None:
                found.append(Finding(Fault.RECORD_UNREADABLE, one.case_id))
                continue
            found += act_faults(case)
            found += stored_faults(case, deadlines(case), stored[case.case_id])
            found += notice_faults(case, self._witness.told, now_ms - WATCH_BACK_MS)
        return found

    async def _undelivered(self, now_ms: int) -> list[Finding]:
        waiting = self._witness.undelivered
        late = list(
            delivery_faults({key: created for key, (_, created) in waiting.items()}, now_ms)
        )
        taken = await self._store.taken_up({one.about: waiting[one.about][0] for one in late})
        for notice_id in taken:
            del waiting[notice_id]
        return [one for one in late if one.about not in taken]

    async def _drive_again(self, found: list[Finding]) -> list[Finding]:
        """Write the engine's own command once more: its id names the rung, so it has effect at most once."""
        now_ms = self._clock.now_ms()
        missed = {
            one.about
            for one in found
            if one.fault in (Fault.DEADLINE_MISSED, Fault.DEADLINE_NOT_STORED)
        }
        spent: list[Finding] = []
        records: list[tuple[int, Outgoing]] = []
        for case_id in sorted(missed):
            if len(records) == REDRIVES_A_PASS:
                break
            case = self._witness.chains[case_id].counts().snapshot
            commands = list(_due_commands(case, now_ms)) if case else []
            if case is None or not commands:
                continue
            if not self._redrives.take(case_id, now_ms):
                spent.append(Finding(Fault.REDRIVES_SPENT, case_id))
                continue
            value = pb.CommandBatch(lane=case.lane, commands=commands).SerializeToString()
            records.append((case.lane, Outgoing(Topic.COMMANDS, value)))
            _log.warning("audit.redriven", case_id=case_id)
        await self._producer.send(records)
        REDRIVEN.inc(len(records))
        return spent


def _facts(case: pb.Case) -> Case | None:
    """A case as facts; None when it holds a number of no protocol known here."""
    try:
        return case_from(case)
    except KeyError:
        return None


def _missed(case: pb.Case, now_ms: int) -> Iterator[Finding]:
    facts = _facts(case)
    if facts is None:
        yield Finding(Fault.RECORD_UNREADABLE, case.case_id)
    else:
        yield from missed_faults(facts, now_ms)


def _may_be_missed(case: pb.Case, now_ms: int) -> bool:
    """Cheap enough to ask of every case in every pass."""
    if case.ladder_due_ms and case.ladder_due_ms + FIRE_BOUND_MS < now_ms:
        return True
    return any(one.chase_due_ms for one in case.notices)


def _due_commands(case: pb.Case, now_ms: int) -> Iterator[pb.Command]:
    if case.ladder_due_ms and case.ladder_due_ms <= now_ms:
        yield deadline_command(case, now_ms)
    for notice in case.notices:
        if notice.chase_due_ms and notice.chase_due_ms <= now_ms:
            yield chase_command(case, notice, now_ms)
