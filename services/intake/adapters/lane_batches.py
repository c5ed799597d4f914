"""Collects events per lane, so that a bulk import pays Kafka's price per hundreds of events, not per event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sanse.intake.v1 import events_pb2
from services.common.lanes import LANES
from services.intake.adapters.codec import EncodedEvent

MAX_EVENTS = 400
MAX_BYTES = 700_000
# The lane's own field, once for each lane; the entries of the events follow it.
_HEADS = tuple(events_pb2.EventBatch(lane=lane).SerializeToString() for lane in range(LANES))


@dataclass(slots=True)
class _Waiting:
    entries: list[bytes] = field(default_factory=list)
    size: int = 0


class LaneBatches:
    """The events of one call to accept that are not yet sent."""

    def __init__(self) -> None:
        self._lanes: dict[int, _Waiting] = {}

    def add(self, event: EncodedEvent) -> tuple[int, bytes] | None:
        """Take one event; gives (lane, EventBatch bytes) when its lane is full."""
        waiting = self._lanes.setdefault(event.lane, _Waiting())
        waiting.entries.append(event.entry)
        waiting.size += len(event.entry)
        if len(waiting.entries) >= MAX_EVENTS or waiting.size >= MAX_BYTES:
            del self._lanes[event.lane]
            return event.lane, _joined(event.lane, waiting)
        return None

    def drain(self) -> Iterator[tuple[int, bytes]]:
        """What is left, one batch a lane."""
        for lane in list(self._lanes):
            yield lane, _joined(lane, self._lanes.pop(lane))


def _joined(lane: int, waiting: _Waiting) -> bytes:
    return b"".join((_HEADS[lane], *waiting.entries))
