"""The pure planner: from how far a notice has got and what the gateway said, to what comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from services.notifier.domain.notices import DeliveryStatus, Progress
from services.notifier.domain.recipients import NOWHERE, Ways
from services.notifier.domain.results import Reason, SendResult, SendStatus

# Another provider would meet the same: the number or the phone is the reason.
_SAME_EVERYWHERE = frozenset(
    {Reason.NO_SUCH_NUMBER, Reason.PHONE_UNREACHABLE, Reason.NOT_ANSWERED, Reason.NUMBER_BUSY}
)


@dataclass(frozen=True, slots=True)
class SendingPolicy:
    """The numbers of deploy/templates/sending.yaml. tries_per_channel: of a kind, each provider has so many."""

    tries_per_channel: int = 3
    back_off_ms: tuple[int, ...] = (2_000, 10_000, 60_000)
    # A wait longer than this goes to the next channel when there is one.
    patience_ms: int = 30_000
    receipt_within_ms: int = 24 * 3_600_000
    # Waits before a platform is asked for a receipt that did not come: the first since the message left, then each
    # since the last asking; the last one repeats. Empty: it is never asked.
    ask_receipt_ms: tuple[int, ...] = ()
    link_valid_ms: int = 72 * 3_600_000

    def back_off(self, tries: int) -> int:
        """The wait after the given number of tries; the last figure repeats."""
        return self.back_off_ms[min(tries, len(self.back_off_ms)) - 1]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was made: on which of the recipient's channels, and what the gateway said.

    ways: what else could reach the recipient.
    repeat_safe: the gateway recognises a repeated message, so an unknown outcome may be retried.
    asks: the platform can be asked what became of the message.
    """

    channel: str
    channel_index: int
    result: SendResult
    ways: Ways = NOWHERE
    repeat_safe: bool = False
    asks: bool = False


def decide(before: Progress, attempt: Attempt, policy: SendingPolicy, now_ms: int) -> Progress:
    """How far the notice has got after this attempt."""
    tried = replace(
        before,
        attempts=before.attempts + 1,
        tries=before.tries + 1,
        channel=attempt.channel,
        channel_index=attempt.channel_index,
        reason=attempt.result.reason,
        provider_message_id=attempt.result.provider_message_id,
        due_ms=0,
        looks=0,
    )
    return _DECISIONS[attempt.result.status](tried, attempt, policy, now_ms)


def on_receipt(sent: Progress, said: Reason, ways: Ways, now_ms: int) -> Progress:
    """After the phone's receipt: delivered (said OK), or on to another way, or failed for what it said."""
    if said is Reason.OK:
        return replace(sent, status=DeliveryStatus.DELIVERED, reason=Reason.OK, due_ms=0)
    refused = replace(sent, reason=said)
    if said in _SAME_EVERYWHERE:
        return _next_channel(refused, ways.next_index, now_ms)
    return _elsewhere(refused, ways, now_ms)


def receipt_awaited(sent: Progress, policy: SendingPolicy, now_ms: int) -> Progress:
    """Still no receipt, not even when asked for: unconfirmed when the policy's time is over, else asked again later."""
    last_ms = sent.sent_ms + policy.receipt_within_ms
    if now_ms >= last_ms or not policy.ask_receipt_ms:
        return receipt_overdue(sent)
    return replace(
        sent, looks=sent.looks + 1, due_ms=_ask_at(sent.looks + 1, policy, now_ms, last_ms)
    )


def receipt_overdue(sent: Progress) -> Progress:
    """No receipt came within the policy's time."""
    return replace(sent, status=DeliveryStatus.UNCONFIRMED, reason=Reason.NO_RECEIPT, due_ms=0)


def no_longer_needed(before: Progress, why: Reason = Reason.CASE_MOVED_ON) -> Progress:
    """The case moved on before the message left: nothing is sent, and that is on record."""
    return replace(before, status=DeliveryStatus.OVERTAKEN, reason=why, due_ms=0)


def undeliverable(before: Progress, reason: Reason) -> Progress:
    """Nobody and nothing left to try."""
    return replace(before, status=DeliveryStatus.FAILED, reason=reason, due_ms=0)


def supersedes(known: Progress, new: Progress) -> bool:
    """Whether a newly recorded step replaces the known one. Steps are totally ordered: see `rank`."""
    return rank(new) > rank(known)


def rank(step: Progress) -> tuple[int, int, int, int]:
    """The place of a step in the one order that decides, whatever order records and callbacks come in.

    A phone's "delivered" outranks everything. Else the later attempt counts; within one attempt, what is known
    outranks what is not: sent, then unconfirmed, then refused and going on, then at an end.
    """
    if step.status is DeliveryStatus.DELIVERED:
        return (1, 0, 0, 0)
    return (0, step.attempts, _WITHIN_AN_ATTEMPT[step.status], step.looks)


def _ask_at(asked: int, policy: SendingPolicy, now_ms: int, last_ms: int) -> int:
    waits = policy.ask_receipt_ms
    return min(last_ms, now_ms + waits[min(asked, len(waits) - 1)])


def _accepted(tried: Progress, attempt: Attempt, policy: SendingPolicy, now_ms: int) -> Progress:
    due = now_ms + policy.receipt_within_ms
    if attempt.asks and policy.ask_receipt_ms:
        due = _ask_at(0, policy, now_ms, due)
    return replace(tried, status=DeliveryStatus.SENT, due_ms=due, sent_ms=now_ms)


def _delivered(tried: Progress, _: Attempt, __: SendingPolicy, now_ms: int) -> Progress:
    return replace(tried, status=DeliveryStatus.DELIVERED, sent_ms=now_ms)


def _retry(tried: Progress, attempt: Attempt, policy: SendingPolicy, now_ms: int) -> Progress:
    """The providers of a kind take turns without a wait; each round of them is followed by one."""
    ways = attempt.ways
    rounds, in_round = divmod(tried.tries, ways.others + 1)
    if in_round:
        return replace(tried, status=DeliveryStatus.RETRYING, due_ms=now_ms)
    wait = max(attempt.result.after_ms, policy.back_off(rounds))
    worn_out = rounds >= policy.tries_per_channel
    impatient = wait > policy.patience_ms and ways.next_index is not None
    if worn_out or impatient:
        return _next_channel(tried, ways.next_index, now_ms)
    return replace(tried, status=DeliveryStatus.RETRYING, due_ms=now_ms + wait)


def _give_up(tried: Progress, attempt: Attempt, _: SendingPolicy, now_ms: int) -> Progress:
    return _elsewhere(tried, attempt.ways, now_ms)


def _switch(tried: Progress, attempt: Attempt, policy: SendingPolicy, now_ms: int) -> Progress:
    if attempt.ways == NOWHERE:
        return _retry(tried, attempt, policy, now_ms)
    return _elsewhere(tried, attempt.ways, now_ms)


def _unknown(tried: Progress, attempt: Attempt, policy: SendingPolicy, now_ms: int) -> Progress:
    """A second message to the phone is worse than an honest "unconfirmed": the ladder follows up."""
    if attempt.repeat_safe and tried.tries < policy.tries_per_channel:
        # By the same provider: only that one knows the message again.
        alone = replace(attempt, ways=Ways(0, attempt.ways.next_index))
        return _retry(tried, alone, policy, now_ms)
    return replace(tried, status=DeliveryStatus.UNCONFIRMED)


def _elsewhere(tried: Progress, ways: Ways, now_ms: int) -> Progress:
    """The provider is spent for this notice: another of its kind, else the next channel."""
    if not ways.others:
        return _next_channel(tried, ways.next_index, now_ms)
    return replace(
        tried,
        status=DeliveryStatus.RETRYING,
        spent=(*tried.spent, tried.channel),
        tries=0,
        due_ms=now_ms,
    )


def _next_channel(tried: Progress, next_index: int | None, now_ms: int) -> Progress:
    if next_index is None:
        return undeliverable(tried, tried.reason)
    return replace(
        tried,
        status=DeliveryStatus.RETRYING,
        channel_index=next_index,
        tries=0,
        spent=(),
        due_ms=now_ms,
    )


_WITHIN_AN_ATTEMPT: Mapping[DeliveryStatus, int] = {
    DeliveryStatus.PENDING: 0,
    DeliveryStatus.SENT: 1,
    DeliveryStatus.UNCONFIRMED: 2,
    DeliveryStatus.RETRYING: 3,
    DeliveryStatus.OVERTAKEN: 4,
    DeliveryStatus.BUNDLED: 5,
    DeliveryStatus.FAILED: 6,
}
_Decision = Callable[[Progress, Attempt, SendingPolicy, int], Progress]
_DECISIONS: Mapping[SendStatus, _Decision] = {
    SendStatus.ACCEPTED: _accepted,
    SendStatus.DELIVERED: _delivered,
    SendStatus.RETRY: _retry,
    SendStatus.GIVE_UP: _give_up,
    SendStatus.MISCONFIGURED: _give_up,
    SendStatus.SWITCH_PROVIDER: _switch,
    SendStatus.UNKNOWN_OUTCOME: _unknown,
}
