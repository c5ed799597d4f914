"""Where the notifier keeps how far each notice has come: it writes there, and the auditor looks there."""

from __future__ import annotations

# The name under which the notifier's lanes stand in Redis.
STORE = "notify"


def state_key(notice_id: str) -> str:
    """The state key of a notice's progress, in the lane of its record."""
    return f"s:{notice_id}"
