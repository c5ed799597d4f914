"""Reads the logs of decisions and reviews as facts for the monitors; what was written twice counts once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from sanse.risk.v1 import reviews_pb2, risk_pb2
from services.cli.topic_reader import read_topic
from services.common.settings import CommonSettings
from services.common.terms import Level
from services.common.topics import Topic
from services.risk_scoring.adapters import profile_codec
from services.risk_scoring.domain.agreement import Judged
from services.risk_scoring.domain.misses import PackVersion, Rated, Serious
from services.risk_scoring.domain.reassessment import Due, due_of
from services.risk_scoring.domain.serious import ReviewReason

# Of these the computed level says too little to be agreed with.
_NOT_JUDGED = frozenset(
    {risk_pb2.DECISION_REASON_CANNOT_RATE, risk_pb2.DECISION_REASON_NOT_ASSESSED}
)


def judged(settings: CommonSettings, since_ms: int) -> Iterator[Judged]:
    """The assessments made since a time, with both levels."""
    for decision in _decisions(settings):
        made_since = decision.occurred_at_ms >= since_ms
        if (
            decision.event_kind == "assessment"
            and made_since
            and decision.reason not in _NOT_JUDGED
        ):
            yield Judged(
                decision.jurisdiction_code,
                decision.pack_id,
                decision.pack_version,
                Level(decision.assessor_level),
                Level(decision.computed_level),
            )


def rated(settings: CommonSettings) -> Iterator[Rated]:
    """The level in force after each decision, in the order decided."""
    for decision in _decisions(settings):
        pack = PackVersion(decision.pack_id, decision.pack_version)
        yield Rated(_number(decision.subject_id), pack, Level(decision.level))


def reviews(settings: CommonSettings) -> list[reviews_pb2.ReviewOpened]:
    """The reviews opened, by time of the event."""
    found = {
        review.review_id: review
        for message in read_topic(settings, Topic.REVIEWS)
        for review in reviews_pb2.ReviewBatch.FromString(message.value).opened
    }
    return sorted(found.values(), key=lambda one: (one.event.occurred_at_ms, one.review_id))


def serious(settings: CommonSettings) -> Iterator[Serious]:
    """All serious events, whether they opened a review or not."""
    events: dict[str, reviews_pb2.SeriousEvent] = {}
    for message in read_topic(settings, Topic.REVIEWS):
        batch = reviews_pb2.ReviewBatch.FromString(message.value)
        for event in (*(review.event for review in batch.opened), *batch.warned):
            events[event.event_id] = event
    for event in events.values():
        yield Serious(PackVersion(event.pack_id, event.pack_version), ReviewReason(event.reason))


def dues(settings: CommonSettings) -> Iterable[Due]:
    """When each home is to be assessed again, by its newest profile."""
    newest: dict[str, Due | None] = {}
    for message in read_topic(settings, Topic.PROFILES):
        profile = profile_codec.read(message.value)
        newest[profile.subject_id] = due_of(profile)
    return (due for due in newest.values() if due is not None)


def _decisions(settings: CommonSettings) -> Iterator[risk_pb2.RiskDecision]:
    seen: set[int] = set()
    for message in read_topic(settings, Topic.RISK):
        for decision in risk_pb2.RiskBatch.FromString(message.value).decisions:
            number = _number(decision.decision_id)
            if number not in seen:
                seen.add(number)
                yield decision


def _number(text: str) -> int:
    """Eight bytes that stand for an id: at the size of a prefecture ids themselves would fill the memory."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
