"""What the holder of a key may send: which kinds of report, from which jurisdiction."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.divisions import contains
from services.intake.domain.codes import ReportKind
from services.intake.domain.facts import Report
from services.intake.domain.messages import problem
from services.intake.domain.problems import Problem, Reason, listed


@dataclass(frozen=True, slots=True)
class Grant:
    """The rights of one source; jurisdiction "" means everywhere."""

    source: str
    scopes: frozenset[ReportKind]
    jurisdiction: str = ""


def denied(grant: Grant, report: Report) -> Problem | None:
    """Why this source may not send this report, if so."""
    if report.kind not in grant.scopes:
        allowed = listed(sorted(kind.value for kind in grant.scopes))
        return problem(
            Reason.SCOPE_DENIED, "type", allowed, source=grant.source, kind=report.kind.value
        )
    if grant.jurisdiction and not contains(grant.jurisdiction, report.jurisdiction_code):
        return problem(
            Reason.JURISDICTION_DENIED,
            "jurisdiction_code",
            source=grant.source,
            jurisdiction=grant.jurisdiction,
        )
    return None
