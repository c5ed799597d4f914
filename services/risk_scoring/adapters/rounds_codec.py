"""Reads the records of three topics into the rounds' fold: register entries, reports, cases.

Of an event only who, when, where, which round and which status are read: the other fields are left out of
the message class, so that 25 answers cost no more than being skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import risk_pb2, rounds_pb2
from services.common.topics import Topic
from services.risk_scoring.domain.rounds import EVENT_ID_BYTES, CaseSeen, RoundsFold, Visit

TOPICS = (Topic.ROUNDS, Topic.EVENTS, Topic.CASES)
FOREVER_MS = 1 << 62
_READ = {
    "Event": {
        "event_id",
        "occurred_at_ms",
        "accepted_at_ms",
        "jurisdiction_code",
        "household_id",
        "assessment",
    },
    "Assessment": {"round_id", "status"},
    "EventBatch": {"events"},
}
_VISITS = frozenset(int(visit) for visit in Visit if visit)
_REGISTERED = rounds_pb2.REGISTER_STATE_REGISTERED


class RoundsReader:
    """Feeds a fold with what was known at `as_of_ms`: accepted, registered, opened and resolved until then."""

    def __init__(self, fold: RoundsFold, as_of_ms: int = FOREVER_MS) -> None:
        self.fold = fold
        # Records that are no message of their topic; the services have them on the dead topic.
        self.unreadable = 0
        self._as_of_ms = as_of_ms
        self._takers: Mapping[Topic, Callable[[bytes], None]] = {
            Topic.ROUNDS: self._register,
            Topic.EVENTS: self._events,
            Topic.CASES: self._cases,
        }

    def take(self, topic: Topic, value: bytes) -> None:
        """Read one record of one of TOPICS."""
        try:
            self._takers[topic](value)
        except DecodeError:
            self.unreadable += 1

    def _register(self, value: bytes) -> None:
        batch = rounds_pb2.RegisterBatch.FromString(value)
        if batch.registered_at_ms > self._as_of_ms or not batch.entries:
            return
        round_id, at_ms, file_id = batch.round_id, batch.registered_at_ms, id_bytes(batch.file_id)
        one, enter = self.fold.rounds.get(round_id), self.fold.enter
        for entry in batch.entries:
            grid = entry.grid_code
            if entry.state != _REGISTERED:
                grid = ""
            elif (entry.moved_in_on or entry.moved_out_on) and one is not None:
                grid = grid if one.expects(entry.moved_in_on, entry.moved_out_on) else ""
            enter(round_id, entry.household_id, grid, at_ms, file_id)

    def _events(self, value: bytes) -> None:
        report, as_of_ms = self.fold.report, self._as_of_ms
        for event in _EventBatch.FromString(value).events:
            if not event.HasField("assessment") or event.accepted_at_ms > as_of_ms:
                continue
            body = event.assessment
            household_id, visit = event.household_id, body.status
            if household_id and visit in _VISITS:
                report(
                    body.round_id,
                    household_id,
                    visit,
                    event.occurred_at_ms,
                    id_bytes(event.event_id),
                    event.jurisdiction_code,
                )

    def _cases(self, value: bytes) -> None:
        for entry in cases_pb2.CaseEventBatch.FromString(value).events:
            if entry.HasField("case_after"):
                case = entry.case_after
                if case.opened_at_ms <= self._as_of_ms:
                    self.fold.case(case.case_id, self._seen(case))

    def _seen(self, case: cases_pb2.Case) -> CaseSeen:
        resolved = 0 < case.resolved_at_ms <= self._as_of_ms
        return CaseSeen(
            case.ledger_length,
            case.ledger_head,
            case.subject_id,
            case.pack_id,
            case.round_id,
            case.jurisdiction_code,
            case.opened_at_ms,
            case.resolved_at_ms if resolved else 0,
        )


def id_bytes(event_id: str) -> bytes:
    """An id as 16 bytes that sort as its text does; of an id that is no UUID, its digest."""
    try:
        raw = bytes.fromhex(event_id.replace("-", ""))
    except ValueError:
        raw = b""
    if len(raw) == EVENT_ID_BYTES:
        return raw
    return blake2b(event_id.encode(), digest_size=EVENT_ID_BYTES).digest()


def _only_what_is_read() -> Any:
    """The class of EventBatch without the fields nobody here reads; derived, so it cannot drift."""
    proto = descriptor_pb2.FileDescriptorProto()
    events_pb2.DESCRIPTOR.CopyToProto(proto)
    kept = [message for message in proto.message_type if message.name in _READ]
    for message in kept:
        fields = [field for field in message.field if field.name in _READ[message.name]]
        del message.field[:]
        message.field.extend(fields)
    del proto.message_type[:]
    proto.message_type.extend(kept)
    pool = descriptor_pool.DescriptorPool()
    for file in (common_pb2.DESCRIPTOR, risk_pb2.DESCRIPTOR):
        pool.AddSerializedFile(file.serialized_pb)
    pool.Add(proto)
    found = pool.FindMessageTypeByName("sanse.intake.v1.EventBatch")
    return message_factory.GetMessageClass(found)


_EventBatch = _only_what_is_read()
