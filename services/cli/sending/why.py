"""Why somebody was, or was not, told: each notice of a case, step by step, in the words of officials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sanse.notify.v1 import notify_pb2, notify_service_pb2
from services.cli.sending.texts import KINDS, REASONS, STATUSES, advice, say, word
from services.common.clock import to_local

_PENDING = "unspecified"


def why_lines(case_id: str, told: notify_service_pb2.GetDeliveriesResponse) -> Iterator[str]:
    """Notice by notice: whom, by which channel, what the gateway said, and what comes next."""
    if not told.notices:
        yield say("why.nothing", case=case_id)
    for notice in told.notices:
        who = _who(notice.recipient_id, told.posts)
        kind = word(KINDS, _name(notify_pb2.NoticeKind.Name(notice.kind), "NOTICE_KIND_"))
        head = say("why.notice", at=_minute(notice.created_at_ms), kind=kind, who=who)
        yield _because(head, notice, told.posts)
        for step in told.deliveries:
            if step.notice_id == notice.notice_id:
                yield _step(step)
        yield from _replies(notice.notice_id, told)
        yield _state(told.states[notice.notice_id])


def _because(head: str, notice: notify_pb2.Notice, posts: Mapping[str, str]) -> str:
    """A message that comes from the rules of a person says so."""
    if notice.follows:
        at = _minute(notice.not_before_ms)
        return say("why.follows", head=head, channel=notice.only_channel, at=at)
    if notice.stands_in_for:
        return say("why.stands_in", head=head, who=_who(notice.stands_in_for, posts))
    return head


def _who(official_id: str, posts: Mapping[str, str]) -> str:
    """By post: contact data stay on the roster."""
    if official_id not in posts:
        return say("why.not_on_roster", id=official_id)
    return say("why.who", post=posts[official_id], id=official_id)


def _step(step: notify_pb2.Delivery) -> str:
    reason = word(REASONS, step.reason)
    if step.provider_code:
        reason += say("why.code", code=step.provider_code)
    return say(
        "why.step",
        at=_minute(step.at_ms),
        attempt=step.attempt,
        channel=step.channel or "—",
        status=word(STATUSES, status_name(step.status)),
        reason=reason,
    )


def _replies(notice_id: str, told: notify_service_pb2.GetDeliveriesResponse) -> Iterator[str]:
    for reply in told.replies:
        if reply.notice_id == notice_id:
            who = _who(reply.official_id, told.posts)
            yield say("why.reply", at=_minute(reply.at_ms), who=who, outcome=reply.outcome)


def _state(state: notify_pb2.NoticeState) -> str:
    status = status_name(state.status)
    key = "next.pending" if status == _PENDING else f"next.{status}"
    following = say(key, at=_minute(state.next_try_ms), advice=advice(state.last_reason))
    return say("why.state", status=word(STATUSES, status), next=following)


def status_name(status: notify_pb2.DeliveryStatus.ValueType) -> str:
    """A status as the tables of words name it."""
    return _name(notify_pb2.DeliveryStatus.Name(status), "DELIVERY_STATUS_")


def _name(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()


def _minute(at_ms: int) -> str:
    return f"{to_local(at_ms):%m-%d %H:%M:%S}"
