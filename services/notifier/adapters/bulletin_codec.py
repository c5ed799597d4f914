"""What a notice about no single case carries, from protobuf."""

from __future__ import annotations

from sanse.notify.v1 import notify_pb2
from services.notifier.domain.notices import DutyCounts, GapsAhead


def counts_of(item: notify_pb2.Notice) -> DutyCounts | None:
    """The counts of a digest; None for any other notice."""
    if not item.HasField("counts"):
        return None
    counts = item.counts
    return DutyCounts(
        counts.open, counts.red, counts.overdue, counts.due_within_a_day, counts.unanswered
    )


def gaps_of(item: notify_pb2.Notice) -> GapsAhead | None:
    """The first gap of a roster outlook, and how many more; None for any other notice."""
    if not item.HasField("first_gap"):
        return None
    return GapsAhead(item.first_gap.duty, item.first_gap.from_ms, item.more_gaps)
