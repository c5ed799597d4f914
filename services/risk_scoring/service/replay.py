"""As-of replay: derives a subject's past decisions again from the log, and compares them byte for byte.

Each event is rated by the version of the pack that is stamped in its decision, upon the state that the
decisions before it left. What persons did to a level comes from the ledger of cases; it was applied where its
decision stands among the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from sanse.risk.v1 import risk_pb2
from services.common.lane_types import LaneRecord, PoisonRecord
from services.common.lanes import lane_of, partition_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.risk_scoring.adapters.cases_codec import read_ledger
from services.risk_scoring.adapters.events_codec import EventsReader, opened
from services.risk_scoring.adapters.log_reader import read_partition
from services.risk_scoring.adapters.pack_versions import PackVersions
from services.risk_scoring.adapters.risk_codec import decisions_in, encoded
from services.risk_scoring.domain.change import LevelChange
from services.risk_scoring.domain.decide import decide
from services.risk_scoring.domain.moves import moved
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.ratchet import follow

# A pack by id and version.
Versions = Callable[[str, str], Pack]
WHOLE = "bytes"
_RATED = ("assessment", "incident")
_MOVING = ("household_move", "profile_carried")


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
    changes = changes_of(mine(Topic.CASES), subject_id)
    found = compare(stand, events_of(mine(Topic.EVENTS), subject_id, as_of_ms), versions, changes)
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


def changes_of(records: Iterable[LaneRecord], subject_id: str) -> Mapping[str, LevelChange]:
    """What persons did to the levels of a subject, by the id of the change."""
    found: dict[str, LevelChange] = {}
    for record in records:
        try:
            changes = read_ledger(record.value).changes
        except PoisonRecord:
            continue
        found.update({one.change_id: one for one in changes if one.subject_id == subject_id})
    return found


def compare(
    stand: Sequence[bytes],
    events: Iterable[Any],
    versions: Versions,
    changes: Mapping[str, LevelChange] | None = None,
) -> list[Compared]:
    """Derive the decisions again and compare each that stands."""
    parsed = [(raw, risk_pb2.RiskDecision.FromString(raw)) for raw in stand]
    history = _History(versions, [one for _, one in parsed], changes or {})
    for event in events:
        history.apply(event)
    history.follow_until("")
    return [_compared(raw, one, history.derived.get(one.decision_id)) for raw, one in parsed]


class _History:
    """A subject's profile as the replay goes, and the bytes of the decisions derived."""

    def __init__(
        self,
        versions: Versions,
        stand: Sequence[risk_pb2.RiskDecision],
        changes: Mapping[str, LevelChange],
    ) -> None:
        self._changes = changes
        self._waiting = deque(stand)
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
        if event.event_id in self._stamped:
            self.follow_until(event.event_id)
        before = self._profile
        if event.WhichOneof("body") in _MOVING:
            self._move(event)
            return
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

    def follow_until(self, event_id: str) -> None:
        """Apply what persons did before the decision on an event; "" applies all that is left."""
        while self._waiting and (not event_id or self._waiting[0].event_id != event_id):
            one = self._waiting.popleft()
            change = self._changes.get(one.event_id)
            if change is None or one.event_kind != "case":
                continue
            pack = self._versions(one.pack_id, one.pack_version)
            followed = follow(self._profile, change, pack, pack.dwell)
            self._profile = followed.profile
            if followed.decision is not None:
                self.derived[followed.decision.decision_id] = encoded(followed.decision)

    def _move(self, event: Any) -> None:
        """A household left or came; each pack that decided on it is taken in the version it did so with."""
        stamps = self._stamped.get(event.event_id, {})
        packs = {pack_id: self._versions(pack_id, version) for pack_id, version in stamps}
        report = EventsReader(packs).report(event)
        if report is None or report.moving is None:
            return
        result = moved(self._profile, report, report.moving, packs)
        self._profile = result.profile
        for decision in result.decisions:
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
