"""Writes serious events and the reviews they open as ReviewBatch bytes."""

from __future__ import annotations

from collections.abc import Iterable

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import reviews_pb2
from services.common.lane_types import LaneRecord
from services.risk_scoring.domain.serious import SeriousEvent


def encoded_reviews(record: LaneRecord, events: Iterable[SeriousEvent]) -> bytes:
    """The ReviewBatch of the serious events of one record."""
    batch = reviews_pb2.ReviewBatch(
        lane=record.lane,
        source=common_pb2.SourcePosition(
            topic=record.topic, partition=record.partition, offset=record.offset
        ),
    )
    for event in events:
        if event.opens_review:
            batch.opened.add(
                review_id=event.review_id, event=_event(event), decision_ids=event.decision_ids
            )
        else:
            batch.warned.append(_event(event))
    return batch.SerializeToString()


def _event(event: SeriousEvent) -> reviews_pb2.SeriousEvent:
    report = event.report
    return reviews_pb2.SeriousEvent(
        event_id=report.event_id,
        subject_id=report.subject_id,
        jurisdiction_code=report.jurisdiction_code,
        kind=report.serious,
        occurred_at_ms=report.occurred_at_ms,
        accepted_at_ms=report.accepted_at_ms,
        level=common_pb2.Level.ValueType(event.level),
        lowest_level=common_pb2.Level.ValueType(event.lowest),
        pack_id=event.pack_id,
        pack_version=event.pack_version,
        reason=reviews_pb2.ReviewReason.ValueType(event.reason),
    )
