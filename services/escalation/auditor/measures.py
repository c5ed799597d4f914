"""What the auditor counts; labels are reasons, never persons."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

PASSES = Counter("sanse_audit_passes_total", "Passes by outcome", ["outcome"])
STANDING = Gauge("sanse_audit_findings", "Findings of the last pass, by reason", ["reason"])
REDRIVEN = Counter("sanse_audit_redriven_total", "Deadlines driven again by the auditor")
WATCHED = Gauge("sanse_audit_cases", "Cases whose chains are followed")
CLEAN_AT = Gauge("sanse_audit_last_clean_ms", "When the last clean pass ended, ms since the epoch")
COMPLETE_AT = Gauge(
    "sanse_audit_last_complete_ms", "When the last pass came to its end, ms since the epoch"
)
WAITING = Gauge(
    "sanse_audit_waiting_records",
    "Records of a topic that wait for a service",
    ["service", "topic"],
)
