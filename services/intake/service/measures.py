"""Intake's metrics: reports by source and outcome."""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import Counter

from services.intake.domain.incoming import Result

_REPORTS = Counter("sanse_intake_reports_total", "Reports by outcome", ["source", "outcome"])


def count(source: str, result: Result) -> None:
    """Count one answered report; a refused one by its reason."""
    outcome = result.problems[0].reason.value if result.problems else result.status.value
    _series(source, outcome).inc()


@lru_cache(maxsize=1024)
def _series(source: str, outcome: str) -> Counter:
    return _REPORTS.labels(source, outcome)
