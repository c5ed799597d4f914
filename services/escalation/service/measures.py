"""What this service counts; labels are reasons, never persons."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

DECISIONS = Counter("sanse_escalation_decisions_total", "Decisions by reason", ["reason"])
NOTICES = Counter(
    "sanse_escalation_notices_total", "Notices owed, by kind and colour", ["kind", "colour"]
)
DEADLINES = Counter("sanse_escalation_deadlines_proposed_total", "Deadlines proposed to the log")
LANES = Gauge("sanse_escalation_lanes_owned", "Lanes owned by this worker")
