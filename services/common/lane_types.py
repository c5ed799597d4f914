"""The vocabulary of lane processing: a record, what a handler makes of it, and the handler itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

from services.common.topics import Topic

Decoded = TypeVar("Decoded")


class PoisonRecord(ValueError):
    """A record that can never be processed; it goes to the dead topic and the lane moves on."""


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """One Kafka record of one lane: a batch."""

    topic: str
    partition: int
    offset: int
    lane: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to write to the partition of its lane; key None means the lane is the key.

    lane None means the lane of the record that brings it about.
    """

    topic: Topic
    value: bytes
    key: bytes | None = None
    lane: int | None = None


@dataclass(frozen=True, slots=True)
class LaneOutcome:
    """What a handler wants after one record.

    puts: state key to new bytes, None deletes. deadlines: member to due time in ms, None removes.
    members: (set name, member) to True (add) or False (remove); sets serve look-ups by query APIs.
    """

    outputs: Sequence[Outgoing] = ()
    puts: Mapping[str, bytes | None] = field(default_factory=dict)
    deadlines: Mapping[str, int | None] = field(default_factory=dict)
    members: Mapping[tuple[str, str], bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restored:
    """State that one snapshot record carries: for its lane, up to `positions` (full topic name to offset)."""

    lane: int
    outcome: LaneOutcome
    positions: Mapping[str, int]


class LaneHandler(Protocol[Decoded]):
    """One service's verbs, pure but for its codec: decode, say which state is wanted, decide."""

    def decode(self, record: LaneRecord) -> Decoded:
        """The record as domain facts; PoisonRecord when it cannot be read."""

    def wanted(self, decoded: Decoded) -> Sequence[str]:
        """State keys that `decide` needs."""

    def decide(
        self, record: LaneRecord, decoded: Decoded, state: Mapping[str, bytes], now_ms: int
    ) -> LaneOutcome:
        """The outputs and the new state. Must give the same ids for the same record and state."""

    def restore(self, topic: Topic, value: bytes) -> Restored | None:
        """State carried by a record of one of the service's snapshot topics; None when it carries none."""


class Fold(Protocol):
    """Gathers snapshot records whose meaning depends on one another, during one rebuild."""

    def add(self, topic: Topic, value: bytes) -> Iterable[Restored]:
        """Take a record, in the order of its partition; give back state already certain."""

    def finish(self) -> Iterable[Restored]:
        """State that could only be known once every record was read."""


@runtime_checkable
class FoldingHandler(Protocol):
    """A handler whose state is not carried whole by single records: it is asked for a fresh fold per rebuild."""

    def fold(self) -> Fold:
        """An empty fold."""
