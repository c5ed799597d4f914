"""One contract for all channels, against gateways that answer as the vendors do."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from services.notifier.domain.message import TextContent
from services.notifier.domain.results import Reason, SendStatus
from tests.contract.notifier.rig import ADDRESS, NOTICE_ID, RIGS, SILENCE_S, Rig, message_for, sent
from tests.simulators.client import Simulators

every_channel = pytest.mark.parametrize("rig", RIGS.values(), ids=lambda rig: rig.name)
SUCCESS = {SendStatus.ACCEPTED, SendStatus.DELIVERED}
RECEIPTS = {
    "aliyun_sms",
    "tencent_sms",
    "huawei_sms",
    "huawei_sms_wsse",
    "aliyun_voice",
    "tencent_voice",
    "cmpp_20",
    "cmpp_30",
    "smpp",
}


@pytest.fixture(autouse=True)
def fresh(simulators: Simulators) -> None:
    """No message and no instruction from another test."""
    simulators.reset(everything=True)


@every_channel
def test_a_yes_in_the_body_reaches_the_phone(rig: Rig, simulators: Simulators) -> None:
    """A success shows once on the phone, tied to its notice, with a link to tap."""
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel))
    assert result.reason is Reason.OK
    wanted = SendStatus.ACCEPTED if rig.name in RECEIPTS else SendStatus.DELIVERED
    assert result.status is wanted
    shown = simulators.phone(rig.shown_at).expects("走访")
    assert shown.notice_id == rig.notice_id
    simulators.fails_on_unexpected()


@every_channel
def test_an_sms_keeps_the_gateways_message_id(rig: Rig, simulators: Simulators) -> None:
    """Where a receipt follows, the result carries the id the receipt will name."""
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel))
    assert bool(result.provider_message_id) or rig.name not in RECEIPTS
    if rig.name in RECEIPTS:
        assert simulators.messages()[0].reference == result.provider_message_id


@every_channel
def test_a_refusal_in_an_http_200_is_no_success(rig: Rig, simulators: Simulators) -> None:
    """HTTP 200 with a refusal in the body is never counted as sent."""
    simulators.behave(rig.gateway, "refuse_200")
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel))
    assert result.status not in SUCCESS
    assert result.provider_code
    assert simulators.messages() == []


@every_channel
def test_throttling_asks_for_later_or_elsewhere(rig: Rig, simulators: Simulators) -> None:
    """A throttled message is tried later or on another channel, never dropped or given up."""
    simulators.behave(rig.gateway, "throttle")
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel))
    assert result.reason is Reason.THROTTLED
    assert result.status in {SendStatus.RETRY, SendStatus.SWITCH_PROVIDER}


@every_channel
def test_a_broken_gateway_is_tried_again(rig: Rig, simulators: Simulators) -> None:
    """HTTP 500 means: certainly not sent, try again."""
    simulators.behave(rig.broken_at or rig.gateway, "http_500")
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel))
    assert (result.status, result.reason) == (SendStatus.RETRY, Reason.GATEWAY_ERROR)


@pytest.mark.parametrize("close", [False, True], ids=["silent", "cut off"])
@pytest.mark.parametrize("arrives", [False, True], ids=["lost", "arrives"])
@every_channel
def test_a_lost_answer_is_an_unknown_outcome(
    rig: Rig, simulators: Simulators, close: bool, arrives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the request left and no answer came, nobody knows: neither sent nor failed."""
    monkeypatch.setattr("tests.contract.notifier.rig.TIMEOUT_S", SILENCE_S)
    simulators.behave(rig.gateway, "timeout", close=close, delivered_anyway=arrives, delay_ms=1500)
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel))
    assert (result.status, result.reason) == (SendStatus.UNKNOWN_OUTCOME, Reason.TIMEOUT)
    # The gateway is another process: it may take in what was sent after the sender has given up.
    give_up = time.monotonic() + 10
    while len(simulators.messages()) < int(arrives) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert len(simulators.messages()) == int(arrives)


@every_channel
def test_a_bad_address_is_given_up(rig: Rig, simulators: Simulators) -> None:
    """Nobody is reached at a bad address, now or later."""
    simulators.behave(rig.gateway, "bad_address")
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel))
    assert (result.status, result.reason) == (SendStatus.GIVE_UP, Reason.BAD_ADDRESS)


@every_channel
def test_an_oversize_message_is_given_up(rig: Rig, simulators: Simulators) -> None:
    """A text beyond the gateway's limit is refused here, before it is cut there."""
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel, "长" * rig.too_long))
    assert (result.status, result.reason) == (SendStatus.GIVE_UP, Reason.TOO_LONG)
    assert simulators.messages() == []


@pytest.mark.parametrize(
    "text",
    ["已走访👨‍👩‍👧✅🏠", "𠮷𬭚镇㐂村䶮", "Ürümqi ئۈرۈمچى “—…”"],
    ids=["emoji", "rare han", "other scripts"],
)
@every_channel
def test_rare_characters_arrive_whole(rig: Rig, simulators: Simulators, text: str) -> None:
    """Joined emoji, names beyond the basic plane and other scripts arrive as they were written."""
    channel = rig.make(simulators)
    result = sent(channel, message_for(channel, text))
    assert result.status in SUCCESS
    simulators.phone(rig.shown_at).expects(text)


@every_channel
def test_a_repeated_request_shows_once_where_it_is_called_safe(
    rig: Rig, simulators: Simulators
) -> None:
    """What is sent again after a lost answer: dropped by the other side, exactly where the channel says so."""
    first, again = rig.make(simulators), rig.make(simulators)
    assert sent(first, message_for(first)).status in SUCCESS
    assert sent(again, message_for(again)).status in SUCCESS
    shown = simulators.messages()
    if rig.name == "webhook":
        # This one's receiver drops by the notice's id itself: both requests must carry it.
        assert [message.notice_id for message in shown] == [rig.notice_id] * 2
    else:
        assert len(shown) == (1 if first.repeat_safe else 2)


@every_channel
def test_a_repeat_after_a_refusal_is_no_duplicate(rig: Rig, simulators: Simulators) -> None:
    """What was refused for certain is shown when it is sent again."""
    first, again = rig.make(simulators), rig.make(simulators)
    simulators.behave(rig.gateway, "refuse_200", count=1)
    assert sent(first, message_for(first)).status not in SUCCESS
    assert sent(again, message_for(again), check_duplicates=False).status in SUCCESS
    assert len(simulators.messages()) == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("wecom_robot", "987654"),
        ("wecom_app", "987654"),
        ("wecom_app_button", "987654"),
        ("dingtalk_robot", "987654"),
        ("dingtalk_work", "987654"),
        ("dingtalk_card", "param.notYetInvented"),
        ("feishu_app", "987654"),
        ("feishu_robot", "987654"),
        ("aliyun_sms", "isv.NOT_YET_INVENTED"),
        ("tencent_sms", "FailedOperation.NotYetInvented"),
        ("huawei_sms", "E999999"),
        ("aliyun_voice", "isv.NOT_YET_INVENTED"),
        ("tencent_voice", "FailedOperation.NotYetInvented"),
        ("cmpp_20", "187"),
        ("cmpp_30", "987654"),
        ("smpp", "0x401"),
    ],
)
def test_an_unknown_code_is_a_loud_failure(name: str, code: str, simulators: Simulators) -> None:
    """A code nobody has mapped asks for a person, and is kept."""
    simulators.behave(RIGS[name].gateway, "refuse_200", code=code)
    channel = RIGS[name].make(simulators)
    result = sent(channel, message_for(channel))
    assert (result.status, result.reason) == (SendStatus.MISCONFIGURED, Reason.UNKNOWN_CODE)
    assert result.provider_code == code


@every_channel
def test_an_unreachable_gateway_is_tried_again(rig: Rig, simulators: Simulators) -> None:
    """A refused connection means that nothing left."""
    nowhere = replace_address(simulators)
    channel = rig.make(nowhere)
    result = sent(channel, message_for(channel))
    assert (result.status, result.reason) == (SendStatus.RETRY, Reason.UNREACHABLE)


@every_channel
def test_no_secret_or_number_shows(rig: Rig, simulators: Simulators) -> None:
    """Credentials and contact data are in no result, message or object's text."""
    for mode in ("refuse_200", "http_500", "bad_address"):
        simulators.behave(rig.gateway, mode)
        channel = rig.make(simulators)
        message = message_for(channel)
        told = f"{sent(channel, message)!r} {message!r} {channel!r} {ADDRESS!r}"
        for secret in (*rig.secrets, ADDRESS.mobile, ADDRESS.wecom_id, ADDRESS.email):
            assert secret not in told


@pytest.mark.parametrize(
    "name",
    [
        "dingtalk_robot",
        "feishu_robot",
        "aliyun_sms",
        "tencent_sms",
        "huawei_sms",
        "huawei_sms_wsse",
        "aliyun_voice",
        "tencent_voice",
        "webhook",
    ],
)
def test_a_wrong_clock_is_our_own_fault(name: str, simulators: Simulators) -> None:
    """A signature made at the wrong time means misconfigured, not a refused message."""
    channel = RIGS[name].make(simulators)
    result = sent(channel, message_for(channel), now_ms=1_600_000_000_000)
    assert result.status is SendStatus.MISCONFIGURED


@pytest.mark.parametrize(
    "name", ["wecom_app", "wecom_app_button", "dingtalk_work", "dingtalk_card", "feishu_app"]
)
def test_an_expired_access_token_is_renewed(name: str, simulators: Simulators) -> None:
    """A token may end early: the message is sent with a new one, once."""
    simulators.behave(RIGS[name].gateway, "expire_token", count=1)
    channel = RIGS[name].make(simulators)
    assert sent(channel, message_for(channel)).status is SendStatus.DELIVERED
    assert len(simulators.messages()) == 1


def test_two_work_notices_alike_are_both_shown(simulators: Simulators) -> None:
    """DingTalk drops a text it has shown today: two notices of the same words differ by their numbers."""
    for notice_id in (NOTICE_ID, NOTICE_ID.replace("0b6f3c8e", "1c7a4d9f")):
        channel = RIGS["dingtalk_work"].make(simulators)
        message = message_for(channel)
        assert isinstance(message.content, TextContent)
        # Without the link, which would tell them apart as well.
        plain = replace(message.content, link="")
        result = sent(channel, message, notice_id=notice_id, content=plain)
        assert result.status is SendStatus.DELIVERED
    assert len(simulators.messages()) == 2


def test_a_work_notice_beyond_the_days_share_goes_elsewhere(simulators: Simulators) -> None:
    """Success is answered and nothing shown: the task's result says so, and another channel is used."""
    simulators.behave("dingtalk-work", "dropped")
    channel = RIGS["dingtalk_work"].make(simulators)
    result = sent(channel, message_for(channel))
    assert (result.status, result.provider_code) == (SendStatus.SWITCH_PROVIDER, "143105")


def replace_address(simulators: Simulators) -> Simulators:
    """Simulators at a port where nobody listens."""
    return replace(simulators, http="http://127.0.0.1:9", smtp_port=9, cmpp_port=9, smpp_port=9)
