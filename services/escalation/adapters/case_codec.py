"""The cases of one subject as protobuf, and back."""

from __future__ import annotations

from sanse.escalation.v1 import cases_pb2 as pb
from services.escalation.adapters.closing_codec import (
    closing_from,
    closing_to,
    evidence_from,
    evidence_to,
)
from services.escalation.adapters.numbers import (
    COLOURS,
    LEVELS,
    NEXT_ACTS,
    STATUSES,
    TIERS,
    number,
)
from services.escalation.domain.cases import (
    Acknowledgement,
    Case,
    LegalDutyOwed,
    LoweringWaiting,
    NoticeIssued,
    Offer,
    ReadMark,
    SubjectCases,
)


def subject_from(value: bytes, lane: int) -> SubjectCases:
    """All cases of one subject from their stored bytes."""
    stored = pb.SubjectCases.FromString(value)
    return SubjectCases(stored.subject_id, lane, tuple(case_from(case) for case in stored.cases))


def subject_to(subject: SubjectCases) -> bytes:
    """All cases of one subject as bytes to store."""
    cases = [case_to(case) for case in subject.cases]
    return pb.SubjectCases(subject_id=subject.subject_id, cases=cases).SerializeToString()


def case_from(case: pb.Case) -> Case:
    """A case as facts."""
    return Case(
        case_id=case.case_id,
        case_no=case.case_no,
        subject_id=case.subject_id,
        lane=case.lane,
        jurisdiction_code=case.jurisdiction_code,
        pack_id=case.pack_id,
        round_id=case.round_id,
        level=LEVELS[case.level],
        status=STATUSES[case.status],
        tier=TIERS[case.tier],
        owner_id=case.owner_id,
        owner_reason=case.owner_reason,
        policy_version=case.policy_version,
        next_act=NEXT_ACTS[case.next_act],
        next_due_ms=case.next_due_ms,
        ladder_due_ms=case.ladder_due_ms,
        opened_at_ms=case.opened_at_ms,
        level_set_at_ms=case.level_set_at_ms,
        resolve_due_ms=case.resolve_due_ms,
        decision_id=case.decision_id,
        triggers=tuple(case.triggers),
        ladder_step=case.ladder_step,
        acknowledged_at_ms=case.acknowledged_at_ms,
        first_visit_at_ms=case.first_visit_at_ms,
        last_visit_at_ms=case.last_visit_at_ms,
        resolved_at_ms=case.resolved_at_ms,
        visits=case.visits,
        notices=tuple(_issued_from(notice) for notice in case.notices),
        lowering=_lowering_from(case.lowering) if case.HasField("lowering") else None,
        assessment_decision_id=case.assessment_decision_id,
        assessment_level=LEVELS[case.assessment_level],
        assessment_supports=LEVELS[case.assessment_supports],
        lowering_from_ms=case.lowering_from_ms,
        applied_ids=tuple(case.applied_ids),
        ledger_length=case.ledger_length,
        ledger_head=case.ledger_head,
        legal_duties=tuple(_owed_from(owed) for owed in case.legal_duties),
        after_duty_act=NEXT_ACTS[case.after_duty_act],
        after_duty_due_ms=case.after_duty_due_ms,
        visit_by_ms=case.visit_by_ms,
        obligation=case.obligation,
        evidence=evidence_from(case.evidence),
        closing=closing_from(case.closing) if case.HasField("closing") else None,
        remind_ms=case.remind_ms,
        acknowledgements=tuple(
            Acknowledgement(one.official_id, one.duty, one.at_ms) for one in case.acknowledgements
        ),
        offer=_offer_from(case.offer) if case.HasField("offer") else None,
        reads=tuple(ReadMark(one.official_id, one.at_ms) for one in case.reads),
        broken_act=NEXT_ACTS[case.broken_act],
        broken_due_ms=case.broken_due_ms,
    )


def case_to(case: Case) -> pb.Case:
    """A case as a message."""
    return pb.Case(
        case_id=case.case_id,
        case_no=case.case_no,
        subject_id=case.subject_id,
        lane=case.lane,
        jurisdiction_code=case.jurisdiction_code,
        pack_id=case.pack_id,
        round_id=case.round_id,
        level=number(case.level),
        status=number(case.status),
        tier=number(case.tier),
        owner_id=case.owner_id,
        owner_reason=case.owner_reason,
        policy_version=case.policy_version,
        next_act=number(case.next_act),
        next_due_ms=case.next_due_ms,
        ladder_due_ms=case.ladder_due_ms,
        opened_at_ms=case.opened_at_ms,
        level_set_at_ms=case.level_set_at_ms,
        resolve_due_ms=case.resolve_due_ms,
        decision_id=case.decision_id,
        triggers=case.triggers,
        ladder_step=case.ladder_step,
        acknowledged_at_ms=case.acknowledged_at_ms,
        first_visit_at_ms=case.first_visit_at_ms,
        last_visit_at_ms=case.last_visit_at_ms,
        resolved_at_ms=case.resolved_at_ms,
        visits=case.visits,
        notices=[_issued_to(notice) for notice in case.notices],
        lowering=_lowering_to(case.lowering) if case.lowering else None,
        assessment_decision_id=case.assessment_decision_id,
        assessment_level=number(case.assessment_level),
        assessment_supports=number(case.assessment_supports),
        lowering_from_ms=case.lowering_from_ms,
        applied_ids=case.applied_ids,
        ledger_length=case.ledger_length,
        ledger_head=case.ledger_head,
        legal_duties=[_owed_to(owed) for owed in case.legal_duties],
        after_duty_act=number(case.after_duty_act),
        after_duty_due_ms=case.after_duty_due_ms,
        visit_by_ms=case.visit_by_ms,
        obligation=case.obligation,
        evidence=evidence_to(case.evidence),
        closing=closing_to(case.closing) if case.closing else None,
        remind_ms=case.remind_ms,
        acknowledgements=[
            pb.Acknowledgement(official_id=one.official_id, duty=one.duty, at_ms=one.at_ms)
            for one in case.acknowledgements
        ],
        offer=_offer_to(case.offer) if case.offer else None,
        reads=[pb.ReadMark(official_id=one.official_id, at_ms=one.at_ms) for one in case.reads],
        # Unspecified stands for none, so that a case without a broken promise has the bytes it always had.
        broken_act=number(case.broken_act if case.broken_due_ms else 0),
        broken_due_ms=case.broken_due_ms,
    )


def _offer_from(offer: pb.ReassignmentOffer) -> Offer:
    return Offer(
        offer.to_official_id,
        TIERS[offer.tier],
        offer.offered_by,
        offer.offered_at_ms,
        offer.accept_due_ms,
        offer.reason,
    )


def _offer_to(offer: Offer) -> pb.ReassignmentOffer:
    return pb.ReassignmentOffer(
        to_official_id=offer.to_official_id,
        tier=number(offer.tier),
        offered_by=offer.offered_by,
        offered_at_ms=offer.offered_at_ms,
        accept_due_ms=offer.accept_due_ms,
        reason=offer.reason,
    )


def _owed_from(owed: pb.LegalDutyOwed) -> LegalDutyOwed:
    return LegalDutyOwed(
        owed.duty_id, owed.due_ms, owed.decision_id, owed.fulfilled_at_ms, owed.fulfilled_by
    )


def _owed_to(owed: LegalDutyOwed) -> pb.LegalDutyOwed:
    return pb.LegalDutyOwed(
        duty_id=owed.duty_id,
        due_ms=owed.due_ms,
        decision_id=owed.decision_id,
        fulfilled_at_ms=owed.fulfilled_at_ms,
        fulfilled_by=owed.fulfilled_by,
    )


def _issued_from(notice: pb.NoticeIssued) -> NoticeIssued:
    return NoticeIssued(
        notice.notice_id,
        COLOURS[notice.colour],
        notice.serial_no,
        notice.issued_at_ms,
        notice.recipient_id,
        TIERS[notice.tier],
        notice.reply_due_ms,
        notice.answered_at_ms,
        notice.answered_by,
        notice.withdrawn_at_ms,
        notice.withdrawn_by,
        notice.official_no,
        notice.awaits_number,
        tuple(notice.told_ids),
        notice.chase_due_ms,
        notice.chase_step,
        notice.unanswered_at_ms,
    )


def _issued_to(notice: NoticeIssued) -> pb.NoticeIssued:
    return pb.NoticeIssued(
        notice_id=notice.notice_id,
        colour=number(notice.colour),
        serial_no=notice.serial_no,
        issued_at_ms=notice.issued_at_ms,
        recipient_id=notice.recipient_id,
        tier=number(notice.tier),
        reply_due_ms=notice.reply_due_ms,
        answered_at_ms=notice.answered_at_ms,
        answered_by=notice.answered_by,
        withdrawn_at_ms=notice.withdrawn_at_ms,
        withdrawn_by=notice.withdrawn_by,
        official_no=notice.official_no,
        awaits_number=notice.awaits_number,
        told_ids=notice.told_ids,
        chase_due_ms=notice.chase_due_ms,
        chase_step=notice.chase_step,
        unanswered_at_ms=notice.unanswered_at_ms,
    )


def _lowering_from(request: pb.LoweringRequest) -> LoweringWaiting:
    return LoweringWaiting(
        request.requested_by,
        LEVELS[request.to_level],
        request.reason,
        request.requested_at_ms,
        request.assessment_decision_id,
    )


def _lowering_to(waiting: LoweringWaiting) -> pb.LoweringRequest:
    return pb.LoweringRequest(
        requested_by=waiting.requested_by,
        to_level=number(waiting.to_level),
        reason=waiting.reason,
        requested_at_ms=waiting.requested_at_ms,
        assessment_decision_id=waiting.assessment_decision_id,
    )
