"""Between protobuf and the domain's facts; protobuf classes stop here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from google.protobuf.message import DecodeError

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from sanse.notify.v1 import notify_pb2
from services.common.crypto import Sealed
from services.common.lane_types import PoisonRecord
from services.common.terms import Level, NoticeColour, Tier
from services.notifier.adapters.bulletin_codec import counts_of, gaps_of
from services.notifier.domain.notices import (
    DeliveryStatus,
    NextAct,
    Notice,
    NoticeKind,
    Progress,
)
from services.notifier.domain.order import is_red
from services.notifier.domain.results import Reason

# An official's open cases are spread over 256 lanes: more than these in one is rare.
RECENT_CASES = 8


@dataclass(frozen=True, slots=True)
class RawNotice:
    """A notice and the bytes it came in."""

    notice: Notice
    raw: bytes


@dataclass(frozen=True, slots=True)
class ReplyTaken:
    """An SMS reply and what became of it. `text` and `number` are sealed, as bytes of a SealedText."""

    reply_id: str
    channel: str
    official_id: str
    outcome: str
    at_ms: int
    case_id: str = ""
    notice_id: str = ""
    command_id: str = ""
    text: bytes = b""
    number: bytes = b""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One step in the life of one notice, with the progress after it."""

    delivery_id: str
    notice_id: str
    case_id: str
    recipient_id: str
    provider_code: str
    at_ms: int
    after: Progress
    # What a carrier charges for this step's message.
    segments: int = 0
    jurisdiction_code: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Held messages that a second person let go: of a county (unit), or more tests of an official."""

    by: str
    at_ms: int
    messages: int
    unit: str = ""
    tests_of: str = ""


def read_notices(value: bytes) -> list[RawNotice]:
    """The notices a record has to send; PoisonRecord when it cannot be read. One grouped into another is not sent."""
    try:
        batch = notify_pb2.NoticeBatch.FromString(value)
        own = [item for item in batch.notices if not item.grouped_into]
        found = [RawNotice(_notice(item), item.SerializeToString()) for item in own]
        for item in found:
            # Links carry the id's 16 bytes.
            UUID(item.notice.notice_id)
    except (DecodeError, ValueError) as wrong:
        raise PoisonRecord(f"not a NoticeBatch: {wrong}") from wrong
    if any(not item.notice.subject_id for item in found):
        raise PoisonRecord("a notice without subject_id")
    return found


def has_red(value: bytes) -> bool:
    """Whether a record tells somebody of something red; one that cannot be read does not."""
    try:
        return any(map(is_red, notify_pb2.NoticeBatch.FromString(value).notices))
    except DecodeError:
        return False


def read_notice(raw: bytes) -> Notice:
    """One stored notice."""
    return _notice(notify_pb2.Notice.FromString(raw))


def newest_of_each_case(known: bytes | None, item: RawNotice) -> bytes:
    """An official's newest notices in a lane with one more: one for each case, newest last, not above a few."""
    batch = notify_pb2.NoticeBatch.FromString(known or b"")
    case_id = item.notice.case_id
    kept = [one for one in batch.notices if one.case_id != case_id]
    notices = [*kept, notify_pb2.Notice.FromString(item.raw)][-RECENT_CASES:]
    return notify_pb2.NoticeBatch(notices=notices).SerializeToString()


def read_recent(raw: bytes) -> list[Notice]:
    """An official's newest notices in a lane, newest last."""
    return [_notice(item) for item in notify_pb2.NoticeBatch.FromString(raw).notices]


def read_deliveries(value: bytes) -> list[Delivery]:
    """The deliveries of a record; PoisonRecord when it cannot be read."""
    try:
        batch = notify_pb2.DeliveryBatch.FromString(value)
        return [_delivery(item) for item in batch.deliveries]
    except (DecodeError, ValueError) as wrong:
        raise PoisonRecord(f"not a DeliveryBatch: {wrong}") from wrong


def read_replies(value: bytes) -> list[ReplyTaken]:
    """The replies of a record of the deliveries topic that can be read."""
    return [_reply(item) for item in notify_pb2.DeliveryBatch.FromString(value).replies]


def read_reply(raw: bytes) -> ReplyTaken:
    """One stored reply."""
    return _reply(notify_pb2.Reply.FromString(raw))


def reply_batch(lane: int, reply: ReplyTaken) -> bytes:
    """The value of a record on the deliveries topic for one reply."""
    batch = notify_pb2.DeliveryBatch(lane=lane, replies=[reply_message(reply)])
    return batch.SerializeToString()


def reply_message(reply: ReplyTaken) -> notify_pb2.Reply:
    """One reply on the wire."""
    return notify_pb2.Reply(
        reply_id=reply.reply_id,
        channel=reply.channel,
        official_id=reply.official_id,
        outcome=reply.outcome,
        case_id=reply.case_id,
        notice_id=reply.notice_id,
        command_id=reply.command_id,
        at_ms=reply.at_ms,
        text=common_pb2.SealedText.FromString(reply.text),
        number=common_pb2.SealedText.FromString(reply.number),
    )


def release_batch(lane: int, release: Release) -> bytes:
    """The value of a record on the deliveries topic for one release."""
    one = notify_pb2.Release(
        official_id=release.by,
        at_ms=release.at_ms,
        messages=release.messages,
        jurisdiction_code=release.unit,
        tests_of=release.tests_of,
    )
    return notify_pb2.DeliveryBatch(lane=lane, releases=[one]).SerializeToString()


def sealed_bytes(sealed: Sealed) -> bytes:
    """A sealed text as it is stored."""
    return common_pb2.SealedText(
        key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext
    ).SerializeToString()


def notice_batch(lane: int, notice: Notice) -> bytes:
    """The value of a record on the notices topic, for a message the notifier itself owes."""
    return notify_pb2.NoticeBatch(lane=lane, notices=[notice_message(notice)]).SerializeToString()


def notice_message(notice: Notice) -> notify_pb2.Notice:
    """One notice on the wire."""
    return notify_pb2.Notice(
        notice_id=notice.notice_id,
        case_id=notice.case_id,
        case_no=notice.case_no,
        subject_id=notice.subject_id,
        kind=notify_pb2.NoticeKind.ValueType(notice.kind.value),
        colour=cases_pb2.NoticeColour.ValueType(notice.colour.value),
        serial_no=notice.serial_no,
        level=common_pb2.Level.ValueType(notice.level.value),
        tier=common_pb2.Tier.ValueType(notice.tier.value),
        recipient_id=notice.recipient_id,
        jurisdiction_code=notice.jurisdiction_code,
        act=cases_pb2.NextAct.ValueType(notice.act.value),
        act_due_ms=notice.act_due_ms,
        created_at_ms=notice.created_at_ms,
        accepted_at_ms=notice.accepted_at_ms,
        pack_id=notice.pack_id,
        duty_ids=notice.duty_ids,
        official_no=notice.official_no,
        other_case_ids=notice.other_case_ids,
        other_case_nos=notice.other_case_nos,
        obligation=notice.obligation,
        answer=notice.answer,
        waiting_case_nos=notice.waiting_case_nos,
        only_channel=notice.only_channel,
        others_waiting=notice.others_waiting,
        part_ids=[notice_id for _, notice_id in notice.parts],
        part_lanes=[lane for lane, _ in notice.parts],
        not_before_ms=notice.not_before_ms,
        follows=notice.follows,
        stands_in_for=notice.stands_in_for,
    )


def lane_of_notices(value: bytes) -> int:
    """The lane a NoticeBatch belongs to."""
    return notify_pb2.NoticeBatch.FromString(value).lane


def lane_of_deliveries(value: bytes) -> int:
    """The lane a DeliveryBatch belongs to."""
    return notify_pb2.DeliveryBatch.FromString(value).lane


def delivery_batch(lane: int, deliveries: Iterable[Delivery]) -> bytes:
    """The value of a record on the deliveries topic."""
    batch = notify_pb2.DeliveryBatch(lane=lane)
    batch.deliveries.extend(delivery_message(delivery) for delivery in deliveries)
    return batch.SerializeToString()


def delivery_message(delivery: Delivery) -> notify_pb2.Delivery:
    """One delivery on the wire."""
    after = delivery.after
    return notify_pb2.Delivery(
        delivery_id=delivery.delivery_id,
        notice_id=delivery.notice_id,
        case_id=delivery.case_id,
        recipient_id=delivery.recipient_id,
        attempt=after.attempts,
        channel=after.channel,
        status=_wire_status(after.status),
        reason=after.reason.value,
        provider_code=delivery.provider_code,
        provider_message_id=after.provider_message_id,
        at_ms=delivery.at_ms,
        final=after.status.final,
        after=state_message(after),
        segments=delivery.segments,
        jurisdiction_code=delivery.jurisdiction_code,
    )


def read_delivery(raw: bytes) -> Delivery:
    """One stored delivery."""
    return _delivery(notify_pb2.Delivery.FromString(raw))


def progress_bytes(progress: Progress) -> bytes:
    """Progress as it is stored in a lane."""
    return state_message(progress).SerializeToString()


def read_progress(raw: bytes) -> Progress:
    """Stored progress."""
    return _progress(notify_pb2.NoticeState.FromString(raw))


def _notice(item: notify_pb2.Notice) -> Notice:
    return Notice(
        notice_id=item.notice_id,
        case_id=item.case_id,
        case_no=item.case_no,
        subject_id=item.subject_id,
        kind=NoticeKind(item.kind),
        colour=NoticeColour(item.colour),
        serial_no=item.serial_no,
        level=Level(item.level),
        tier=Tier(item.tier),
        recipient_id=item.recipient_id,
        jurisdiction_code=item.jurisdiction_code,
        act=NextAct(item.act),
        act_due_ms=item.act_due_ms,
        created_at_ms=item.created_at_ms,
        accepted_at_ms=item.accepted_at_ms,
        pack_id=item.pack_id,
        duty_ids=tuple(item.duty_ids),
        official_no=item.official_no,
        other_case_ids=tuple(item.other_case_ids),
        other_case_nos=tuple(item.other_case_nos),
        obligation=item.obligation,
        answer=item.answer,
        waiting_case_nos=tuple(item.waiting_case_nos),
        only_channel=item.only_channel,
        others_waiting=item.others_waiting,
        parts=tuple(zip(item.part_lanes, item.part_ids, strict=True)),
        not_before_ms=item.not_before_ms,
        follows=item.follows,
        stands_in_for=item.stands_in_for,
        counts=counts_of(item),
        gaps=gaps_of(item),
    )


def _reply(item: notify_pb2.Reply) -> ReplyTaken:
    return ReplyTaken(
        reply_id=item.reply_id,
        channel=item.channel,
        official_id=item.official_id,
        outcome=item.outcome,
        at_ms=item.at_ms,
        case_id=item.case_id,
        notice_id=item.notice_id,
        command_id=item.command_id,
        text=item.text.SerializeToString(),
        number=item.number.SerializeToString(),
    )


def _delivery(item: notify_pb2.Delivery) -> Delivery:
    return Delivery(
        delivery_id=item.delivery_id,
        notice_id=item.notice_id,
        case_id=item.case_id,
        recipient_id=item.recipient_id,
        provider_code=item.provider_code,
        at_ms=item.at_ms,
        after=_progress(item.after),
        segments=item.segments,
        jurisdiction_code=item.jurisdiction_code,
    )


def state_message(progress: Progress) -> notify_pb2.NoticeState:
    """Progress on the wire, without the notice."""
    return notify_pb2.NoticeState(
        status=_wire_status(progress.status),
        attempts=progress.attempts,
        tries=progress.tries,
        channel_index=progress.channel_index,
        channel=progress.channel,
        last_reason=progress.reason.value,
        provider_message_id=progress.provider_message_id,
        next_try_ms=progress.due_ms,
        looks=progress.looks,
        spent=progress.spent,
        seen_ms=progress.seen_ms,
        sent_ms=progress.sent_ms,
    )


def _progress(state: notify_pb2.NoticeState) -> Progress:
    return Progress(
        status=DeliveryStatus(state.status),
        attempts=state.attempts,
        tries=state.tries,
        channel_index=state.channel_index,
        channel=state.channel,
        reason=Reason(state.last_reason),
        provider_message_id=state.provider_message_id,
        due_ms=state.next_try_ms,
        looks=state.looks,
        spent=tuple(state.spent),
        seen_ms=state.seen_ms,
        sent_ms=state.sent_ms,
    )


def _wire_status(status: DeliveryStatus) -> notify_pb2.DeliveryStatus.ValueType:
    """The same number; PENDING is the wire's "unspecified"."""
    return notify_pb2.DeliveryStatus.ValueType(status.value)
