"""One incident's triage: the report, what is known of its subject, and the rules of the day it was accepted on."""

from __future__ import annotations

from typing import NamedTuple

from services.risk_scoring.domain.profile import Profile, counts_before
from services.risk_scoring.domain.report import IncidentFacts, Report
from services.risk_scoring.domain.triage import Happened, Triage, triage
from services.risk_scoring.domain.triage_rules import TriageRules


class Triaged(NamedTuple):
    """A triage of a report, with what it knew."""

    report: Report
    happened: Happened
    triage: Triage


def triaged(report: Report, profile: Profile, rules: TriageRules) -> Triaged:
    """Decide on an incident with the profile as it stands after it.

    Hours count from acceptance, not from the clock: a replay gives the same bytes.
    """
    facts = report.incident or IncidentFacts("", "", ())
    counts = counts_before(profile.incident_times_ms, report.occurred_at_ms)
    happened = Happened(
        facts.category, facts.reporter_role, frozenset(facts.yes), counts.in_30, counts.in_90
    )
    moment = report.accepted_at_ms
    return Triaged(report, happened, triage(happened, rules.at(moment), moment))
