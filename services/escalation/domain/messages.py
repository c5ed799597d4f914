"""What comes in: findings of the scoring service, and commands of people and of the clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from services.common.terms import Level, Tier
from services.escalation.domain.cases import EvidenceKind, NextAct

CLOCK = "clock"
MACHINE = "machine"


class Origin(StrEnum):
    """What puts an obligation on somebody."""

    GRIEVANCE = "grievance"
    TASK = "task"
    TRIAGE = "triage"
    REVIEW = "review"
    # An official of a case asks the tier above.
    SUPPORT = "support"
    # A home was not assessed again in time.
    REASSESSMENT = "reassessment"


class FindingReason(IntEnum):
    """Why scoring gave this level; the numbers are those of the protocol."""

    UNSPECIFIED = 0
    FIRST_RATING = 1
    RAISED = 2
    UNCHANGED = 3
    FALL_RECORDED = 4
    CANNOT_RATE = 5
    LOWERED_BY_PERSON = 6
    NOT_ASSESSED = 7
    RAISED_BY_PERSON = 8


@dataclass(frozen=True, slots=True)
class LegalDuty:
    """A duty of the law that begins with a finding."""

    duty_id: str
    due_ms: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A risk decision, as far as duties follow from it.

    `level` is in force and never falls by machine; `computed_level` is what the answers alone give.
    """

    decision_id: str
    subject_id: str
    jurisdiction_code: str
    pack_id: str
    level: Level
    computed_level: Level
    reason: FindingReason
    from_incident: bool
    has_contribution: bool
    at_ms: int
    triggers: tuple[str, ...] = ()
    # The assessment round; "" for an incident.
    round_id: str = ""
    accepted_at_ms: int = 0
    trace_id: str = ""
    legal_duties: tuple[LegalDuty, ...] = ()
    # By when a household that cannot be rated must be visited; 0 when it could be rated.
    visit_by_ms: int = 0
    # When the assessment was made; 0 when it is not known.
    made_at_ms: int = 0
    # The computed level with every unknown answer taken at its worst.
    highest_possible: Level = Level.NONE
    # Before this the level may not be lowered; 0 when scoring names no time.
    lowering_from_ms: int = 0
    # By when the home is to be assessed again.
    reassess_due_ms: int = 0
    # The official who saw it; "" for what scoring decided.
    seen_by: str = ""

    @property
    def supports(self) -> Level:
        """The lowest level a lowering may rest on this for: an unknown answer is never a no."""
        return max(self.computed_level, self.highest_possible)

    @property
    def level_found(self) -> Level:
        """The level this finding itself supports: a mere ratchet of the past does not count."""
        if self.reason in (FindingReason.FIRST_RATING, FindingReason.RAISED):
            return self.level
        return self.computed_level


@dataclass(frozen=True, slots=True)
class Owed:
    """Something that somebody owes by a set time: an event, or a decision beside the risk, says so.

    detail: what of its origin, for example the channel of a grievance or the list of a task.
    unit: the department, or the division code of the unit; "" where the kind says who. An incident dispatched to
    several departments is one of these for each. A time of 0 leaves it to the kind.
    """

    cause_id: str
    origin: Origin
    detail: str
    subject_id: str
    jurisdiction_code: str
    at_ms: int
    occurred_at_ms: int = 0
    unit: str = ""
    tier: Tier = Tier.NONE
    accept_due_ms: int = 0
    finish_due_ms: int = 0
    accepted_at_ms: int = 0
    trace_id: str = ""
    # The official who asked for support; "" for all else.
    asked_by: str = ""
    # The pack by which a home is to be assessed again; "" for all else.
    pack_id: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """I have seen it and take it on."""


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """I was there. The remarks are sealed and pass through unread."""

    remarks: bytes = b""


@dataclass(frozen=True, slots=True)
class FulfilDuty:
    """What the law demanded is done. The remarks are sealed and pass through unread."""

    duty_id: str
    remarks: bytes = b""


@dataclass(frozen=True, slots=True)
class AskSupport:
    """I cannot do this alone: the tier above must help."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """The risk is resolved, and how."""

    how: str
    remarks: bytes = b""


@dataclass(frozen=True, slots=True)
class Reassign:
    """Give the duty to another official."""

    to_official_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RaiseLevel:
    """A person sees a higher risk than the rules do."""

    level: Level
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RequestLowering:
    """Ask for a lower level, resting on a fresh assessment."""

    to_level: Level
    assessment_decision_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ApproveLowering:
    """A second person agrees to the lowering that waits."""


@dataclass(frozen=True, slots=True)
class ReplyNotice:
    """The supervision notice is answered. The remarks are sealed and pass through unread."""

    serial_no: str
    remarks: bytes = b""


@dataclass(frozen=True, slots=True)
class WithdrawNotice:
    """The supervision notice is taken back, and why."""

    serial_no: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddEvidence:
    """Here is what shows that the obligation is met: a hash, or sealed words that pass through unread."""

    kind: EvidenceKind
    sha256: bytes = b""
    remarks: bytes = b""


@dataclass(frozen=True, slots=True)
class ApproveClosing:
    """A second person agrees that the obligation is met."""


@dataclass(frozen=True, slots=True)
class ReturnClosing:
    """A second person does not agree, and why."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoteRead:
    """I have read of it: a channel reported so, or the phone page was opened."""


@dataclass(frozen=True, slots=True)
class AcceptReassignment:
    """The case offered to me is mine now."""


@dataclass(frozen=True, slots=True)
class DeclineReassignment:
    """I do not take the case offered to me."""

    reason: str = ""


class Alarm(IntEnum):
    """Which of a case's times passed; the numbers are those of the protocol."""

    LADDER = 0
    REMINDER = 50
    OFFER = 51


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """The clock saw this act's deadline pass; true only if the case still waits for exactly this."""

    next_act: NextAct
    due_ms: int
    ladder_step: int
    alarm: Alarm = Alarm.LADDER


@dataclass(frozen=True, slots=True)
class NumberAllotted:
    """The register of a notice allotted its official number."""

    notice_id: str
    official_no: str


@dataclass(frozen=True, slots=True)
class ReplyOverdue:
    """The clock saw that a notice has no answer; true only if it still waits at exactly this step."""

    notice_id: str
    due_ms: int
    chase_step: int


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """Put the case under another version of the policy: proposed by one person, approved by the actor."""

    from_version: str
    to_version: str
    proposed_by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class AssessedAgain:
    """Scoring decided on a new assessment of the home: what was owed for want of one is done."""

    decision_id: str


Act = (
    Acknowledge
    | RecordVisit
    | FulfilDuty
    | Resolve
    | Reassign
    | RaiseLevel
    | RequestLowering
    | ApproveLowering
    | ReplyNotice
    | WithdrawNotice
    | AddEvidence
    | ApproveClosing
    | ReturnClosing
    | NoteRead
    | AcceptReassignment
    | DeclineReassignment
    | AskSupport
    | DeadlineReached
    | NumberAllotted
    | ReplyOverdue
    | ChangePolicy
    | AssessedAgain
)


@dataclass(frozen=True, slots=True)
class Command:
    """One act on one case by one actor; `act` is None when a newer sender used one not known here."""

    command_id: str
    case_id: str
    subject_id: str
    actor_id: str
    at_ms: int
    act: Act | None
    via: str = ""


@dataclass(frozen=True, slots=True)
class LoweringRefused:
    """Scoring did not follow a lowering approved here: an incident crossed it, or an answer speaks against it."""

    refusal_id: str
    case_id: str
    subject_id: str
    level: Level
    at_ms: int


Message = Finding | Owed | Command | LoweringRefused
