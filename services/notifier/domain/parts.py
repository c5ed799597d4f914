"""One message in several parts: its id is the ids of its parts, each of which gets a receipt of its own."""

from __future__ import annotations

from collections.abc import Iterable

# In no vendor's message ids.
_BETWEEN = " "


def join_ids(ids: Iterable[str]) -> str:
    """The id of the whole message, from its parts' in order."""
    return _BETWEEN.join(ids)


def part_ids(provider_message_id: str) -> tuple[str, ...]:
    """The ids that receipts may name; a message in one part has one."""
    return tuple(provider_message_id.split(_BETWEEN))
