"""As-of replay: derives a subject's past decisions again from the log, and compares them byte for byte.

Each event is rated by the version of the pack that is stamped in its decision, upon the state that the
decisions before it left. Inputs of another kind than events (a person's lowering) join in `_History.apply`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from sanse.risk.v1 import risk_pb2
from services.common.lane_types import LaneRecord, PoisonRecord
from services.common.lanes import lane_of, partition_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.risk_scoring.adapters.events_codec import EventsReader, opened
from services.risk_scoring.adapters.log_reader import read_partition
from services.risk_scoring.adapters.pack_versions import PackVersions
from services.risk_scoring.adapters.risk_codec import decisions_in, encoded
from services.risk_scoring.domain.decide import decide
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile

# A pack by id and version.
Versions = Callable[[str, str], Pack]
WHOLE = "bytes"
_RATED = ("assessment", "incident")


class Fate(StrEnum):
    """What the replay says of a decision that stands on the log."""

    EQUAL = "equal"
    DIFFERS = "differs"
    # The log holds no event that gives it.
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that stands with one value and is derived with another; WHOLE when only the bytes differ."""

    field: str
    stands: str
    replayed: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One decision on the log beside the one derived again."""

    stands: risk_pb2.RiskDecision
    fate: Fate
    differences: tuple[Difference, ...] = ()


def replay_subject(
    settings: CommonSettings, subject_id: str, as_of_ms: int, decision_id: str = ""
) -> list[Compared]:
    """Compare the decisions on a subject made up to a moment, or only one of them.

    PackError when a version that is stamped in a decision has no file any more; LogAway without a broker.
    """
    lane = lane_of(subject_id)
    partition = partition_of(lane, settings.partitions)

    def mine(topic: Topic) -> Iterator[LaneRecord]:
        needle = subject_id.encode()
        for record in read_partition(settings, topic, partition):
            if record.lane == lane and needle in record.value:
                yield record

    stand = standing(mine(Topic.RISK), subject_id, as_of_ms)
    versions = PackVersions(settings.packs_dir).get
    found = compare(stand, events_of(mine(Topic.EVENTS), subject_id, as_of_ms), versions)
    return [one for one in found if decision_id in ("", one.stands.decision_id)]


def standing(records: Iterable[LaneRecord], subject_id: str, as_of_ms: int) -> list[bytes]:
    """The decisions on a subject as they stand, those of a repeated batch too."""
    found = []
    for record in records:
        for raw in decisions_in(record.value):
            one = risk_pb2.RiskDecision.FromString(raw)
            if one.subject_id == subject_id and one.decided_at_ms <= as_of_ms:
                found.append(raw)
    return found


def events_of(records: Iterable[LaneRecord], subject_id: str, as_of_ms: int) -> Iterator[Any]:
    """The events of a subject accepted up to a moment, in the order of the log."""
    for record in records:
        try:
            events = opened(record.value).events
        except PoisonRecord:
            # It was buried by the worker, and no decision came of it.
            continue
        for event in events:
            if event.subject_id == subject_id and event.accepted_at_ms <= as_of_ms:
                yield event


def compare(stand: Sequence[bytes], events: Iterable[Any], versions: Versions) -> list[Compared]:
    """Derive the decisions again and compare each that stands."""
    parsed = [(raw, risk_pb2.RiskDecision.FromString(raw)) for raw in stand]
    history = _History(versions, [one for _, one in parsed])
    for event in events:
        history.apply(event)
    return [_compared(raw, one, history.derived.get(one.decision_id)) for raw, one in parsed]


class _History:
    """A subject's profile as the replay goes, and the bytes of the decisions derived."""

    def __init__(self, versions: Versions, stand: Sequence[risk_pb2.RiskDecision]) -> None:
        self.derived: dict[str, bytes] = {}
        self._versions = versions
        self._profile = Profile(stand[0].subject_id if stand else "")
        # A worker killed between sending and storing may have decided an event again with a newer pack:
        # all versions are compared, and the last one's state counts.
        self._stamped: dict[str, dict[tuple[str, str], None]] = {}
        for one in stand:
            self._stamped.setdefault(one.event_id, {})[one.pack_id, one.pack_version] = None

    def apply(self, event: Any) -> None:
        """Decide an event as it was decided. A rated kind that no decision names left no trace."""
        before = self._profile
        if event.WhichOneof("body") not in _RATED:
            # No pack rates it, but it may change what is known of the subject.
            report = EventsReader({}).report(event)
            self._profile = decide(before, report).profile if report else before
        for pack_id, version in self._stamped.get(event.event_id, ()):
            report = EventsReader({pack_id: self._versions(pack_id, version)}).report(event)
            if report is None:
                continue
            self._profile, decision, _ = decide(before, report)
            if decision is not None:
                self.derived[decision.decision_id] = encoded(decision)


def _compared(raw: bytes, stands: risk_pb2.RiskDecision, derived: bytes | None) -> Compared:
    if derived is None:
        return Compared(stands, Fate.MISSING)
    if derived == raw:
        return Compared(stands, Fate.EQUAL)
    again = risk_pb2.RiskDecision.FromString(derived)
    fields = [
        Difference(field.name, _words(stands, field), _words(again, field))
        for field in risk_pb2.RiskDecision.DESCRIPTOR.fields
        if getattr(stands, field.name) != getattr(again, field.name)
    ]
    return Compared(
        stands, Fate.DIFFERS, tuple(fields or [Difference(WHOLE, raw.hex(), derived.hex())])
    )


def _words(message: risk_pb2.RiskDecision, field: FieldDescriptor) -> str:
    value = getattr(message, field.name)
    return " ".join(str(value).split()) if not isinstance(value, bytes) else value.hex()
