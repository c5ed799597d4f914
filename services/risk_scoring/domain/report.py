"""A report about one subject, as scoring sees it: no names, no narrative, answers packed."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from services.common.terms import Level
from services.risk_scoring.domain.pack import Pack


class ReportKind(Enum):
    """What a report is to scoring. Only acts and needs are rated: OTHER never raises anything."""

    ASSESSMENT = "assessment"
    # The household refused, was away or moved: nothing to rate.
    NOT_ASSESSED = "not_assessed"
    INCIDENT = "incident"
    # Grievance, task, support visit, outcome.
    OTHER = "other"


class IncidentFacts(NamedTuple):
    """What an incident's report says beside the answers to a pack: for triage, which needs no pack.

    yes: ids of the facts reported to hold.
    """

    category: str
    reporter_role: str
    yes: tuple[str, ...]


class Report(NamedTuple):
    """One accepted report. `pack` is None when no pack is to rate it.

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
    # None unless it is an incident.
    incident: IncidentFacts | None = None
