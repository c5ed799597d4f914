"""The lane's step: new notices become pending, recorded deliveries move them on. No network call here.

State of a lane: n:<notice> the notice, s:<notice> its progress, d:<delivery> each delivery,
p:<channel>:<message id> the delivery awaiting that receipt (one for each part of a long message),
r:<official> the official's newest notice here.
The deadline of a notice is real time, 0 for "at once".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.common.lane_types import LaneOutcome, LaneRecord, PoisonRecord, Restored
from services.common.topics import Topic, TopicNames
from services.notifier.adapters import codec
from services.notifier.adapters.codec import Delivery, RawNotice
from services.notifier.adapters.receipt_index import receipt_key
from services.notifier.domain.notices import DeliveryStatus, Progress
from services.notifier.domain.parts import part_ids
from services.notifier.domain.planner import supersedes

_PENDING = codec.progress_bytes(Progress())


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one record says: notices, or deliveries."""

    notices: Sequence[RawNotice] = ()
    deliveries: Sequence[Delivery] = ()


@dataclass(frozen=True, slots=True)
class _Change:
    """Changes to a lane, gathered."""

    puts: dict[str, bytes | None] = field(default_factory=dict)
    deadlines: dict[str, int | None] = field(default_factory=dict)
    members: dict[tuple[str, str], bool] = field(default_factory=dict)

    def outcome(self) -> LaneOutcome:
        """As the lane store takes it."""
        return LaneOutcome((), self.puts, self.deadlines, self.members)


class NoticeHandler:
    """Keeps the state of notices; the sender acts on it."""

    def __init__(self, names: TopicNames) -> None:
        self._deliveries = names(Topic.DELIVERIES)

    def decode(self, record: LaneRecord) -> Arrived:
        """Notices or deliveries, by topic."""
        if record.topic == self._deliveries:
            return Arrived(deliveries=codec.read_deliveries(record.value))
        return Arrived(notices=codec.read_notices(record.value))

    def wanted(self, decoded: Arrived) -> Sequence[str]:
        """The progress of every notice the record is about."""
        ids = [item.notice.notice_id for item in decoded.notices]
        ids += [delivery.notice_id for delivery in decoded.deliveries]
        return [state_key(notice_id) for notice_id in ids]

    def decide(
        self, record: LaneRecord, decoded: Arrived, state: Mapping[str, bytes], now_ms: int
    ) -> LaneOutcome:
        """Pending for notices not yet known; the newest step for deliveries."""
        change = _Change()
        for item in decoded.notices:
            if state_key(item.notice.notice_id) not in state:
                _accept(change, item)
        for delivery in decoded.deliveries:
            self._step(change, delivery, state)
        return change.outcome()

    def _step(self, change: _Change, delivery: Delivery, state: Mapping[str, bytes]) -> None:
        """A record may hold several steps of one notice: the later sees the earlier."""
        key = state_key(delivery.notice_id)
        known = change.puts.get(key) or state.get(key)
        _enter(change, delivery)
        if known is None or supersedes(codec.read_progress(known), delivery.after):
            _advance(change, delivery)

    def restore(self, topic: Topic, value: bytes) -> Restored | None:
        """What one record says by itself; a rebuild uses `fold`, which knows what came before."""
        return next(iter(self.fold().add(topic, value)), None)

    def fold(self) -> NoticeFold:
        """An empty fold for one rebuild."""
        return NoticeFold()


class NoticeFold:
    """Rebuilds progress from the log: notices first, as pending; then deliveries, by the step's own rule."""

    def __init__(self) -> None:
        self._progress: dict[str, Progress] = {}

    def add(self, topic: Topic, value: bytes) -> Iterable[Restored]:
        """One record of a snapshot topic, in the order of its partition."""
        change = _Change()
        add = self._add_notices if topic is Topic.NOTICES else self._add_deliveries
        lane = add(change, value)
        return () if lane is None else (Restored(lane, change.outcome(), {}),)

    def finish(self) -> Iterable[Restored]:
        """Nothing: every record was certain when it was read."""
        return ()

    def _add_notices(self, change: _Change, value: bytes) -> int | None:
        try:
            for item in codec.read_notices(value):
                _accept(change, item)
        except PoisonRecord:
            return None
        return codec.lane_of_notices(value)

    def _add_deliveries(self, change: _Change, value: bytes) -> int | None:
        try:
            deliveries = codec.read_deliveries(value)
        except PoisonRecord:
            return None
        for delivery in deliveries:
            _enter(change, delivery)
            if supersedes(self._progress.get(delivery.notice_id, Progress()), delivery.after):
                self._progress[delivery.notice_id] = delivery.after
                _advance(change, delivery)
        return codec.lane_of_deliveries(value)


def state_key(notice_id: str) -> str:
    """Where a notice's progress is stored."""
    return f"s:{notice_id}"


def notice_key(notice_id: str) -> str:
    """Where a notice is stored."""
    return f"n:{notice_id}"


def delivery_key(delivery_id: str) -> str:
    """Where one delivery is stored."""
    return f"d:{delivery_id}"


def recent_key(official_id: str) -> str:
    """Where the newest notice to an official in this lane is stored."""
    return f"r:{official_id}"


def case_set(case_id: str) -> str:
    """The set of delivery ids of a case."""
    return f"case:{case_id}"


def _accept(change: _Change, item: RawNotice) -> None:
    notice = item.notice
    change.puts[notice_key(notice.notice_id)] = item.raw
    change.puts[state_key(notice.notice_id)] = _PENDING
    change.puts[recent_key(notice.recipient_id)] = item.raw
    change.deadlines[notice.notice_id] = 0


def _enter(change: _Change, delivery: Delivery) -> None:
    """Keep the delivery for whoever asks what was sent about the case."""
    raw = codec.delivery_message(delivery).SerializeToString()
    change.puts[delivery_key(delivery.delivery_id)] = raw
    change.members[(case_set(delivery.case_id), delivery.delivery_id)] = True


def _advance(change: _Change, delivery: Delivery) -> None:
    after = delivery.after
    final = after.status.final
    change.puts[state_key(delivery.notice_id)] = codec.progress_bytes(after)
    change.deadlines[delivery.notice_id] = None if final else after.due_ms
    if after.provider_message_id:
        waits = after.status is DeliveryStatus.SENT
        raw = codec.delivery_message(delivery).SerializeToString() if waits else None
        for part_id in part_ids(after.provider_message_id):
            change.puts[receipt_key(after.channel, part_id)] = raw
