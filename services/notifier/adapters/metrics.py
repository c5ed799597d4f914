"""The notifier's own metrics; labels carry reasons, never persons."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

ATTEMPTS = Counter(
    "sanse_notice_attempts_total",
    "Attempts by channel, result and reason",
    ["channel", "status", "reason"],
)
REPLIES = Counter(
    "sanse_replies_total", "SMS replies by channel and outcome", ["channel", "outcome"]
)
SENDING = Histogram("sanse_notice_send_seconds", "Time the gateway took to answer", ["channel"])
RECEIPTS = Counter(
    "sanse_receipts_total",
    "Receipts by channel and what they said, in our own words; receipt_code_unknown: add it to receipts.yaml",
    ["channel", "reason"],
)
