"""Providers of a kind: chosen by weight, avoided while they fail or are slow, well again by themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.settings import REPOSITORY
from services.notifier.adapters.sending_file import load_sending
from services.notifier.channels.catalogue import channel_forms
from services.notifier.domain.message import Address, AddressKind
from services.notifier.domain.notices import DeliveryStatus, Progress
from services.notifier.domain.planner import Attempt, SendingPolicy, decide, on_receipt
from services.notifier.domain.providers import (
    ProviderPolicy,
    Recent,
    chosen,
    draw_of,
    of_arrival,
    of_attempt,
)
from services.notifier.domain.recipients import NOWHERE, Reach, Ways
from services.notifier.domain.results import (
    Reason,
    SendResult,
    accepted,
    give_up,
    retry,
    switch,
    unknown_outcome,
)
from services.notifier.domain.templates import TemplateWrong

NOW = 1_700_000_000_000
FILE = REPOSITORY / "deploy/templates/sending.yaml"
POLICY = ProviderPolicy(kinds={"sms": {"a": 50.0, "b": 30.0, "c": 20.0}})
SENDING = SendingPolicy()
ADDRESS = Address("GW-1", "532301", mobile="13800138001")
ON = dict.fromkeys(("a", "b", "c", "mail"), AddressKind.MOBILE) | {"mail": AddressKind.EMAIL}


def test_messages_spread_by_weight_and_a_repetition_goes_the_same_way() -> None:
    """Of many notices each provider gets its share; the same attempt always draws the same."""
    weights = dict(POLICY.kinds["sms"])
    drawn = Counter(chosen(weights, draw_of(f"n-{n}", 1)) for n in range(4000))
    assert all(abs(drawn[name] / 40 - weight) < 4 for name, weight in weights.items())
    assert draw_of("n-1", 1) == draw_of("n-1", 1) != draw_of("n-1", 2)
    assert chosen(weights, 0.999, best=True) == "a"
    assert {chosen({"a": 0.0, "b": 0.0}, draw) for draw in (0.0, 0.9)} == {"a", "b"}
    assert chosen({"a": 0.0, "b": 1.0}, 0.0) == "b"


@given(st.floats(0, 1, exclude_max=True), st.lists(st.floats(0, 100), min_size=1, max_size=5))
def test_a_choice_is_always_one_of_those_given(draw: float, weights: list[float]) -> None:
    """Whatever the weights and the draw; what weighs nothing is only taken when all weigh nothing."""
    given_ = {str(n): weight for n, weight in enumerate(weights)}
    name = chosen(given_, draw)
    assert given_[name] > 0 or not any(weights)


@given(st.floats(0, 500), st.floats(0, 1), st.floats(0, 500), st.floats(0, 1))
def test_failing_and_slowness_each_lower_the_weight(
    asked: float, failed: float, timed: float, slow: float
) -> None:
    """Never below the least share nor above the resting weight, and each fault by itself counts."""
    recent = Recent(asked, asked * failed, timed, timed * slow)
    weight = POLICY.weight("sms", "a", recent)
    assert 50 * POLICY.least <= weight <= 50
    assert weight <= POLICY.weight("sms", "a", replace(recent, slow=0.0))
    assert weight <= POLICY.weight("sms", "a", replace(recent, failed=0.0))


def test_one_bad_answer_turns_little_and_forgetting_heals() -> None:
    """A single failure costs less than half; twenty leave the least; halved four times it is most of the way back."""
    one = POLICY.weight("sms", "a", Recent(asked=1, failed=1))
    assert 25 < one < 50
    assert POLICY.weight("sms", "a", Recent(asked=20, failed=20)) == 50 * POLICY.least
    healing = [
        POLICY.weight("sms", "a", Recent(asked=20 / 2**n, failed=20 / 2**n)) for n in range(8)
    ]
    assert healing == sorted(healing)
    assert healing[4] > 25


def test_what_an_answer_says_of_a_provider() -> None:
    """A wrong number is no fault of the provider; a refusal says nothing of its pace; a late answer is slow."""
    assert of_attempt(accepted(), 3_001, POLICY) == Recent(1, 0, 1, 1)
    assert of_attempt(give_up(Reason.BAD_ADDRESS), 10, POLICY) == Recent(1, 0, 1, 0)
    assert of_attempt(retry(Reason.GATEWAY_ERROR), 9_999, POLICY) == Recent(1, 1)
    assert of_attempt(unknown_outcome(), 8_000, POLICY) == Recent(1, 1, 1, 1)
    assert of_arrival(60_000, POLICY) == Recent(timed=1)
    assert of_arrival(60_001, POLICY) == Recent(timed=1, slow=1)


def _tried(before: Progress, channel: str, result: SendResult, ways: Ways) -> Progress:
    return decide(before, Attempt(channel, 0, result, ways), SENDING, NOW)


def test_a_provider_that_cannot_deliver_is_spent_for_the_notice() -> None:
    """The next of the kind is tried at once, and again the next; when all are spent, the next place of the order."""
    first = _tried(Progress(), "a", give_up(Reason.BAD_TEMPLATE), Ways(2, 1))
    second = _tried(first, "b", switch(Reason.NO_BALANCE), Ways(1, 1))
    third = _tried(second, "c", give_up(Reason.REFUSED), Ways(0, 1))
    assert [one.spent for one in (first, second, third)] == [("a",), ("a", "b"), ()]
    assert [one.channel_index for one in (first, second, third)] == [0, 0, 1]
    assert {one.due_ms for one in (first, second, third)} == {NOW}
    assert _tried(second, "c", give_up(Reason.REFUSED), NOWHERE).status is DeliveryStatus.FAILED


def test_an_outage_goes_to_another_provider_without_a_wait() -> None:
    """A gateway that is down costs no back-off while another is there; only a whole round of failures does."""
    down = retry(Reason.GATEWAY_ERROR, after_ms=600_000)
    first = _tried(Progress(), "a", down, Ways(1, None))
    second = _tried(first, "b", retry(Reason.GATEWAY_ERROR), Ways(1, None))
    assert (first.status, first.due_ms, first.spent) == (DeliveryStatus.RETRYING, NOW, ())
    assert second.due_ms == NOW + SENDING.back_off(1)
    steps = [second]
    while steps[-1].status is DeliveryStatus.RETRYING:
        steps.append(_tried(steps[-1], "a", retry(Reason.GATEWAY_ERROR), Ways(1, None)))
    assert steps[-1].attempts == 2 * SENDING.tries_per_channel


def test_a_phones_no_goes_where_it_can_help() -> None:
    """What the carrier of one provider blocks, another may carry; a number that does not exist, none can."""
    sent = Progress(DeliveryStatus.SENT, 1, 1, 0, "a", Reason.OK)
    blocked = on_receipt(sent, Reason.NUMBER_BLOCKED, Ways(1, 1), NOW)
    assert (blocked.channel_index, blocked.spent, blocked.due_ms) == (0, ("a",), NOW)
    gone = on_receipt(sent, Reason.NO_SUCH_NUMBER, Ways(1, 1), NOW)
    assert (gone.channel_index, gone.spent) == (1, ())


@given(st.lists(st.booleans(), min_size=30, max_size=30), st.integers(1, 3))
def test_a_kind_comes_to_an_end(spends: list[bool], providers: int) -> None:
    """However often providers are spent or fail for the moment, attempts are bounded, and the end is named."""
    step, attempts = Progress(), 0
    while step.status in (DeliveryStatus.PENDING, DeliveryStatus.RETRYING):
        left = [name for name in "abc"[:providers] if name not in step.spent]
        result = give_up(Reason.REFUSED) if spends[attempts % 30] else retry(Reason.GATEWAY_ERROR)
        step = _tried(step, left[0], result, Ways(len(left) - 1, None))
        attempts += 1
    assert step.status is DeliveryStatus.FAILED
    assert attempts <= SENDING.tries_per_channel * providers * (providers + 1) // 2


def test_a_place_of_the_order_stands_for_all_that_reach_the_person() -> None:
    """A kind is its providers that are on and have an address; a place with nobody left is passed over."""
    reach = Reach(("mail", "sms", "b"), [ADDRESS], ON, POLICY)
    assert [reach.at(index) for index in range(3)] == [[], ["a", "b", "c"], ["b"]]
    assert reach.first_from(0) == 1
    assert reach.first_from(1, ("a", "b", "c")) == 2
    assert reach.ways(1, "a", ("c",)) == Ways(1, 2)
    assert reach.ways(2, "b", ()) == NOWHERE


def test_a_second_device_is_tried_after_the_first() -> None:
    """Each entry stands for every device that has an address for it; a group has no second device."""
    second = Address("GW-1", "532301", mobile="13900139000")
    on = {**ON, "robot": AddressKind.GROUP}
    reach = Reach(("mail", "a", "robot"), [ADDRESS, second], on, POLICY)
    assert [reach.at(index) for index in range(6)] == [[], [], ["a"], ["a"], ["robot"], []]
    assert reach.first_from(0) == 2
    assert reach.ways(2, "a", ()) == Ways(0, 3)
    assert reach.ways(3, "a", ()) == Ways(0, 4)
    assert (reach.device(3), reach.entry(3)) == (1, "a")


def test_the_sending_page_is_read_strictly(tmp_path: Path) -> None:
    """The shipped numbers load, and name every channel there is; what is wrong is named with its place."""
    page = load_sending(FILE)
    assert page.policy.back_off_ms == (2_000, 10_000, 60_000)
    assert page.per_minute["dingtalk_robot"] == 18
    assert set(page.providers.behind("sms")) < set(channel_forms())
    assert page.providers.failing.half_in_ms == 60_000
    assert (page.person.per_hour, page.spread.duties_ms) == (30, 60_000)
    wrong = tmp_path / "sending.yaml"
    for old, new, said in (
        ("tries_per_channel: 3", "tries_per_channel: 3\nretries: 3", "unknown 'retries'"),
        ("smpp: 50}", "smp: 50}", "kinds.sms: unknown 'smp'"),
        ("  sms: {", "  smtp: {", "kinds.smtp: is a channel"),
        ("least: 0.05", "least: 5", "health.least: is 5, must be between 0 and 1"),
        ("duties_s: 60", "duties_s: 90", "spread.duties_s: is 90, must be between 0 and 60"),
        ("bundle_most: 40", "bundle_most: 1", "person.bundle_most: is 1, must be between 2"),
    ):
        wrong.write_text(FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        with pytest.raises(TemplateWrong, match=said) as refused:
            load_sending(wrong)
        assert str(wrong) in str(refused.value)
