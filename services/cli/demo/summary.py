"""What a run amounted to: figures counted from topics, phones and senders' answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

from sanse.escalation.v1 import cases_pb2
from sanse.notify.v1 import notify_pb2
from services.cli.demo.cadres import Cadres
from services.cli.demo.prefecture import EXAMPLE_SOURCE
from services.cli.demo.publisher import Sent
from services.cli.demo.rounds import Rates
from services.cli.reconcile import (
    Balance,
    Records,
    decisions_by_level,
    obligations_by_kind,
    supervision_by_colour,
    triages_by_route,
)
from services.cli.stack import Parts


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one run; rates are shares of 1."""

    events_in: int
    accepted: int
    duplicate_reports: int
    rejected: int
    decisions: dict[str, int]
    # Incidents by where triage sent them.
    triage: dict[str, int]
    cases_opened: int
    # Of these, obligations by kind; triage counts incidents handed over.
    obligations: dict[str, int]
    notices: dict[str, int]
    messages_delivered: int
    messages_unconfirmed: int
    messages_failed: int
    acknowledged: int
    visited: int
    resolved: int
    lost: int
    duplicates: int
    coverage_rate: float
    resolution_rate: float
    cadre_acts: dict[str, int]
    # What the sender of the hand-written example file was told, by status.
    example_file: dict[str, int]
    households: int
    broker: str
    redis: str

    def as_json(self) -> dict[str, object]:
        """The summary as var/demo/summary.json holds it."""
        return asdict(self)


def summarize(
    records: Records, even: Balance, told: Sent, cadres: Cadres, rates: Rates, parts: Parts
) -> Summary:
    """Count."""
    cases = records.newest_cases
    ends = Counter(delivery.status for delivery in records.finals.values())
    resolved = sum(case.status == cases_pb2.CASE_STATUS_RESOLVED for case in cases)
    return Summary(
        events_in=told.sent,
        accepted=len(told.accepted_ids),
        duplicate_reports=told.duplicates,
        rejected=told.rejected,
        decisions=decisions_by_level(records),
        triage=triages_by_route(records),
        cases_opened=len(cases),
        obligations=obligations_by_kind(records),
        notices=supervision_by_colour(records),
        messages_delivered=ends[notify_pb2.DELIVERY_STATUS_DELIVERED]
        + ends[notify_pb2.DELIVERY_STATUS_SENT],
        messages_unconfirmed=ends[notify_pb2.DELIVERY_STATUS_UNCONFIRMED],
        messages_failed=ends[notify_pb2.DELIVERY_STATUS_FAILED],
        acknowledged=sum(case.acknowledged_at_ms > 0 for case in cases),
        visited=sum(case.visits > 0 for case in cases),
        resolved=resolved,
        lost=even.lost,
        duplicates=even.duplicates,
        coverage_rate=rates.coverage,
        resolution_rate=rates.resolution,
        cadre_acts=dict(cadres.acts),
        example_file=_told(told, EXAMPLE_SOURCE),
        households=rates.households,
        broker=parts.kafka_origin,
        redis=parts.redis_origin,
    )


def _told(told: Sent, source: str) -> dict[str, int]:
    return {status: n for (sender, status), n in sorted(told.by_source.items()) if sender == source}
