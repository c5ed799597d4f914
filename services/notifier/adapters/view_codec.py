"""How a case stands, from the ledger's records and as this service keeps it."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import DecodeError

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from services.common.lane_types import PoisonRecord
from services.common.terms import Tier
from services.notifier.domain.notices import NextAct
from services.notifier.domain.standing import CaseView

_KINDS = {
    "visit": cases_pb2.EVIDENCE_KIND_VISIT,
    "written_reply": cases_pb2.EVIDENCE_KIND_WRITTEN_REPLY,
    "document": cases_pb2.EVIDENCE_KIND_DOCUMENT,
    "review": cases_pb2.EVIDENCE_KIND_REVIEW,
}
_NAMES = {number: name for name, number in _KINDS.items()}


def read_cases(value: bytes) -> list[CaseView]:
    """The cases of a ledger record as they stand after it; PoisonRecord when it cannot be read."""
    try:
        batch = cases_pb2.CaseEventBatch.FromString(value)
        return [_view(item) for item in batch.events if item.HasField("case_after")]
    except (DecodeError, ValueError) as wrong:
        raise PoisonRecord(f"not a CaseEventBatch: {wrong}") from wrong


def view_bytes(view: CaseView) -> bytes:
    """A case as a lane of the notifier keeps it: these fields and no more."""
    status = cases_pb2.CASE_STATUS_RESOLVED if view.resolved else cases_pb2.CASE_STATUS_OPENED
    closing = cases_pb2.ClosingRequest(requested_at_ms=view.closing_at_ms)
    return cases_pb2.CaseEvent(
        case_id=view.case_id,
        sequence=view.sequence,
        at_ms=view.at_ms,
        case_after=cases_pb2.Case(
            tier=common_pb2.Tier.ValueType(view.tier.value),
            next_act=cases_pb2.NextAct.ValueType(view.next_act.value),
            status=status,
            evidence=[cases_pb2.Evidence(kind=_KINDS[one]) for one in sorted(view.shown)],
            closing=closing if view.closing_at_ms else None,
        ),
    ).SerializeToString()


def read_view(raw: bytes) -> CaseView:
    """One stored case."""
    return _view(cases_pb2.CaseEvent.FromString(raw))


def lane_of_cases(value: bytes) -> int:
    """The lane a CaseEventBatch belongs to."""
    return cases_pb2.CaseEventBatch.FromString(value).lane


def _view(item: cases_pb2.CaseEvent) -> CaseView:
    after = item.case_after
    return CaseView(
        case_id=item.case_id,
        sequence=item.sequence,
        at_ms=item.at_ms,
        tier=Tier(after.tier),
        next_act=NextAct(after.next_act),
        resolved=after.status == cases_pb2.CASE_STATUS_RESOLVED,
        shown=frozenset(_shown(after)),
        closing_at_ms=after.closing.requested_at_ms,
    )


def _shown(after: cases_pb2.Case) -> Iterator[str]:
    if after.visits:
        yield "visit"
    yield from (_NAMES[one.kind] for one in after.evidence if one.kind in _NAMES)
