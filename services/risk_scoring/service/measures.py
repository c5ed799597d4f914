"""What this service counts; labels are reasons, never persons."""

from __future__ import annotations

from prometheus_client import Counter

CHANGES = Counter(
    "sanse_risk_level_changes_total",
    "Changes of level by persons, by what became of them",
    ["outcome"],
)
SERIOUS_EVENTS = Counter(
    "sanse_risk_serious_events_total", "Serious events, by the rating before them", ["reason"]
)
