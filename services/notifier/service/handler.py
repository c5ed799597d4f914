"""The lane's step: new notices become pending, recorded deliveries move them on. No network call here.

State of a lane: n:<notice> the notice, s:<notice> its progress, d:<delivery> each delivery,
p:<channel>:<message id> the delivery awaiting that receipt (one for each part of a long message),
r:<official> the official's newest notices here, one a case; k:<case> where the case stands; y:<reply> each reply.
The deadline of a notice is real time, 0 for "at once"; one that follows another has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.common.lane_types import LaneOutcome, LaneRecord, PoisonRecord, Restored
from services.common.notice_progress import state_key as state_key
from services.common.topics import Topic, TopicNames
from services.notifier.adapters import codec, view_codec
from services.notifier.adapters.case_views import view_key
from services.notifier.adapters.codec import Delivery, RawNotice, ReplyTaken
from services.notifier.adapters.receipt_index import receipt_key
from services.notifier.domain.notices import NO_CASE, DeliveryStatus, Progress
from services.notifier.domain.parts import part_ids
from services.notifier.domain.planner import supersedes
from services.notifier.domain.standing import CaseView


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one record says: notices, deliveries and replies, or how cases stand."""

    notices: Sequence[RawNotice] = ()
    deliveries: Sequence[Delivery] = ()
    replies: Sequence[ReplyTaken] = ()
    cases: Sequence[CaseView] = ()


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
        self._cases = names(Topic.CASES)

    def decode(self, record: LaneRecord) -> Arrived:
        """Notices, deliveries or cases, by topic."""
        if record.topic == self._deliveries:
            steps, replies = codec.read_deliveries(record.value), codec.read_replies(record.value)
            return Arrived(deliveries=steps, replies=replies)
        if record.topic == self._cases:
            return Arrived(cases=view_codec.read_cases(record.value))
        return Arrived(notices=codec.read_notices(record.value))

    def wanted(self, decoded: Arrived) -> Sequence[str]:
        """The progress of every notice the record is about, its recipient's newest ones, and its cases."""
        ids = [item.notice.notice_id for item in decoded.notices]
        ids += [delivery.notice_id for delivery in decoded.deliveries]
        keys = [state_key(notice_id) for notice_id in ids]
        keys += [recent_key(item.notice.recipient_id) for item in decoded.notices]
        return keys + [view_key(case.case_id) for case in decoded.cases]

    def decide(
        self, record: LaneRecord, decoded: Arrived, state: Mapping[str, bytes], now_ms: int
    ) -> LaneOutcome:
        """Pending for notices not yet known; the newest step for deliveries."""
        change = _Change()
        for item in decoded.notices:
            if state_key(item.notice.notice_id) not in state:
                key = recent_key(item.notice.recipient_id)
                _accept(change, item, change.puts.get(key) or state.get(key), now_ms)
        for delivery in decoded.deliveries:
            self._step(change, delivery, state)
        for reply in decoded.replies:
            _keep_reply(change, reply)
        for case in decoded.cases:
            key = view_key(case.case_id)
            _see(change, case, change.puts.get(key) or state.get(key))
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
        # Of what stands under these keys the newest is needed to say what comes next.
        self._known: dict[str, bytes] = {}

    def add(self, topic: Topic, value: bytes) -> Iterable[Restored]:
        """One record of a snapshot topic, in the order of its partition."""
        change = _Change()
        add = {Topic.NOTICES: self._add_notices, Topic.CASES: self._add_cases}
        lane = add.get(topic, self._add_deliveries)(change, value)
        return () if lane is None else (Restored(lane, change.outcome(), {}),)

    def finish(self) -> Iterable[Restored]:
        """Nothing: every record was certain when it was read."""
        return ()

    def _add_notices(self, change: _Change, value: bytes) -> int | None:
        try:
            for item in codec.read_notices(value):
                key = recent_key(item.notice.recipient_id)
                _accept(change, item, self._known.get(key), 0)
                self._known[key] = change.puts.get(key) or self._known.get(key, b"")
        except PoisonRecord:
            return None
        return codec.lane_of_notices(value)

    def _add_cases(self, change: _Change, value: bytes) -> int | None:
        try:
            for case in view_codec.read_cases(value):
                key = view_key(case.case_id)
                _see(change, case, self._known.get(key))
                self._known[key] = change.puts.get(key) or self._known[key]
        except PoisonRecord:
            return None
        return view_codec.lane_of_cases(value)

    def _add_deliveries(self, change: _Change, value: bytes) -> int | None:
        try:
            deliveries = codec.read_deliveries(value)
        except PoisonRecord:
            return None
        for reply in codec.read_replies(value):
            _keep_reply(change, reply)
        for delivery in deliveries:
            _enter(change, delivery)
            if supersedes(self._progress.get(delivery.notice_id, Progress()), delivery.after):
                self._progress[delivery.notice_id] = delivery.after
                _advance(change, delivery)
        return codec.lane_of_deliveries(value)


def notice_key(notice_id: str) -> str:
    """Where a notice is stored."""
    return f"n:{notice_id}"


def delivery_key(delivery_id: str) -> str:
    """Where one delivery is stored."""
    return f"d:{delivery_id}"


def recent_key(official_id: str) -> str:
    """Where the newest notices to an official in this lane are stored."""
    return f"r:{official_id}"


def reply_key(reply_id: str) -> str:
    """Where one reply is stored."""
    return f"y:{reply_id}"


def notices_set(case_id: str) -> str:
    """The set of ids of the notices about a case, also those that are about other cases as well."""
    return f"told:{case_id}"


def replies_set(case_id: str) -> str:
    """The set of ids of the replies about a case."""
    return f"replies:{case_id}"


def case_set(case_id: str) -> str:
    """The set of delivery ids of a case."""
    return f"case:{case_id}"


def _accept(change: _Change, item: RawNotice, recent: bytes | None, seen_ms: int) -> None:
    """Make a notice pending. seen_ms: now; 0 in a rebuild, which cannot know."""
    notice = item.notice
    change.puts[notice_key(notice.notice_id)] = item.raw
    due_ms = notice.not_before_ms
    # Its time counts from when it is due.
    waiting = Progress(due_ms=due_ms, seen_ms=max(seen_ms, due_ms))
    change.puts[state_key(notice.notice_id)] = codec.progress_bytes(waiting)
    if notice.kind not in NO_CASE and not notice.follows:
        change.puts[recent_key(notice.recipient_id)] = codec.newest_of_each_case(recent, item)
    change.deadlines[notice.notice_id] = due_ms
    # What is about no case is looked up by nobody by a case.
    for case_id in filter(None, (notice.case_id, *notice.other_case_ids)):
        change.members[(notices_set(case_id), notice.notice_id)] = True


def _keep_reply(change: _Change, reply: ReplyTaken) -> None:
    if not reply.case_id:
        return  # The log keeps what is about no case; nobody asks the lane for it.
    change.puts[reply_key(reply.reply_id)] = codec.reply_message(reply).SerializeToString()
    change.members[(replies_set(reply.case_id), reply.reply_id)] = True


def _see(change: _Change, case: CaseView, known: bytes | None) -> None:
    """How a case stands, unless something newer is known."""
    if known is None or view_codec.read_view(known).sequence < case.sequence:
        change.puts[view_key(case.case_id)] = view_codec.view_bytes(case)


def _enter(change: _Change, delivery: Delivery) -> None:
    """Keep the delivery for whoever asks what was sent about the case."""
    raw = codec.delivery_message(delivery).SerializeToString()
    change.puts[delivery_key(delivery.delivery_id)] = raw
    if delivery.case_id:
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
