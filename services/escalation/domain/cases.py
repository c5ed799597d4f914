"""A case and its duty: the state this service keeps of one subject.

Invariant: an open case has exactly one next act with a due time; a subject has at most one open case per rule pack,
and beside these one case per obligation: each grievance, task or incident handed over, for each unit that owes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from services.common.ids import derived_id, readable_code
from services.common.terms import Level, NoticeColour, Tier

APPLIED_IDS_KEPT = 64
# The kind of incidents that triage handed over. What stands in an obligation's pack_id: its kind, and when an event
# named the unit that owes it, "/" and the unit.
TRIAGE = "triage"


class CaseStatus(IntEnum):
    """Where a case stands; the numbers are those of the protocol."""

    OPENED = 1
    ACKNOWLEDGED = 2
    IN_PROGRESS = 3
    RESOLVED = 4


class NextAct(IntEnum):
    """The one act a case waits for; the numbers are those of the protocol."""

    ACKNOWLEDGE = 1
    FIRST_VISIT = 2
    REVISIT = 3
    RESOLVE = 4
    NONE = 5
    LEGAL_DUTY = 6
    APPROVE_CLOSING = 40
    REVIEW = 41


class EvidenceKind(IntEnum):
    """What shows that an obligation is met; the numbers are those of the protocol."""

    NONE = 0
    VISIT = 1
    WRITTEN_REPLY = 2
    DOCUMENT = 3
    REVIEW = 4
    # The home was assessed again; no person hands it in.
    ASSESSMENT = 170


@dataclass(frozen=True, slots=True)
class NoticeIssued:
    """A supervision notice (督办单) that was issued in a case."""

    notice_id: str
    colour: NoticeColour
    serial_no: str
    issued_at_ms: int
    recipient_id: str
    # The recipient's tier at that time: who counts as above does not change with the roster.
    tier: Tier = Tier.NONE
    # By when it must be answered; 0 for a notice issued before replies were owed.
    reply_due_ms: int = 0
    answered_at_ms: int = 0
    answered_by: str = ""
    withdrawn_at_ms: int = 0
    withdrawn_by: str = ""
    # The official number; "" until its register allots it, or for good where notices are not numbered.
    official_no: str = ""
    # Nobody is told of the notice before it has its number.
    awaits_number: bool = False
    # Everybody who was sent the notice or was told of it, in that order.
    told_ids: tuple[str, ...] = ()
    # When the next step over a missing answer is taken (0: none is), and the steps taken.
    chase_due_ms: int = 0
    chase_step: int = 0
    # When every step was taken and no answer had come; 0 otherwise.
    unanswered_at_ms: int = 0

    @property
    def shown_no(self) -> str:
        """The number people read: the official one, else the derived one."""
        return self.official_no or self.serial_no

    @property
    def is_ended(self) -> bool:
        """Whether it was answered or withdrawn."""
        return bool(self.answered_at_ms or self.withdrawn_at_ms)


@dataclass(frozen=True, slots=True)
class LegalDutyOwed:
    """What the law demands in a case, whatever its level; owed until somebody fulfils it."""

    duty_id: str
    due_ms: int
    decision_id: str
    fulfilled_at_ms: int = 0
    fulfilled_by: str = ""

    @property
    def is_owed(self) -> bool:
        """Whether it is still to be done."""
        return not self.fulfilled_at_ms


@dataclass(frozen=True, slots=True)
class LoweringWaiting:
    """A request to lower the level that waits for a second person."""

    requested_by: str
    to_level: Level
    reason: str
    requested_at_ms: int
    assessment_decision_id: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: a hash of what it is, never the thing itself."""

    kind: EvidenceKind
    sha256: bytes
    added_at_ms: int
    added_by: str


@dataclass(frozen=True, slots=True)
class ClosingWaiting:
    """A closing that waits for a second person; the former owner is kept to be restored."""

    requested_by: str
    how: str
    requested_at_ms: int
    owner_id: str
    tier: Tier
    owner_reason: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One acknowledgement of several, for a duty; "" where only the number of persons counts."""

    official_id: str
    duty: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class ReadMark:
    """Somebody has read of the case."""

    official_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Offer:
    """The case is offered to another official, and stays where it is until that one accepts."""

    to_official_id: str
    tier: Tier
    offered_by: str
    offered_at_ms: int
    accept_due_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One duty over one subject, as it stands after the newest entry of its ledger."""

    case_id: str
    case_no: str
    subject_id: str
    lane: int
    jurisdiction_code: str
    pack_id: str
    level: Level
    status: CaseStatus
    tier: Tier
    owner_id: str
    owner_reason: str
    policy_version: str
    next_act: NextAct
    next_due_ms: int
    ladder_due_ms: int
    opened_at_ms: int
    level_set_at_ms: int
    resolve_due_ms: int
    decision_id: str
    triggers: tuple[str, ...] = ()
    round_id: str = ""
    ladder_step: int = 0
    acknowledged_at_ms: int = 0
    first_visit_at_ms: int = 0
    last_visit_at_ms: int = 0
    resolved_at_ms: int = 0
    visits: int = 0
    notices: tuple[NoticeIssued, ...] = ()
    lowering: LoweringWaiting | None = None
    assessment_decision_id: str = ""
    assessment_level: Level = Level.NONE
    assessment_supports: Level = Level.NONE
    lowering_from_ms: int = 0
    applied_ids: tuple[str, ...] = ()
    ledger_length: int = 0
    ledger_head: bytes = b""
    legal_duties: tuple[LegalDutyOwed, ...] = ()
    after_duty_act: NextAct = NextAct.NONE
    after_duty_due_ms: int = 0
    visit_by_ms: int = 0
    # The kind of obligation; "" for a case that a warning opened.
    obligation: str = ""
    # The newest of each kind.
    evidence: tuple[Evidence, ...] = ()
    closing: ClosingWaiting | None = None
    # When somebody is reminded next; 0 when nobody is.
    remind_ms: int = 0
    acknowledgements: tuple[Acknowledgement, ...] = ()
    offer: Offer | None = None
    reads: tuple[ReadMark, ...] = ()
    # What an acknowledgement promised and nobody did in time; NONE when nothing is broken.
    broken_act: NextAct = NextAct.NONE
    broken_due_ms: int = 0

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes an act."""
        return self.status is not CaseStatus.RESOLVED

    @property
    def duties_owed(self) -> tuple[LegalDutyOwed, ...]:
        """The legal duties still to be done, the most urgent first."""
        return tuple(sorted((d for d in self.legal_duties if d.is_owed), key=lambda d: d.due_ms))

    def evidence_of(self, kind: EvidenceKind) -> Evidence | None:
        """The newest evidence of a kind; None when there is none."""
        return next((one for one in self.evidence if one.kind is kind), None)

    @property
    def act_behind_duty(self) -> NextAct:
        """The act the case waits for, were it not for a legal duty that is due before."""
        return self.after_duty_act if self.next_act is NextAct.LEGAL_DUTY else self.next_act

    @property
    def deadline_ms(self) -> int | None:
        """When the clock must act next over the act owed, a reminder or an offer; None when it need not."""
        offer_ms = self.offer.accept_due_ms if self.offer else 0
        times = (self.ladder_due_ms, self.remind_ms, offer_ms)
        return min((one for one in times if one), default=None)

    @property
    def chase_due_ms(self) -> int | None:
        """When the clock must act next over a notice without an answer; None when it need not."""
        return min((one.chase_due_ms for one in self.notices if one.chase_due_ms), default=None)

    @property
    def number_wanted_ms(self) -> int | None:
        """Since when a notice waits for its official number; None when none does."""
        return min((one.issued_at_ms for one in self.notices if one.awaits_number), default=None)

    def notice(self, notice_id: str) -> NoticeIssued | None:
        """The notice with this id, if it was issued in this case."""
        return next((one for one in self.notices if one.notice_id == notice_id), None)


@dataclass(frozen=True, slots=True)
class SubjectCases:
    """All cases of one subject, oldest first."""

    subject_id: str
    lane: int
    cases: tuple[Case, ...] = ()

    def case(self, case_id: str) -> Case | None:
        """The case with this id, if it is one of this subject's."""
        return next((case for case in self.cases if case.case_id == case_id), None)

    def newest(self, pack_id: str) -> Case | None:
        """The newest case of a pack, open or resolved."""
        return next((case for case in reversed(self.cases) if case.pack_id == pack_id), None)

    def has_applied(self, cause_id: str) -> bool:
        """Whether a decision already had its effect on one of the cases."""
        return any(
            cause_id in case.applied_ids or cause_id == case.decision_id for case in self.cases
        )

    def with_case(self, case: Case) -> SubjectCases:
        """The same with this case replaced or added."""
        known = any(old.case_id == case.case_id for old in self.cases)
        cases = (
            tuple(case if old.case_id == case.case_id else old for old in self.cases)
            if known
            else (*self.cases, case)
        )
        return SubjectCases(self.subject_id, self.lane, cases)


def case_id_for(lane: int, subject_id: str, pack_id: str, decision_id: str) -> str:
    """The lane in three digits, and 12 letters derived from what opened the case."""
    return f"{lane:03d}-{derived_id(subject_id, pack_id, decision_id).replace('-', '')[:12]}"


def case_no_for(county_code: str, case_id: str) -> str:
    """The number people read out: county, and a code of six letters."""
    return f"{county_code}-{readable_code(case_id, 6)}"


def lane_of_case(case_id: str) -> int | None:
    """The lane a case id names; None when it is no case id."""
    lane, dash, rest = case_id.partition("-")
    return int(lane) if len(lane) == 3 and lane.isdigit() and dash and rest else None
