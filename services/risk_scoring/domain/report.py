"""A report about one subject, as scoring sees it: no names, no narrative, answers packed."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from services.common.terms import Level
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import PackState


class ReportKind(Enum):
    """What a report is to scoring. Only acts and needs are rated: OTHER never raises anything."""

    ASSESSMENT = "assessment"
    # The household refused, was away or moved: nothing to rate.
    NOT_ASSESSED = "not_assessed"
    INCIDENT = "incident"
    # A household, or a person of it, went to another household.
    MOVE = "move"
    # What was known of a household that moved here.
    CARRIED = "carried"
    # An outcome that tells of a serious event: not rated, but set against what was.
    OUTCOME = "outcome"
    # Grievance, task, support visit, any other outcome.
    OTHER = "other"
    # Persons changed the level of a case.
    CASE = "case"


class Move(NamedTuple):
    """Where it went; `whole`: the household itself, not one person of it."""

    to_subject_id: str
    to_jurisdiction_code: str
    whole: bool


class Carried(NamedTuple):
    """What was known of the households it was carried `through`, oldest first."""

    packs: tuple[PackState, ...]
    incident_times_ms: tuple[int, ...]
    through: tuple[str, ...]


class IncidentFacts(NamedTuple):
    """What an incident's report says beside the answers to a pack: for triage, which needs no pack.

    yes: ids of the facts reported to hold.
    """

    category: str
    reporter_role: str
    yes: tuple[str, ...]


class Report(NamedTuple):
    """One accepted report. `pack` is None when no pack is to rate it.

    serious: the kind of serious event it tells of, "" for any other. related_event_id: the event an
    outcome belongs to.

    The facts made once per event are named tuples: frozen too, and made in a quarter of the time.
    """

    event_id: str
    subject_id: str
    jurisdiction_code: str
    occurred_at_ms: int
    accepted_at_ms: int
    trace_id: str
    kind: ReportKind
    pack: Pack | None = None
    answers: bytes = b""
    assessor_level: Level = Level.NONE
    round_id: str = ""
    moving: Move | Carried | None = None
    serious: str = ""
    related_event_id: str = ""
    # None unless it is an incident.
    incident: IncidentFacts | None = None
