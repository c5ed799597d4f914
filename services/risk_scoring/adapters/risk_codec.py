"""Writes decisions as RiskBatch bytes: hits and unknowns with their points, the whole row of answers packed.

On the wire a message is the concatenation of its fields. What a verdict says is encoded once and appended
to the fields that differ from report to report.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from google.protobuf.message import DecodeError

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import risk_pb2
from services.common.lane_types import LaneRecord, PoisonRecord
from services.risk_scoring.adapters.wire_views import RiskBatchView, RiskDecisionView
from services.risk_scoring.domain.change import LevelChange
from services.risk_scoring.domain.decide import Decision
from services.risk_scoring.domain.pack import Combination, Indicator, Pack
from services.risk_scoring.domain.rating import Rating, combinations_in
from services.risk_scoring.domain.report import ReportKind
from services.risk_scoring.domain.verdict import Verdict

_EVENT_KINDS = {
    ReportKind.INCIDENT: "incident",
    ReportKind.CARRIED: "carried",
    ReportKind.CASE: "case",
}
_REMEMBERED = 1 << 14
# Tag of RiskBatch.decisions: field 3, length-delimited.
_DECISIONS_TAG = bytes([risk_pb2.RiskBatch.DESCRIPTOR.fields_by_name["decisions"].number << 3 | 2])


def encoded_batch(
    record: LaneRecord,
    decisions: Iterable[Decision],
    refused: Iterable[risk_pb2.ChangeRefused] = (),
) -> bytes:
    """The RiskBatch of the decisions made from one record, and of the changes not followed."""
    source = common_pb2.SourcePosition(
        topic=record.topic, partition=record.partition, offset=record.offset
    )
    batch = risk_pb2.RiskBatch(lane=record.lane, source=source, refused=refused)
    parts = [batch.SerializeToString()]
    for decision in decisions:
        own, shared = _own_fields(decision), _shared_fields(decision.verdict)
        parts += (_DECISIONS_TAG, _varint(len(own) + len(shared)), own, shared)
    return b"".join(parts)


def message_of(decision: Decision) -> risk_pb2.RiskDecision:
    """One decision as the public message."""
    return risk_pb2.RiskDecision.FromString(encoded(decision))


def encoded(decision: Decision) -> bytes:
    """One decision exactly as it stands in a RiskBatch."""
    return _own_fields(decision) + _shared_fields(decision.verdict)


def decisions_in(batch: bytes) -> list[bytes]:
    """The bytes of each decision of a RiskBatch as they stand; PoisonRecord when it is none."""
    try:
        return list(RiskBatchView.FromString(batch).decisions)
    except DecodeError as wrong:
        raise PoisonRecord(f"not a RiskBatch: {wrong}") from wrong


def _own_fields(decision: Decision) -> bytes:
    """What differs from report to report, attribute by attribute: that is the fast way."""
    report, incidents = decision.report, decision.incidents
    out = RiskDecisionView()
    out.decision_id = decision.decision_id
    out.event_id = report.event_id
    out.subject_id = report.subject_id
    out.jurisdiction_code = report.jurisdiction_code
    out.occurred_at_ms = report.occurred_at_ms
    out.decided_at_ms = out.accepted_at_ms = report.accepted_at_ms
    out.reassess_due_ms = decision.reassess_due_ms
    out.trace_id = report.trace_id
    out.event_kind = _EVENT_KINDS.get(report.kind, "assessment")
    if decision.lowering_from_ms:
        out.lowering_from_ms = decision.lowering_from_ms
    if decision.change is not None:
        _add_persons(out, decision.change)
    if report.round_id:
        out.round_id = report.round_id
    if report.assessor_level:
        out.assessor_level = report.assessor_level
    if incidents.in_365:
        _add_incidents(out, decision)
    if decision.newly:
        indicators = decision.verdict.pack.indicators
        out.newly_yes.extend([indicators[at].id for at in decision.newly])
        out.change_points = decision.change_points
    for duty in decision.legal_duties:
        out.legal_duties.add(duty_id=duty.duty_id, due_ms=duty.due_ms)
    encoded: bytes = out.SerializeToString()
    return encoded


def _add_incidents(out: Any, decision: Decision) -> None:
    incidents = decision.incidents
    out.incidents_30d = incidents.in_30
    out.incidents_90d = incidents.in_90
    out.incidents_365d = incidents.in_365
    out.recency_points = incidents.points(decision.verdict.pack.recency)


def _add_persons(out: Any, change: LevelChange) -> None:
    """Who changed the level, and on what ground."""
    by_person = out.by_person
    by_person.case_id = change.case_id
    by_person.requested_by = change.requested_by
    by_person.approved_by = change.approved_by
    by_person.reason = change.reason
    by_person.assessment_decision_id = change.assessment_decision_id


@lru_cache(_REMEMBERED)
def _shared_fields(verdict: Verdict) -> bytes:
    """What the verdict says: the same for all reports it is given on."""
    pack = verdict.pack
    out = RiskDecisionView()
    out.pack_id = pack.id
    out.pack_version = pack.version
    out.level = verdict.level
    out.previous_level = verdict.previous
    out.yellow_at = pack.yellow_at
    out.red_at = pack.red_at
    out.reason = verdict.reason
    out.answers_packed = verdict.answers
    if verdict.rating is not None:
        _add_rating(out, pack, verdict.rating)
    if verdict.next_question >= 0:
        out.next_question = pack.indicators[verdict.next_question].id
    if verdict.counterfactual is not None:
        change = verdict.counterfactual
        out.counterfactual = _would_be(pack.indicators[change.indicator], int(change.level))
    if verdict.duties:
        out.duties.extend(verdict.duties)
    encoded: bytes = out.SerializeToString()
    return encoded


def _add_rating(out: Any, pack: Pack, rating: Rating) -> None:
    """Levels, points, and the indicators that counted or could count."""
    out.computed_level = rating.level
    out.lowest_possible = rating.lowest
    out.highest_possible = rating.highest
    out.points = rating.points
    hits, unknowns = _contributions(pack)
    if rating.hits:
        out.contributions.extend([hits[at] for at in rating.hits])
    if rating.unknowns:
        out.unknown_count = len(rating.unknowns)
        out.contributions.extend([unknowns[at] for at in rating.unknowns if unknowns[at]])
    if rating.floor:
        floors, indicators = pack.tables.floors, pack.indicators
        out.triggers.extend([indicators[at].id for at in rating.hits if floors[at]])
        together = [pack.combinations[place] for place in combinations_in(pack, rating.hits)]
        out.triggers.extend([one.id for one in together])
        out.contributions.extend(map(_together, together))


@lru_cache
def _contributions(pack: Pack) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """What each indicator says as a hit and as an unknown; an unknown that cannot count says nothing."""
    yes, unknown = common_pb2.ANSWER_YES, common_pb2.ANSWER_UNKNOWN
    return (
        tuple(_contribution(one, yes) for one in pack.indicators),
        tuple(
            _contribution(one, unknown) if one.weight or one.floor else b""
            for one in pack.indicators
        ),
    )


def _contribution(indicator: Indicator, answer: common_pb2.Answer.ValueType) -> bytes:
    return risk_pb2.Contribution(
        indicator_id=indicator.id,
        answer=answer,
        points=indicator.weight,
        floor=common_pb2.Level.ValueType(indicator.floor),
    ).SerializeToString()


@lru_cache
def _together(combination: Combination) -> bytes:
    return risk_pb2.Contribution(
        indicator_id=combination.id,
        answer=common_pb2.ANSWER_YES,
        floor=common_pb2.Level.ValueType(combination.floor),
    ).SerializeToString()


@lru_cache(_REMEMBERED)
def _would_be(indicator: Indicator, level: int) -> bytes:
    return risk_pb2.Counterfactual(
        indicator_id=indicator.id,
        answer=common_pb2.ANSWER_YES,
        level=common_pb2.Level.ValueType(level),
    ).SerializeToString()


def _varint(number: int) -> bytes:
    """A length as protobuf writes it, seven bits a byte."""
    if number < 1 << 7:
        return bytes((number,))
    if number < 1 << 14:
        return bytes((number & 127 | 128, number >> 7))
    return bytes((number & 127 | 128, number >> 7 & 127 | 128, number >> 14))


def forget_encodings() -> None:
    """Begin again with nothing remembered; only time changes."""
    _shared_fields.cache_clear()
