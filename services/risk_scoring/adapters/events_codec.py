"""Reads EventBatch bytes as reports: the only place where scoring meets intake's messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import getitem
from typing import Any

from google.protobuf.message import DecodeError

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from services.common import log
from services.common.lane_types import PoisonRecord
from services.common.terms import Level
from services.risk_scoring.adapters import moves_codec
from services.risk_scoring.adapters.wire_views import EventBatchView
from services.risk_scoring.domain.answers import UNKNOWN, YES, packed
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.report import Carried, IncidentFacts, Move, Report, ReportKind
from services.risk_scoring.domain.routing import pack_for_incident
from services.risk_scoring.domain.serious import SeriousKinds

_LEVELS = {int(level): level for level in Level}
_REFUSED, _MOVED = (
    events_pb2.ASSESSMENT_STATUS_REFUSED,
    events_pb2.ASSESSMENT_STATUS_MOVED,
)
_ASSESSMENT, _NOT_ASSESSED = ReportKind.ASSESSMENT, ReportKind.NOT_ASSESSED
_log = log.get("events_codec")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event that no pack here can rate, as a batch of its own, replayable once the pack is there."""

    batch: bytes
    error: str


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """The reports of one record in order, and the events that could not be read."""

    reports: tuple[Report, ...]
    unreadable: tuple[Unreadable, ...]


class EventsReader:
    """Turns events into reports with the packs in force."""

    def __init__(self, packs: Mapping[str, Pack], serious: SeriousKinds | None = None) -> None:
        self._packs = packs
        self._serious = serious or SeriousKinds()
        self._rows = {pack_id: _AnswerReader(pack) for pack_id, pack in packs.items()}

    def read(self, value: bytes) -> ReadBatch:
        """All events of a record; PoisonRecord when it is no EventBatch."""
        batch = opened(value)
        reports: list[Report] = []
        unreadable: list[Unreadable] = []
        for event in batch.events:
            report = self.report(event)
            if report is None:
                unreadable.append(self._unreadable(batch.lane, event))
            else:
                reports.append(report)
        return ReadBatch(tuple(reports), tuple(unreadable))

    def report(self, event: Any) -> Report | None:
        """One event of an opened batch; None when no pack here can rate it."""
        kind = event.WhichOneof("body")
        if kind == "assessment":
            body = event.assessment
            row = self._rows.get(body.pack_id)
            return _assessment(event, body, row) if row is not None else None
        if kind == "incident":
            return self._incident(event)
        if kind == "household_move":
            return _moving(event, ReportKind.MOVE, moves_codec.move(event))
        if kind == "profile_carried":
            return _moving(event, ReportKind.CARRIED, moves_codec.carried(event))
        return self._other(event, kind)

    def _incident(self, event: Any) -> Report:
        body = event.incident
        serious = body.category if body.category in self._serious.incidents else ""
        facts = IncidentFacts(body.category, body.reporter_role, _held(body.facts))
        pack = pack_for_incident(self._packs, body.pack_id, body.category)
        if pack is None:
            return _report(event, ReportKind.INCIDENT, None, b"", serious, incident=facts)
        answers = bytearray(self._rows[pack.id].read(body.facts))
        for at in pack.tables.implied.get(body.category, ()):
            if answers[at] == UNKNOWN:
                answers[at] = YES
        return _report(event, ReportKind.INCIDENT, pack, bytes(answers), serious, incident=facts)

    def _other(self, event: Any, kind: str | None) -> Report:
        """What is not rated; an outcome may tell of a serious event."""
        if kind != "outcome" or event.outcome.kind not in self._serious.outcomes:
            return _report(event, ReportKind.OTHER, None, b"")
        body = event.outcome
        return _report(event, ReportKind.OUTCOME, None, b"", body.kind, body.related_event_id)

    def _unreadable(self, lane: int, event: Any) -> Unreadable:
        one = EventBatchView(lane=lane, events=[event])
        known = ", ".join(sorted(self._packs))
        error = f"assessment.pack_id {event.assessment.pack_id!r} is no rule pack here; allowed: {known}"
        return Unreadable(one.SerializeToString(), error)


def opened(value: bytes) -> Any:
    """A record's EventBatch with its answers left as bytes; PoisonRecord when it is none."""
    try:
        return EventBatchView.FromString(value)
    except DecodeError as wrong:
        raise PoisonRecord(f"not an EventBatch: {wrong}") from wrong


class _AnswerReader:
    """Reads the answers to one pack from their wire bytes."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._columns = tuple(
            {_wire(indicator.id, answer): answer for answer in (1, 2, 3)}
            for indicator in pack.indicators
        )
        self._places = {
            wire: (at, answer)
            for at, column in enumerate(self._columns)
            for wire, answer in column.items()
        }

    def read(self, answers: Sequence[bytes]) -> bytes:
        """Packed answers; what is not answered is unknown."""
        columns = self._columns
        try:
            if len(answers) == len(columns):
                return bytes(map(getitem, columns, answers))
        except KeyError:
            pass
        return self._in_any_order(answers)

    def _in_any_order(self, answers: Sequence[bytes]) -> bytes:
        row = bytearray(self.pack.tables.blank)
        try:
            for wire in answers:
                at, answer = self._places[wire]
                row[at] = answer
        except KeyError:
            return self._carefully(answers)
        return bytes(row)

    def _carefully(self, answers: Sequence[bytes]) -> bytes:
        """Answers written in an unusual way, or to indicators this version of the pack does not have."""
        items = [common_pb2.AnsweredIndicator.FromString(wire) for wire in answers]
        row, strangers = packed(self.pack, [(item.indicator_id, item.answer) for item in items])
        if strangers:
            _log.warning("answers.not_in_pack", pack=self.pack.id, indicators=sorted(strangers))
        return row


def _held(facts: Sequence[bytes]) -> tuple[str, ...]:
    """Ids of the facts answered yes, whatever the pack: unknown and no say nothing to triage."""
    items = [common_pb2.AnsweredIndicator.FromString(wire) for wire in facts]
    return tuple(item.indicator_id for item in items if item.answer == YES)


def _wire(indicator_id: str, answer: int) -> bytes:
    value = common_pb2.Answer.ValueType(answer)
    return common_pb2.AnsweredIndicator(indicator_id=indicator_id, answer=value).SerializeToString()


def _assessment(event: Any, body: Any, row: _AnswerReader) -> Report:
    missed = _REFUSED <= body.status <= _MOVED
    return Report(
        event.event_id,
        event.subject_id,
        event.jurisdiction_code,
        event.occurred_at_ms,
        event.accepted_at_ms,
        event.trace_id,
        _NOT_ASSESSED if missed else _ASSESSMENT,
        row.pack,
        b"" if missed else row.read(body.answers),
        _LEVELS.get(body.assessor_level, Level.NONE),
        body.round_id,
    )


def _moving(event: Any, kind: ReportKind, moving: Move | Carried) -> Report:
    return _report(event, kind, None, b"")._replace(moving=moving)


def _report(
    event: Any,
    kind: ReportKind,
    pack: Pack | None,
    answers: bytes,
    serious: str = "",
    related_event_id: str = "",
    incident: IncidentFacts | None = None,
) -> Report:
    return Report(
        event_id=event.event_id,
        subject_id=event.subject_id,
        jurisdiction_code=event.jurisdiction_code,
        occurred_at_ms=event.occurred_at_ms,
        accepted_at_ms=event.accepted_at_ms,
        trace_id=event.trace_id,
        kind=kind,
        pack=pack,
        answers=answers,
        serious=serious,
        related_event_id=related_event_id,
        incident=incident,
    )
