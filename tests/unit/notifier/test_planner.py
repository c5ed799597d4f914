"""Laws of the planner: what every notice, whatever gateways answer, can rely on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.notices import DeliveryStatus, Progress
from services.notifier.domain.planner import (
    Attempt,
    SendingPolicy,
    decide,
    on_receipt,
    rank,
    receipt_awaited,
    receipt_overdue,
    supersedes,
    undeliverable,
)
from services.notifier.domain.recipients import NOWHERE, Ways
from services.notifier.domain.results import Reason, SendResult, SendStatus

NOW = 1_700_000_000_000
POLICY = SendingPolicy()
results = st.builds(
    SendResult,
    st.sampled_from(SendStatus),
    st.sampled_from(Reason),
    after_ms=st.sampled_from([0, 1_000, 15_000, 600_000]),
)
progresses = st.builds(
    Progress,
    status=st.sampled_from(DeliveryStatus),
    attempts=st.integers(0, 6),
    tries=st.integers(0, 3),
    channel_index=st.integers(0, 3),
    due_ms=st.just(NOW),
    looks=st.integers(0, 2),
)


def _run(answers: list[SendResult], channels: int, repeat_safe: bool) -> list[Progress]:
    """All steps of one notice that gets these answers one after another, the last for ever."""
    steps = [Progress()]
    for number in range(100):
        index = steps[-1].channel_index
        following = Ways(0, index + 1 if index + 1 < channels else None)
        answer = answers[min(number, len(answers) - 1)]
        attempt = Attempt(f"channel-{index}", index, answer, following, repeat_safe)
        steps.append(decide(steps[-1], attempt, POLICY, NOW))
        if steps[-1].status is not DeliveryStatus.RETRYING:
            return steps
    return steps


@given(st.lists(results, min_size=1, max_size=20), st.integers(1, 4), st.booleans())
def test_every_notice_comes_to_an_end(
    answers: list[SendResult], channels: int, repeat_safe: bool
) -> None:
    """After at most tries × channels attempts a notice is final, or waits for one receipt."""
    steps = _run(answers, channels, repeat_safe)
    assert len(steps) - 1 <= POLICY.tries_per_channel * channels
    assert steps[-1].status.final or steps[-1].status is DeliveryStatus.SENT


@given(st.lists(results, min_size=1, max_size=20), st.integers(1, 4), st.booleans())
def test_attempts_count_and_channels_only_go_forward(
    answers: list[SendResult], channels: int, repeat_safe: bool
) -> None:
    """Each step is one attempt more, and never returns to an earlier channel."""
    steps = _run(answers, channels, repeat_safe)
    for before, after in pairwise(steps):
        assert after.attempts == before.attempts + 1
        assert after.channel_index in (before.channel_index, before.channel_index + 1)
        assert after.tries <= POLICY.tries_per_channel


@given(st.lists(results, min_size=1, max_size=20), st.integers(1, 4))
def test_a_message_that_may_have_arrived_is_not_sent_again(
    answers: list[SendResult], channels: int
) -> None:
    """A yes, or no answer from a gateway without a duplicate check, ends the attempts."""
    steps = _run(answers, channels, repeat_safe=False)
    certain = (SendStatus.ACCEPTED, SendStatus.DELIVERED, SendStatus.UNKNOWN_OUTCOME)
    used = answers[: len(steps) - 2]
    assert all(answer.status not in certain for answer in used)


@given(progresses, results)
def test_a_wait_is_never_shorter_than_the_gateway_asks(
    before: Progress, result: SendResult
) -> None:
    """On the same channel, the next try comes after the gateway's own wish and our back-off."""
    after = decide(before, Attempt("a", before.channel_index, result), POLICY, NOW)
    if after.status is DeliveryStatus.RETRYING:
        assert after.due_ms >= NOW + result.after_ms
        assert after.due_ms >= NOW + min(POLICY.back_off_ms)


def test_a_long_wait_goes_to_the_next_channel() -> None:
    """Ten minutes are too long while another channel is there; alone, it waits."""
    locked = SendResult(SendStatus.RETRY, Reason.THROTTLED, after_ms=600_000)
    elsewhere = decide(Progress(), Attempt("robot", 0, locked, Ways(0, 1)), POLICY, NOW)
    alone = decide(Progress(), Attempt("robot", 0, locked), POLICY, NOW)
    assert (elsewhere.channel_index, elsewhere.due_ms) == (1, NOW)
    assert (alone.channel_index, alone.due_ms) == (0, NOW + 600_000)


def test_back_off_repeats_its_last_figure() -> None:
    """2 s, 10 s, 60 s, and 60 s from there on."""
    assert [POLICY.back_off(tries) for tries in (1, 2, 3, 4, 9)] == [
        2_000,
        10_000,
        60_000,
        60_000,
        60_000,
    ]


@given(progresses)
def test_a_failed_receipt_uses_the_next_channel_or_fails(sent: Progress) -> None:
    """The phone's no is an answer like a gateway's no."""
    further = on_receipt(sent, Reason.NO_SUCH_NUMBER, Ways(0, sent.channel_index + 1), NOW)
    assert (further.status, further.tries) == (DeliveryStatus.RETRYING, 0)
    assert on_receipt(sent, Reason.NO_SUCH_NUMBER, NOWHERE, NOW).status is DeliveryStatus.FAILED
    assert on_receipt(sent, Reason.OK, Ways(0, 1), NOW).status is DeliveryStatus.DELIVERED


@given(st.lists(st.integers(1, 10_000), max_size=4), st.integers(1, 20_000), st.booleans())
def test_a_receipt_is_asked_for_until_its_time_is_over(
    waits: list[int], within: int, asks: bool
) -> None:
    """Each look is later than the one before and no wait is cut short; at the end it is unconfirmed, never open."""
    policy = SendingPolicy(receipt_within_ms=within, ask_receipt_ms=tuple(waits))
    taken = Attempt("a", 0, SendResult(SendStatus.ACCEPTED, Reason.OK), asks=asks)
    step = decide(Progress(), taken, policy, NOW)
    last = NOW + within
    looked, looked_ms = 0, NOW
    while step.status is DeliveryStatus.SENT:
        wait = waits[min(looked, len(waits) - 1)] if waits and asks else within
        at = step.due_ms
        assert at == min(last, looked_ms + wait)
        looked_ms, later = at, receipt_awaited(step, policy, at)
        assert supersedes(step, later)
        step, looked = later, looked + 1
    assert (step.status, step.reason) == (DeliveryStatus.UNCONFIRMED, Reason.NO_RECEIPT)
    assert looked_ms == last


@given(progresses, results)
def test_when_a_message_left_is_kept_through_its_receipt(
    before: Progress, result: SendResult
) -> None:
    """A gateway's yes notes the moment; a receipt of any kind leaves it, and the arrival here, alone."""
    seen = replace(before, seen_ms=NOW - 5)
    after = decide(seen, Attempt("a", before.channel_index, result), POLICY, NOW)
    taken = result.status in (SendStatus.ACCEPTED, SendStatus.DELIVERED)
    assert (after.sent_ms == NOW) is (taken or before.sent_ms == NOW)
    for said in (Reason.OK, Reason.CARRIER_FAULT):
        later = on_receipt(after, said, NOWHERE, NOW + 9)
        assert (later.seen_ms, later.sent_ms) == (NOW - 5, after.sent_ms)


@given(progresses, progresses)
def test_delivered_outranks_everything_and_nothing_outranks_it(a: Progress, b: Progress) -> None:
    """No later or older record takes a delivery back."""
    if a.status is DeliveryStatus.DELIVERED:
        assert not supersedes(a, b)
    elif b.status is DeliveryStatus.DELIVERED:
        assert supersedes(a, b)


@given(progresses, progresses)
def test_an_older_step_never_overwrites_a_newer_one(known: Progress, new: Progress) -> None:
    """Fewer attempts means older, unless it is the phone's own yes."""
    older = new.attempts < known.attempts and known.status is not DeliveryStatus.PENDING
    if older and new.status is not DeliveryStatus.DELIVERED:
        assert not supersedes(known, new)


@given(progresses, progresses)
def test_within_an_attempt_a_known_end_stands(known: Progress, new: Progress) -> None:
    """Failed, or no longer needed, never starts again; "unconfirmed" gives way to what becomes known."""
    ends = (DeliveryStatus.FAILED, DeliveryStatus.OVERTAKEN)
    if known.status in ends and known.attempts == new.attempts and supersedes(known, new):
        assert new.status.final


def _end(steps: Iterable[Progress]) -> Progress:
    """What a lane ends with that reads these steps in this order."""
    known = Progress()
    for step in steps:
        known = step if supersedes(known, step) else known
    return known


@given(st.lists(progresses, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(steps: list[Progress], dice: Random) -> None:
    """Any permutation of the steps, with any of them twice, ends in the same state."""
    shuffled = [*steps, *(step for step in steps if dice.random() < 0.5)]
    dice.shuffle(shuffled)
    assert rank(_end(shuffled)) == rank(_end(steps))
    assert _end(shuffled).status is _end(steps).status


@given(
    st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=8),
    st.permutations(range(8)),
)
def test_the_order_of_callbacks_does_not_matter(
    callbacks: list[tuple[int, bool]], order: list[int]
) -> None:
    """Receipts of three attempts, yes and no, repeated and in any order, end a notice alike."""
    sent = [
        Progress(DeliveryStatus.SENT, number, 1, number - 1, f"channel-{number}", Reason.OK)
        for number in (1, 2, 3)
    ]

    def end(brought: Iterable[tuple[int, bool]]) -> Progress:
        known = sent[-1]
        for number, arrived in brought:
            said = Reason.OK if arrived else Reason.PHONE_UNREACHABLE
            after = on_receipt(sent[number - 1], said, NOWHERE, NOW)
            known = after if supersedes(known, after) else known
        return known

    shuffled = [callbacks[at] for at in order if at < len(callbacks)]
    assert end([*shuffled, *shuffled]).status is end(callbacks).status
    expected = DeliveryStatus.SENT
    if (3, False) in callbacks:
        expected = DeliveryStatus.FAILED
    if any(arrived for _, arrived in callbacks):
        expected = DeliveryStatus.DELIVERED
    assert end(callbacks).status is expected


@given(progresses)
def test_ends_that_the_clock_or_the_roster_causes_are_final(before: Progress) -> None:
    """No receipt in time is unconfirmed; nobody to tell is failed."""
    assert receipt_overdue(before).status is DeliveryStatus.UNCONFIRMED
    assert undeliverable(before, Reason.NO_ADDRESS).status.final
