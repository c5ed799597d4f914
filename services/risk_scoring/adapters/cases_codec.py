"""Reads the ledger of cases for what persons did to levels: where scoring meets escalation's messages."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from google.protobuf.message import DecodeError

from sanse.escalation.v1 import cases_pb2
from services.common.ids import derived_id
from services.common.lane_types import PoisonRecord
from services.common.lanes import lane_of
from services.common.terms import Level
from services.risk_scoring.domain.change import ChangeKind, LevelChange

_KINDS = {
    cases_pb2.CASE_EVENT_TYPE_LEVEL_LOWERED: ChangeKind.LOWERED,
    cases_pb2.CASE_EVENT_TYPE_LEVEL_RAISED: ChangeKind.RAISED,
}
_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """An entry about a level that is not what escalation writes, as a batch of its own."""

    batch: bytes
    error: str


@dataclass(frozen=True, slots=True)
class ReadLedger:
    """The changes of level by persons in one record, in order, and the entries that cannot be believed."""

    changes: tuple[LevelChange, ...]
    broken: tuple[BrokenEntry, ...]


def read_ledger(value: bytes) -> ReadLedger:
    """The changes in a record of the ledger; PoisonRecord when it is no CaseEventBatch."""
    try:
        batch = cases_pb2.CaseEventBatch.FromString(value)
    except DecodeError as wrong:
        raise PoisonRecord(f"not a CaseEventBatch: {wrong}") from wrong
    changes: list[LevelChange] = []
    broken: list[BrokenEntry] = []
    for event in batch.events:
        kind = _KINDS.get(event.type)
        # What the machine raised, scoring decided itself.
        if kind is None or (kind is ChangeKind.RAISED and not event.HasField("change")):
            continue
        error = _wrong(event, batch.lane)
        if error:
            one = cases_pb2.CaseEventBatch(lane=batch.lane, events=[event])
            broken.append(BrokenEntry(one.SerializeToString(), error))
        else:
            changes.append(_change(event, kind))
    return ReadLedger(tuple(changes), tuple(broken))


def _wrong(event: cases_pb2.CaseEvent, lane: int) -> str:
    """Why an entry cannot be believed; "" when it can."""
    place = f"entry {event.sequence} of case {event.case_id}"
    if not event.HasField("change"):
        return f"{place} lowers a level and names no persons"
    if event.level not in range(1, len(_LEVELS)):
        return f"{place} has the level {event.level}; allowed: 1, 2, 3"
    if lane_of(event.change.subject_id) != lane:
        return f"{place} is about a subject of another lane than {lane}"
    body = cases_pb2.CaseEvent()
    body.CopyFrom(event)
    body.ClearField("hash")
    body.ClearField("case_after")
    content = event.prev_hash + body.SerializeToString(deterministic=True)
    return "" if sha256(content).digest() == event.hash else f"{place} does not match its hash"


def _change(event: cases_pb2.CaseEvent, kind: ChangeKind) -> LevelChange:
    change = event.change
    return LevelChange(
        # Not the entry's own id: after a crash one act may stand at another place of the ledger.
        change_id=derived_id(event.case_id, event.cause_id, kind.value),
        kind=kind,
        case_id=event.case_id,
        subject_id=change.subject_id,
        pack_id=change.pack_id,
        to_level=_LEVELS[event.level],
        requested_by=change.requested_by,
        approved_by=change.approved_by,
        reason=event.reason,
        assessment_decision_id=change.assessment_decision_id,
        at_ms=event.at_ms,
    )
