"""An accepted report as frozen facts."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.terms import Level
from services.intake.domain.codes import AssessmentStatus, MoveWho, ReportKind


@dataclass(frozen=True, slots=True)
class Assessment:
    """One round's assessment; `answers` has one Answer per indicator in the questionnaire's order."""

    round_id: str
    pack_id: str
    status: AssessmentStatus
    answers: bytes
    assessor_level: Level
    assessor_id: str
    remarks: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An act reported once; `facts` as answers above, of all packs' indicators when no pack is named."""

    category: str
    pack_id: str
    facts: bytes
    narrative: str
    reporter_role: str


@dataclass(frozen=True, slots=True)
class Grievance:
    """A request for a service."""

    category: str
    channel: str
    reply_due_ms: int
    narrative: str


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    """Something entered on a list and given to a unit; `kind` says which list."""

    task_no: str
    unit_id: str
    due_ms: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class SupportVisit:
    """A help or follow-up visit."""

    plan_id: str
    visitor_id: str
    result: str


@dataclass(frozen=True, slots=True)
class SupportPlan:
    """A plan of help for a household; `category` leaves intake only sealed. A revocation has only its number."""

    plan_id: str
    category: str
    visit_every_days: int
    first_visit_due_ms: int
    ends_ms: int
    visitor_id: str
    revoked: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an earlier report, named by its id at the same source or by its event id."""

    kind: str
    related_event_id: str
    related_source_id: str


@dataclass(frozen=True, slots=True)
class HouseholdMove:
    """The report's household, or a person of it, went to another household."""

    to_household_no: str
    to_jurisdiction_code: str
    who: MoveWho


Body = (
    Assessment
    | Incident
    | Grievance
    | TaskAssigned
    | SupportVisit
    | SupportPlan
    | Outcome
    | HouseholdMove
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report that passed every check. household_no leaves intake only as a pseudonym."""

    source_id: str
    kind: ReportKind
    occurred_at_ms: int
    jurisdiction_code: str
    household_no: str
    body: Body
