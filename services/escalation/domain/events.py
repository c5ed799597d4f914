"""What comes out: entries of the ledger, and notices owed to officials."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import Case, EvidenceKind, NextAct, SubjectCases
from services.escalation.domain.messages import Message
from services.escalation.domain.reasons import Reason


class EntryType(IntEnum):
    """What happened to a case; the numbers are those of the protocol."""

    OPENED = 1
    ACKNOWLEDGED = 2
    VISITED = 3
    RESOLVED = 4
    REASSIGNED = 5
    LEVEL_RAISED = 6
    LOWERING_REQUESTED = 7
    LEVEL_LOWERED = 8
    OVERDUE = 9
    NOTICE_ISSUED = 10
    ESCALATED = 11
    COMMAND_REFUSED = 12
    RISK_NOTED = 13
    DUTY_AROSE = 14
    DUTY_FULFILLED = 15
    NOTICE_ANSWERED = 30
    NOTICE_WITHDRAWN = 31
    NOTICE_NUMBERED = 60
    NOTICE_CHASED = 61
    NOTICE_UNANSWERED = 62
    POLICY_CHANGED = 63
    EVIDENCE_ADDED = 40
    CLOSING_REQUESTED = 41
    CLOSING_RETURNED = 42
    REMINDED = 50
    UNACKNOWLEDGED = 51
    ACKNOWLEDGED_IN_PART = 52
    READ = 53
    READ_BUT_IDLE = 54
    REASSIGNMENT_OFFERED = 55
    REASSIGNMENT_DECLINED = 56
    REASSIGNMENT_LAPSED = 57
    SUPPORT_ASKED = 85


class NoticeKind(IntEnum):
    """Why an official is told; the numbers are those of the protocol."""

    DUTY_ASSIGNED = 1
    LEVEL_RAISED = 2
    SUPERVISION = 3
    TAKEN_OVER = 4
    LOWERING_WAITS = 5
    ROSTER_GAP = 6
    LEGAL_DUTY = 7
    NOTICE_WITHDRAWN = 60
    REPLY_OVERDUE = 61
    NOTICE_UNANSWERED = 62
    SUPERVISION_COPY = 63
    CLOSING_WAITS = 40
    CLOSING_RETURNED = 41
    FILL_ROSTER = 50
    REMINDER = 51
    READ_BUT_IDLE = 52
    REASSIGNMENT_OFFERED = 53
    REASSIGNMENT_ENDED = 54
    SUPPORT_ASKED = 85


@dataclass(frozen=True, slots=True)
class LevelChange:
    """Who changed the level of a case, from what, and on what ground: what scoring needs to follow.

    Raising takes one person, who stands in `approved_by`.
    """

    subject_id: str
    pack_id: str
    from_level: Level
    requested_by: str
    approved_by: str
    assessment_decision_id: str


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A case goes on under another version of the policy: from which, to which, proposed and approved by whom."""

    from_version: str
    to_version: str
    proposed_by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One thing that happened to a case, before it is sealed into the chain."""

    case_id: str
    sequence: int
    type: EntryType
    at_ms: int
    actor_id: str
    cause_id: str
    reason: str
    level: Level
    tier: Tier
    colour: NoticeColour = NoticeColour.NONE
    serial_no: str = ""
    recipient_id: str = ""
    remarks: bytes = b""
    duty_id: str = ""
    change: LevelChange | None = None
    reply_due_ms: int = 0
    official_no: str = ""
    told_ids: tuple[str, ...] = ()
    policy_change: PolicyChange | None = None
    evidence_kind: EvidenceKind = EvidenceKind.NONE
    evidence_sha256: bytes = b""


@dataclass(frozen=True, slots=True)
class NoticeOwed:
    """One message owed to one official; it names no resident."""

    notice_id: str
    case_id: str
    case_no: str
    subject_id: str
    kind: NoticeKind
    colour: NoticeColour
    serial_no: str
    level: Level
    tier: Tier
    recipient_id: str
    jurisdiction_code: str
    act: NextAct
    act_due_ms: int
    created_at_ms: int
    accepted_at_ms: int
    trace_id: str
    pack_id: str = ""
    duty_ids: tuple[str, ...] = ()
    official_no: str = ""
    # The notice with which it went out, if it is not sent itself.
    grouped_into: str = ""
    other_case_ids: tuple[str, ...] = ()
    other_case_nos: tuple[str, ...] = ()
    obligation: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state, what happened, whom to tell, and why. `case` is None when nothing changed.

    `assumed_years`: a deadline was counted in years whose holidays are not known: it may be too early.
    """

    subject: SubjectCases
    case: Case | None
    entries: tuple[LedgerEntry, ...]
    notices: tuple[NoticeOwed, ...]
    reason: Reason
    assumed_years: tuple[int, ...] = ()
    # What this decision leads to elsewhere; decided on next, in the same step.
    then: Message | None = None
