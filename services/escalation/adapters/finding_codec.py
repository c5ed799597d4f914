"""What scoring and triage decided, from protobuf to domain facts."""

from __future__ import annotations

from sanse.risk.v1 import reviews_pb2, risk_pb2, triage_pb2
from services.common.ids import derived_id
from services.common.terms import Answer
from services.escalation.adapters.numbers import LEVELS, TIERS
from services.escalation.domain.messages import (
    Finding,
    FindingReason,
    LegalDuty,
    LoweringRefused,
    Origin,
    Owed,
)

_REASONS = {reason.value: reason for reason in FindingReason}
_CANNOT_RATE = risk_pb2.DECISION_REASON_CANNOT_RATE
_UNANSWERED = (Answer.NOT_ASKED.value, Answer.UNKNOWN.value)


def finding_from(decision: risk_pb2.RiskDecision) -> Finding:
    """A risk decision as far as duties follow from it."""
    return Finding(
        decision_id=decision.decision_id,
        subject_id=decision.subject_id,
        jurisdiction_code=decision.jurisdiction_code,
        pack_id=decision.pack_id,
        round_id=decision.round_id,
        level=LEVELS[decision.level],
        computed_level=LEVELS[decision.computed_level],
        reason=_REASONS[decision.reason],
        from_incident=decision.event_kind == "incident",
        has_contribution=any(hit.answer not in _UNANSWERED for hit in decision.contributions),
        at_ms=decision.decided_at_ms,
        triggers=tuple(decision.triggers),
        accepted_at_ms=decision.accepted_at_ms,
        trace_id=decision.trace_id,
        legal_duties=tuple(LegalDuty(one.duty_id, one.due_ms) for one in decision.legal_duties),
        visit_by_ms=decision.reassess_due_ms if decision.reason == _CANNOT_RATE else 0,
        made_at_ms=decision.occurred_at_ms,
        highest_possible=LEVELS[decision.highest_possible],
        lowering_from_ms=decision.lowering_from_ms,
        reassess_due_ms=decision.reassess_due_ms,
    )


def refusal_from(refused: risk_pb2.ChangeRefused) -> LoweringRefused:
    """A lowering that scoring did not follow."""
    return LoweringRefused(
        refusal_id=refused.refusal_id,
        case_id=refused.case_id,
        subject_id=refused.subject_id,
        level=LEVELS[refused.level],
        at_ms=refused.at_ms,
    )


def owed_by_triage(decision: triage_pb2.TriageDecision) -> list[Owed]:
    """What a triage decision puts on whom: one for each department, or one for the centre."""
    tasks = [(task.department_id, task.tier) for task in decision.departments]
    return [
        Owed(
            cause_id=derived_id(decision.triage_id, department),
            origin=Origin.TRIAGE,
            detail="",
            subject_id=decision.subject_id,
            jurisdiction_code=decision.jurisdiction_code,
            at_ms=decision.decided_at_ms,
            occurred_at_ms=decision.occurred_at_ms,
            unit=department,
            tier=TIERS[tier],
            accept_due_ms=decision.accept_due_ms,
            finish_due_ms=decision.finish_due_ms,
            accepted_at_ms=decision.accepted_at_ms,
            trace_id=decision.trace_id,
        )
        for department, tier in tasks or [("", decision.tier)]
    ]


def owed_by_review(opened: reviews_pb2.ReviewOpened) -> Owed:
    """The review that a serious event in a home not at red opens."""
    event = opened.event
    return Owed(
        cause_id=opened.review_id,
        origin=Origin.REVIEW,
        detail=event.kind,
        subject_id=event.subject_id,
        jurisdiction_code=event.jurisdiction_code,
        at_ms=event.accepted_at_ms,
        occurred_at_ms=event.occurred_at_ms,
        accepted_at_ms=event.accepted_at_ms,
    )
