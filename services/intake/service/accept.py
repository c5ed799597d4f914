"""The one verb behind every door: check, drop what is known, write to the lanes, and only then answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from services.common import log
from services.common.clock import Clock
from services.intake.adapters.codec import EventCodec, RejectCodec, event_id_of
from services.intake.adapters.dedup import DedupStore
from services.intake.adapters.json_text import original_of
from services.intake.adapters.kafka_sender import KafkaAway, KafkaSender
from services.intake.adapters.lane_batches import LaneBatches
from services.intake.domain.facts import Report
from services.intake.domain.grants import Grant, denied
from services.intake.domain.incoming import Incoming, Result, Status
from services.intake.domain.problems import Problem
from services.intake.domain.rulebook import Context, Rulebook
from services.intake.domain.validate import validate
from services.intake.service.measures import count

CHUNK = 250
_log = log.get("accept")


@dataclass(frozen=True, slots=True)
class Parts:
    """What accept works with."""

    rules: Rulebook
    events: EventCodec
    rejects: RejectCodec
    dedup: DedupStore
    sender: KafkaSender
    clock: Clock


@dataclass(slots=True)
class _Call:
    """One call's work in progress. `twins`: places whose event another call, or an earlier place, is sending."""

    grant: Grant
    keep_rejects: bool
    results: list[Result] = field(default_factory=list)
    batches: LaneBatches = field(default_factory=LaneBatches)
    sent: list[asyncio.Future[None]] = field(default_factory=list)
    own: dict[str, asyncio.Future[bool]] = field(default_factory=dict)
    twins: list[tuple[str, asyncio.Future[bool]]] = field(default_factory=list)


class Accepter:
    """Takes reports of any number; a single one is a batch of one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._in_flight: dict[str, asyncio.Future[bool]] = {}
        self._marking: set[asyncio.Task[None]] = set()

    async def accept(
        self, grant: Grant, reports: Iterable[Incoming], *, keep_rejects: bool = True
    ) -> list[Result]:
        """One result per report in order, after Kafka has all of them on all replicas.

        KafkaAway when it has not; then nothing is acknowledged, and sending all again is safe.
        """
        call = _Call(grant, keep_rejects)
        try:
            await self._send(call, reports)
            await self._parts.sender.settle(call.sent)
        except BaseException:
            self._resolve(call, acknowledged=False)
            self._forget(call.own)
            raise
        self._resolve(call, acknowledged=True)
        if call.own:
            # The sender need not wait for the mark: until it is made, a copy meets the entry in flight.
            task = asyncio.create_task(self._mark(call.own))
            self._marking.add(task)
            task.add_done_callback(self._marking.discard)
        await _await_twins(call)
        for result in call.results:
            count(call.grant.source, result)
        return call.results

    async def close(self) -> None:
        """Finish the marks under way."""
        await asyncio.gather(*self._marking)

    async def _mark(self, own: Mapping[str, asyncio.Future[bool]]) -> None:
        await self._parts.dedup.mark(list(own), self._parts.clock.now_ms())
        self._forget(own)

    async def _send(self, call: _Call, reports: Iterable[Incoming]) -> None:
        for chunk in _chunks(reports):
            await self._send_chunk(call, chunk)
            await self._parts.sender.room()
            # A bulk batch lets live reports through between its chunks.
            await asyncio.sleep(0)
        for lane, value in call.batches.drain():
            call.sent.append(self._parts.sender.send_batch(lane, value))

    async def _send_chunk(self, call: _Call, chunk: list[Incoming]) -> None:
        now_ms = self._parts.clock.now_ms()
        context = Context(self._parts.rules, now_ms)
        checked = [_checked(incoming, call.grant, context) for incoming in chunk]
        ids = [
            event_id_of(call.grant.source, one.source_id) if isinstance(one, Report) else ""
            for one in checked
        ]
        asked = [one for one in ids if one]
        marks = await self._parts.dedup.seen(asked, now_ms) if asked else []
        known = {event_id for event_id, mark in zip(asked, marks, strict=True) if mark}
        for incoming, one, event_id in zip(chunk, checked, ids, strict=True):
            if not isinstance(one, Report):
                call.results.append(self._reject(call, incoming, one, now_ms))
            elif event_id in known:
                call.results.append(Result(Status.DUPLICATE, event_id))
            else:
                call.results.append(self._take(call, one, event_id, now_ms))

    def _take(self, call: _Call, report: Report, event_id: str, now_ms: int) -> Result:
        twin = self._in_flight.get(event_id)
        if twin is not None or event_id in call.own:
            call.twins.append((event_id, twin or call.own[event_id]))
            return Result(Status.DUPLICATE, event_id)
        self._in_flight[event_id] = call.own[event_id] = asyncio.get_running_loop().create_future()
        event = self._parts.events.encode(report, event_id, call.grant.source, now_ms)
        full = call.batches.add(event)
        if full is not None:
            call.sent.append(self._parts.sender.send_batch(*full))
        return Result(Status.ACCEPTED, event_id)

    def _reject(
        self, call: _Call, incoming: Incoming, problems: list[Problem], now_ms: int
    ) -> Result:
        source = call.grant.source
        reject_id, value = self._parts.rejects.encode(
            incoming, original_of(incoming), problems[0], source, now_ms
        )
        if call.keep_rejects:
            call.sent.append(self._parts.sender.send_reject(source, value))
        first = problems[0]
        _log.info(
            "report.rejected",
            source=source,
            reject_id=reject_id,
            reason=first.reason.value,
            field_path=first.field_path,
        )
        return Result(Status.REJECTED, reject_id=reject_id, problems=tuple(problems))

    def _resolve(self, call: _Call, *, acknowledged: bool) -> None:
        for future in call.own.values():
            future.set_result(acknowledged)

    def _forget(self, own: Iterable[str]) -> None:
        for event_id in own:
            self._in_flight.pop(event_id, None)


def _checked(incoming: Incoming, grant: Grant, context: Context) -> Report | list[Problem]:
    if incoming.problem is not None:
        return [incoming.problem]
    found = validate(incoming.report, context)
    if isinstance(found, Report):
        refusal = denied(grant, found)
        return found if refusal is None else [refusal]
    return found


def _chunks(reports: Iterable[Incoming]) -> Iterator[list[Incoming]]:
    rest = iter(reports)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


async def _await_twins(call: _Call) -> None:
    """A copy of a report still on its way counts as a duplicate only once the first is safe."""
    for event_id, twin in call.twins:
        if not await twin:
            raise KafkaAway(f"the first copy of {event_id} was not acknowledged; send again")
