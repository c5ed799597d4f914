"""What comes out of a decision, as protobuf: entries of the ledger and notices owed."""

from __future__ import annotations

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.escalation.adapters.numbers import number
from services.escalation.domain.events import LedgerEntry, LevelChange, NoticeOwed, PolicyChange


def entry_to(entry: LedgerEntry, event_id: str, prev_hash: bytes) -> pb.CaseEvent:
    """A ledger entry as a message, not yet sealed."""
    return pb.CaseEvent(
        case_event_id=event_id,
        case_id=entry.case_id,
        sequence=entry.sequence,
        type=number(entry.type),
        at_ms=entry.at_ms,
        actor_id=entry.actor_id,
        cause_id=entry.cause_id,
        reason=entry.reason,
        level=number(entry.level),
        tier=number(entry.tier),
        colour=number(entry.colour),
        serial_no=entry.serial_no,
        recipient_id=entry.recipient_id,
        remarks=common_pb2.SealedText.FromString(entry.remarks) if entry.remarks else None,
        prev_hash=prev_hash,
        duty_id=entry.duty_id,
        reply_due_ms=entry.reply_due_ms,
        evidence_kind=number(entry.evidence_kind),
        evidence_sha256=entry.evidence_sha256,
        change=_change_to(entry.change) if entry.change else None,
        official_no=entry.official_no,
        told_ids=entry.told_ids,
        policy_change=_policy_change_to(entry.policy_change) if entry.policy_change else None,
    )


def _policy_change_to(change: PolicyChange) -> pb.PolicyChange:
    return pb.PolicyChange(
        from_version=change.from_version,
        to_version=change.to_version,
        proposed_by=change.proposed_by,
        approved_by=change.approved_by,
    )


def _change_to(change: LevelChange) -> pb.LevelChange:
    return pb.LevelChange(
        subject_id=change.subject_id,
        pack_id=change.pack_id,
        from_level=number(change.from_level),
        requested_by=change.requested_by,
        approved_by=change.approved_by,
        assessment_decision_id=change.assessment_decision_id,
    )


def notice_to(notice: NoticeOwed) -> notify_pb2.Notice:
    """A notice as a message."""
    return notify_pb2.Notice(
        notice_id=notice.notice_id,
        case_id=notice.case_id,
        case_no=notice.case_no,
        subject_id=notice.subject_id,
        kind=number(notice.kind),
        colour=number(notice.colour),
        serial_no=notice.serial_no,
        level=number(notice.level),
        tier=number(notice.tier),
        recipient_id=notice.recipient_id,
        jurisdiction_code=notice.jurisdiction_code,
        act=number(notice.act),
        act_due_ms=notice.act_due_ms,
        created_at_ms=notice.created_at_ms,
        accepted_at_ms=notice.accepted_at_ms,
        trace_id=notice.trace_id,
        pack_id=notice.pack_id,
        duty_ids=notice.duty_ids,
        official_no=notice.official_no,
        grouped_into=notice.grouped_into,
        other_case_ids=notice.other_case_ids,
        other_case_nos=notice.other_case_nos,
        obligation=notice.obligation,
    )
