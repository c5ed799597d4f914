"""What this service counts; labels are reasons, never persons."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

DECISIONS = Counter("sanse_escalation_decisions_total", "Decisions by reason", ["reason"])
NOTICES = Counter(
    "sanse_escalation_notices_total", "Notices owed, by kind and colour", ["kind", "colour"]
)
ASSUMED = Counter(
    "sanse_escalation_deadlines_assumed_total",
    "Decisions with a deadline in a year whose working days could only be assumed",
    ["year"],
)
CALENDAR = Gauge(
    "sanse_escalation_calendar_days_left", "Days the calendar of working days still reaches"
)
DEADLINES = Counter("sanse_escalation_deadlines_proposed_total", "Deadlines proposed to the log")
NUMBER_WAITS = Counter(
    "sanse_escalation_number_asked_again_total",
    "Notices whose official number did not come in time and was asked for again",
)
LANES = Gauge("sanse_escalation_lanes_owned", "Lanes owned by this worker")
