"""One pass of the auditor: read on in the log, look twice, drive again what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from aiokafka.errors import KafkaError
from google.protobuf.message import DecodeError

from sanse.escalation.v1 import cases_pb2 as pb
from services.common import log
from services.common.clock import Clock, SystemClock
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import LANES
from services.common.spans import DAY_MS, HOUR_MS
from services.common.topics import Topic
from services.escalation.adapters.case_codec import case_from
from services.escalation.adapters.command_codec import (
    chase_command,
    deadline_command,
    next_alarm,
)
from services.escalation.adapters.lane_view import deadlines
from services.escalation.auditor.groups_view import GroupsView
from services.escalation.auditor.log_reader import LogReader
from services.escalation.auditor.measures import REDRIVEN, WAITING, WATCHED
from services.escalation.auditor.store_view import StoreView
from services.escalation.auditor.witness import Witness, first_due
from services.escalation.domain.audit import (
    AuditPolicy,
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
from services.escalation.domain.audit_groups import GroupWatch
from services.escalation.domain.cases import Case, lane_of_case

# A notice is written before the entry, and before the delivery, that tells of it: its topic is marked last.
TOPICS = (Topic.CASES, Topic.DELIVERIES, Topic.NOTICES)
# Read from an hour ago on: there stands what this auditor, or the one before it, drove again.
RECENT = Topic.COMMANDS
# Notices older than this are no longer looked for: their topic does not keep them for ever.
WATCH_BACK_MS = 30 * DAY_MS
_log = log.get("audit")


class Auditor:
    """Shares nothing with the engine but the log and, for reading, the store."""

    def __init__(
        self,
        *,
        reader: LogReader,
        groups: GroupsView,
        store: StoreView,
        producer: LaneProducer,
        clock: Clock,
        policy: AuditPolicy,
        wall: Clock | None = None,
    ) -> None:
        self._reader = reader
        self._groups = groups
        self._store = store
        self._producer = producer
        self._clock = clock
        self._policy = policy
        # Real time: processes are watched by it, whatever the time of the cases is.
        self._wall = wall or SystemClock()
        self._watch = GroupWatch(policy.silent_after_ms, policy.still_after_ms)
        self._witness = Witness()
        self._redrives = Redrives(policy.redrives_an_hour)
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
        # Before the store is compared, which takes its time with a million cases: how long a process is away is
        # counted from the first look at it.
        for look in await self._groups.look():
            found += self._watch.faults(look, self._wall.now_ms())
            for topic, count in look.waiting().items():
                WAITING.labels(look.service, topic).set(count)
        oldest_ms: int | None = None
        for case in self._witness.due(now_ms):
            oldest_ms = min(first_due(case), oldest_ms or now_ms)
            found += self._missed(case, now_ms)
        WATCHED.set(len(self._witness))
        found += silence_faults(oldest_ms, self._progress_ms, now_ms, self._policy.silent_after_ms)
        for lane in lanes:
            found += await self._lane(lane, now_ms)
        known = [case_id async for case_id in self._store.known(lanes)]
        found += lost_faults(known, self._witness)
        found += await self._undelivered(now_ms)
        return found

    async def _read(self) -> None:
        """Read on: notices before their deliveries, which take them off the list of those that wait."""
        await self._reader.mark((RECENT, *TOPICS))
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
        async for _, value in self._reader.news(RECENT):
            for case_id, at_ms in _redriven(value):
                self._redrives.done(case_id, at_ms)
        self._witness.forget(since_ms)
        self._redrives.forget(now_ms - HOUR_MS)
        self._began = True

    async def _lane(self, lane: int, now_ms: int) -> list[Finding]:
        watched = self._witness.watched(lane)
        stored = await self._store.stored(lane, [case for _, case in watched]) if watched else {}
        found: list[Finding] = []
        for chain, one in watched:
            held = stored[one.case_id]
            # Nearly all cases; the longer way takes as long as all the rest of a pass.
            if chain.is_as_stored(one.case_id, held):
                continue
            case = _facts(one)
            if case is None:
                found.append(Finding(Fault.RECORD_UNREADABLE, one.case_id))
                continue
            wrong = [*act_faults(case)]
            chain.is_plain = not wrong and not case.notices
            found += wrong
            found += stored_faults(case, deadlines(case), held)
            found += notice_faults(case, self._witness.told, now_ms - WATCH_BACK_MS)
        return found

    async def _undelivered(self, now_ms: int) -> list[Finding]:
        waiting = self._witness.undelivered
        late = list(
            delivery_faults(
                {key: created for key, (_, created) in waiting.items()},
                now_ms,
                self._policy.taken_up_within_ms,
            )
        )
        taken = await self._store.taken_up({one.about: waiting[one.about][0] for one in late})
        for notice_id in taken:
            del waiting[notice_id]
        return [one for one in late if one.about not in taken]

    def _missed(self, case: pb.Case, now_ms: int) -> Iterator[Finding]:
        facts = _facts(case)
        if facts is None:
            yield Finding(Fault.RECORD_UNREADABLE, case.case_id)
        else:
            yield from missed_faults(facts, now_ms, self._policy.fire_within_ms)

    async def _drive_again(self, found: list[Finding]) -> list[Finding]:
        """Write the engine's own command once more: its id names the rung, so it has effect at most once.

        It counts once it stands in the log: one that is refused does not, and one whose answer got lost does.
        """
        missed = sorted(
            {
                one.about
                for one in found
                if one.fault in (Fault.DEADLINE_MISSED, Fault.DEADLINE_NOT_STORED)
            }
        )
        now_ms = self._clock.now_ms()
        spent: list[Finding] = []
        fresh: dict[str, pb.CommandBatch] = {}
        for case_id in missed:
            is_spent = self._redrives.is_spent(case_id)
            if len(fresh) == self._policy.redrives_a_pass and not is_spent:
                continue
            batch = self._owed(case_id, now_ms)
            if batch and is_spent:
                spent.append(Finding(Fault.REDRIVES_SPENT, case_id))
            elif batch:
                fresh[case_id] = batch
        answers = await asyncio.gather(*(self._write(*one) for one in fresh.items()))
        return [*spent, *(refused for refused in answers if refused)]

    def _owed(self, case_id: str, now_ms: int) -> pb.CommandBatch | None:
        """What the engine should have written for a case; None when nothing of it is due."""
        case = self._witness.case(case_id)
        commands = list(_due_commands(case, now_ms)) if case else []
        return pb.CommandBatch(lane=case.lane, commands=commands) if case and commands else None

    async def _write(self, case_id: str, batch: pb.CommandBatch) -> Finding | None:
        try:
            await self._producer.send(
                [(batch.lane, Outgoing(Topic.COMMANDS, batch.SerializeToString()))]
            )
        except (KafkaError, OSError) as error:
            return Finding(Fault.REDRIVE_REFUSED, case_id, type(error).__name__)
        REDRIVEN.inc()
        _log.warning("audit.redriven", case_id=case_id)
        return None


def _facts(case: pb.Case) -> Case | None:
    """A case as facts; None when it holds a number of no protocol known here."""
    try:
        return case_from(case)
    except KeyError:
        return None


def _redriven(value: bytes) -> list[tuple[str, int]]:
    """Which cases a record of commands drove again, and when."""
    try:
        commands = pb.CommandBatch.FromString(value).commands
    except DecodeError:
        # Not this process's to name: the engine buries it.
        return []
    # A case can have several of one pass, one for each notice: they count once.
    return list({(one.case_id, one.at_ms) for one in commands if one.redriven})


def _due_commands(case: pb.Case, now_ms: int) -> Iterator[pb.Command]:
    alarm_ms, _ = next_alarm(case)
    if alarm_ms and alarm_ms <= now_ms:
        yield _again(deadline_command(case, now_ms))
    for notice in case.notices:
        if notice.chase_due_ms and notice.chase_due_ms <= now_ms:
            yield _again(chase_command(case, notice, now_ms))


def _again(command: pb.Command) -> pb.Command:
    command.redriven = True
    return command
