"""Evidence of an obligation and its closing as protobuf, and back."""

from __future__ import annotations

from collections.abc import Iterable

from sanse.escalation.v1 import cases_pb2 as pb
from services.escalation.adapters.numbers import EVIDENCE, TIERS, number
from services.escalation.domain.cases import ClosingWaiting, Evidence


def evidence_from(evidence: Iterable[pb.Evidence]) -> tuple[Evidence, ...]:
    """Pieces of evidence as facts."""
    return tuple(
        Evidence(EVIDENCE[one.kind], one.sha256, one.added_at_ms, one.added_by) for one in evidence
    )


def evidence_to(evidence: Iterable[Evidence]) -> list[pb.Evidence]:
    """Pieces of evidence as messages."""
    return [
        pb.Evidence(
            kind=number(one.kind),
            sha256=one.sha256,
            added_at_ms=one.added_at_ms,
            added_by=one.added_by,
        )
        for one in evidence
    ]


def closing_from(closing: pb.ClosingRequest) -> ClosingWaiting:
    """A closing that waits, as facts."""
    return ClosingWaiting(
        closing.requested_by,
        closing.how,
        closing.requested_at_ms,
        closing.owner_id,
        TIERS[closing.tier],
        closing.owner_reason,
    )


def closing_to(waiting: ClosingWaiting) -> pb.ClosingRequest:
    """A closing that waits, as a message."""
    return pb.ClosingRequest(
        requested_by=waiting.requested_by,
        how=waiting.how,
        requested_at_ms=waiting.requested_at_ms,
        owner_id=waiting.owner_id,
        tier=number(waiting.tier),
        owner_reason=waiting.owner_reason,
    )
