"""The lane's step and the rebuild from the log agree, whatever the order and however often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sanse.notify.v1 import notify_pb2
from services.common.ids import derived_id
from services.common.lane_types import LaneOutcome, LaneRecord
from services.common.topics import Topic, TopicNames
from services.notifier.adapters import codec
from services.notifier.adapters.codec import Delivery
from services.notifier.adapters.receipt_index import receipt_key
from services.notifier.domain.notices import DeliveryStatus, Progress
from services.notifier.service.handler import NoticeHandler, delivery_key, notices_set, state_key

NAMES = TopicNames("t")
HANDLER = NoticeHandler(NAMES)
IDS = [derived_id("notice", number) for number in range(3)]
LANE = 7

steps = st.builds(
    Progress,
    status=st.sampled_from([status for status in DeliveryStatus if status]),
    attempts=st.integers(1, 4),
    channel_index=st.integers(0, 2),
    channel=st.just("aliyun_sms"),
    provider_message_id=st.sampled_from(["", "m1", "m2", "m3 m4"]),
    due_ms=st.integers(1, 100),
)
deliveries = st.builds(
    lambda notice_id, after: Delivery(
        derived_id(notice_id, after.attempts, after.status.name),
        notice_id,
        "case",
        "GW-1",
        "OK",
        1,
        after,
    ),
    st.sampled_from(IDS),
    steps,
)


class Lane:
    """A lane's state as the store keeps it."""

    def __init__(self) -> None:
        self.state: dict[str, bytes] = {}
        self.due: dict[str, int] = {}
        self.members: set[tuple[str, str]] = set()

    def apply(self, outcome: LaneOutcome) -> None:
        """Write a change."""
        for key, value in outcome.puts.items():
            self.state.pop(key, None) if value is None else self.state.update({key: value})
        for member, at in outcome.deadlines.items():
            self.due.pop(member, None) if at is None else self.due.update({member: at})
        self.members |= {member for member, add in outcome.members.items() if add}

    def step(self, topic: Topic, value: bytes, offset: int) -> None:
        """What the runtime does with one record."""
        record = LaneRecord(NAMES(topic), 0, offset, LANE, value)
        self.apply(HANDLER.decide(record, HANDLER.decode(record), self.state, 0))


def _notices() -> bytes:
    items = [notify_pb2.Notice(notice_id=one, subject_id="H1", recipient_id="GW-1") for one in IDS]
    return notify_pb2.NoticeBatch(lane=LANE, notices=items).SerializeToString()


def _stepped(batches: Sequence[bytes]) -> Lane:
    lane = Lane()
    lane.step(Topic.NOTICES, _notices(), 0)
    for offset, value in enumerate(batches):
        lane.step(Topic.DELIVERIES, value, offset)
    return lane


def _rebuilt(batches: Sequence[bytes]) -> Lane:
    lane, fold = Lane(), HANDLER.fold()
    for topic, value in [
        (Topic.NOTICES, _notices()),
        *((Topic.DELIVERIES, value) for value in batches),
    ]:
        for restored in fold.add(topic, value):
            assert restored.lane == LANE
            lane.apply(restored.outcome)
    return lane


@given(st.lists(st.lists(deliveries, min_size=1, max_size=3), max_size=8))
def test_a_rebuild_gives_the_state_that_was_lost(batches: list[list[Delivery]]) -> None:
    """Folding the log from its start equals having lived through it."""
    values = [codec.delivery_batch(LANE, batch) for batch in batches]
    lived, rebuilt = _stepped(values), _rebuilt(values)
    assert lived.state == rebuilt.state
    assert lived.due == rebuilt.due
    assert lived.members == rebuilt.members


@given(st.lists(st.lists(deliveries, min_size=1, max_size=3), max_size=6))
def test_the_same_records_again_change_nothing(batches: list[list[Delivery]]) -> None:
    """Notices and deliveries read twice leave every notice's progress as it was."""
    values = [codec.delivery_batch(LANE, batch) for batch in batches]
    lane = _stepped(values)
    ended = {
        notice_id
        for notice_id in IDS
        if codec.read_progress(lane.state[state_key(notice_id)]).status.final
    }
    lane.step(Topic.NOTICES, _notices(), 0)
    for offset, value in enumerate(values):
        lane.step(Topic.DELIVERIES, value, offset)
    for notice_id in ended:
        assert codec.read_progress(lane.state[state_key(notice_id)]).status.final
        assert notice_id not in lane.due


def test_a_new_notice_is_due_at_once() -> None:
    """Pending, with a deadline before any time."""
    lane = _stepped([])
    assert lane.due == dict.fromkeys(IDS, 0)


def test_a_notice_keeps_when_it_was_first_had() -> None:
    """The moment of the step that took it in; read again later, it stays."""
    lane = Lane()
    record = LaneRecord(NAMES(Topic.NOTICES), 0, 0, LANE, _notices())
    for now_ms in (1000, 2000):
        lane.apply(HANDLER.decide(record, HANDLER.decode(record), lane.state, now_ms))
    seen = {codec.read_progress(lane.state[state_key(one)]).seen_ms for one in IDS}
    assert seen == {1000}


def test_a_notice_about_several_cases_is_found_under_each() -> None:
    """Who asks why nobody was told of the second case, finds the message that named it."""
    item = notify_pb2.Notice(
        notice_id=IDS[0], subject_id="H1", recipient_id="GW-1", case_id="c1", other_case_ids=["c2"]
    )
    lane = Lane()
    value = notify_pb2.NoticeBatch(lane=LANE, notices=[item]).SerializeToString()
    lane.step(Topic.NOTICES, value, 0)
    assert {(notices_set("c1"), IDS[0]), (notices_set("c2"), IDS[0])} <= lane.members


@given(deliveries)
def test_what_has_ended_has_no_deadline(delivery: Delivery) -> None:
    """The sweep never finds a notice that is final, and always one that is not."""
    lane = _stepped([codec.delivery_batch(LANE, [delivery])])
    assert (delivery.notice_id in lane.due) is not delivery.after.status.final


def test_every_part_of_a_long_message_finds_it_and_moves_nothing_by_itself() -> None:
    """Each part's receipt leads to the delivery until the message has ended; one part's arrival is only kept."""
    sent = Progress(DeliveryStatus.SENT, 1, 1, 0, "cmpp", provider_message_id="m1 m2", due_ms=9)
    base = Delivery("sent", IDS[0], "case", "GW-1", "", 1, sent)
    part = replace(base, delivery_id="part", provider_code="DELIVRD part 1/2")
    lane = _stepped([codec.delivery_batch(LANE, [base]), codec.delivery_batch(LANE, [part])])
    keys = [receipt_key("cmpp", one) for one in ("m1", "m2")]
    assert [codec.read_delivery(lane.state[key]) for key in keys] == [base, base]
    assert delivery_key("part") in lane.state
    assert codec.read_progress(lane.state[state_key(IDS[0])]) == sent
    ended = replace(base, delivery_id="end", after=replace(sent, status=DeliveryStatus.DELIVERED))
    lane.step(Topic.DELIVERIES, codec.delivery_batch(LANE, [ended]), 3)
    assert not any(key in lane.state for key in keys)


@given(steps)
def test_progress_survives_the_wire(progress: Progress) -> None:
    """What is stored is what is read."""
    assert codec.read_progress(codec.progress_bytes(progress)) == progress
