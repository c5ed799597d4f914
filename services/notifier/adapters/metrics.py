"""The notifier's own metrics; labels carry reasons, never persons."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from services.notifier.domain.notices import DeliveryStatus, Progress

# In seconds; 10 and 60 are the promises, and bucket / count is the share that kept them.
_BUCKETS = (0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86_400)

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
PROCESSED = Histogram(
    "sanse_notice_processed_seconds",
    "From the notice's arrival here until a gateway took it; le=10 is the promise",
    ["channel"],
    buckets=_BUCKETS,
)
DELIVERED = Histogram(
    "sanse_notice_delivered_seconds",
    "From the notice's arrival here until it was on the phone; le=60 is the promise",
    ["channel"],
    buckets=_BUCKETS,
)
ENDS = Counter(
    "sanse_notice_ends_total",
    "Notices that ended, by the last channel, how and why",
    ["channel", "status", "reason"],
)

HELD = Counter(
    "sanse_notice_held_total", "Messages that wait for a second person's release", ["county"]
)
WEIGHT = Gauge(
    "sanse_provider_weight",
    "What a provider weighs among its kind just now; below its resting weight it failed or was slow of late",
    ["kind", "channel"],
)


def processed(after: Progress) -> None:
    """Count an attempt that a gateway took. Arrivals before a rebuild are not known, and not guessed."""
    taken = after.status in (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)
    if taken and after.seen_ms and after.sent_ms:
        PROCESSED.labels(after.channel).observe((after.sent_ms - after.seen_ms) / 1000)


def ended(after: Progress, now_ms: int) -> None:
    """Count a recorded step that ends a notice; now_ms: real time."""
    if not after.status.final:
        return
    ENDS.labels(after.channel, after.status.name.lower(), after.reason.value).inc()
    if after.status is DeliveryStatus.DELIVERED and after.seen_ms:
        DELIVERED.labels(after.channel).observe((now_ms - after.seen_ms) / 1000)
