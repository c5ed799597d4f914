"""Counts the delivery log: messages, parts and ends by unit and channel, and how quick they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.common.divisions import code_at
from services.common.terms import Tier
from services.notifier.adapters.codec import Delivery
from services.notifier.domain.notices import DeliveryStatus
from services.notifier.domain.results import Reason

# The promises: taken by a gateway, and on the phone, so soon after the notice came.
PROCESSED_MS, DELIVERED_MS = 10_000, 60_000
_TAKEN = frozenset({DeliveryStatus.SENT, DeliveryStatus.DELIVERED})
_NOT_SENT = frozenset({DeliveryStatus.OVERTAKEN, DeliveryStatus.BUNDLED})
_UNMAPPED = frozenset({Reason.RECEIPT_CODE_UNKNOWN, Reason.UNKNOWN_CODE})


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `all` kept a promise."""

    kept: int
    all: int

    @property
    def percent(self) -> float:
        """In percent; 100 of nothing."""
        return 100 * self.kept / self.all if self.all else 100.0


@dataclass(slots=True)
class SendingFold:
    """Takes steps in the order of the log; the same step twice counts once.

    Keys of the counts: (division code of the notice, channel).
    """

    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    segments: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[tuple[str, str, DeliveryStatus]] = field(default_factory=Counter)
    # Codes of gateways that no table knows: (channel, code).
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    # Notices that wait for a second person: county of each, by id.
    held: dict[str, str] = field(default_factory=dict)
    _in_time: Counter[tuple[str, str]] = field(default_factory=Counter)
    _of: Counter[tuple[str, str]] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)
    _counted: set[tuple[str, int]] = field(default_factory=set)

    def take(self, step: Delivery, recorded_ms: int) -> None:
        """One step; recorded_ms: real time of its record."""
        if step.delivery_id in self._seen:
            return
        self._seen.add(step.delivery_id)
        self._message(step)
        self.held.pop(step.notice_id, None)
        if step.after.reason is Reason.HELD_FOR_RELEASE:
            self.held[step.notice_id] = code_at(step.jurisdiction_code, Tier.COUNTY)
        if step.after.status.final:
            self._end(step, recorded_ms)
        if step.after.reason in _UNMAPPED:
            self.unmapped[(step.after.channel, step.provider_code)] += 1

    def processed(self) -> Mapping[str, Share]:
        """By channel: messages that a gateway took in time, of all that one took."""
        return self._shares("processed")

    def delivered(self) -> Mapping[str, Share]:
        """By last channel: notices on the phone in time, of all that ended other than by not being needed."""
        return self._shares("delivered")

    def _message(self, step: Delivery) -> None:
        """A message is counted at its first step that says it left, or may have."""
        after = step.after
        one = (step.notice_id, after.attempts)
        if one in self._counted or not (step.segments or after.status in _TAKEN):
            return
        self._counted.add(one)
        key = (step.jurisdiction_code, after.channel)
        self.messages[key] += 1
        self.segments[key] += step.segments
        if after.seen_ms and after.sent_ms:
            self._count("processed", after.channel, after.sent_ms - after.seen_ms <= PROCESSED_MS)

    def _end(self, step: Delivery, recorded_ms: int) -> None:
        after = step.after
        self.ends[(step.jurisdiction_code, after.channel, after.status)] += 1
        if after.status not in _NOT_SENT and after.seen_ms:
            soon = recorded_ms - after.seen_ms <= DELIVERED_MS
            arrived = after.status is DeliveryStatus.DELIVERED
            self._count("delivered", after.channel, arrived and soon)

    def _count(self, what: str, channel: str, in_time: bool) -> None:
        self._of[(what, channel)] += 1
        self._in_time[(what, channel)] += in_time

    def _shares(self, what: str) -> dict[str, Share]:
        return {
            channel: Share(self._in_time[(what, channel)], number)
            for (kind, channel), number in sorted(self._of.items())
            if kind == what
        }
