"""The notifier as a process on real Kafka and Redis: a button on an IM card acknowledges, for its recipient only."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from sanse.notify.v1 import notify_pb2
from services.common.settings import CommonSettings
from tests.contract.notifier.real_notifier import RealNotifier, notice, token_in
from tests.simulators import credentials as secrets
from tests.simulators.client import Simulators
from tests.simulators.phones import Message
from tests.simulators.vendors import feishu_press, wecom_press

OFFICIALS = (
    "GW-1,532301001001,village,grid,zh,wecom_app,13800138001,wx-1,",
    "GW-2,532301001001,village,grid,en,wecom_app,13800138002,wx-2,",
    "GW-3,532301001001,village,grid,zh,feishu_app,13800138003,,,,,ou_3",
    "GW-4,532301001001,village,grid,zh,dingtalk_card,13800138004,,,,ding-4,",
)
MEMBERS = {"GW-1": "wx-1", "GW-2": "wx-2", "GW-3": "ou_3", "GW-4": "ding-4"}


@pytest.fixture(scope="module")
def notifier(
    kafka: str,
    redis_url: str,
    simulators: Simulators,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealNotifier]:
    """One notifier for all tests here, with callbacks set up."""
    simulators.reset(everything=True)
    prefix = f"buttons{uuid4().hex[:8]}"
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=prefix, partitions=4)
    callbacks = {
        "SANSE_WECOM_APP_CALLBACK_TOKEN": secrets.WECOM_CALLBACK_TOKEN,
        "SANSE_WECOM_APP_CALLBACK_KEY": secrets.WECOM_CALLBACK_KEY,
        "SANSE_FEISHU_APP_BASE_URL": simulators.http,
        "SANSE_FEISHU_APP_APP_ID": secrets.FEISHU_APP_ID,
        "SANSE_FEISHU_APP_APP_SECRET": secrets.FEISHU_APP_SECRET,
        "SANSE_FEISHU_APP_ENCRYPT_KEY": secrets.FEISHU_ENCRYPT_KEY,
        "SANSE_FEISHU_APP_VERIFICATION_TOKEN": secrets.FEISHU_VERIFICATION_TOKEN,
        "SANSE_DINGTALK_CARD_BASE_URL": simulators.http,
        "SANSE_DINGTALK_CARD_APP_KEY": secrets.DINGTALK_APP_KEY,
        "SANSE_DINGTALK_CARD_APP_SECRET": secrets.DINGTALK_APP_SECRET,
        "SANSE_DINGTALK_CARD_TEMPLATE_ID": secrets.DINGTALK_CARD_TEMPLATE,
    }
    folder: Path = tmp_path_factory.mktemp("buttons")
    running = RealNotifier.start(settings, simulators, folder, OFFICIALS, **callbacks)
    yield running
    running.stop()


def _card(
    notifier: RealNotifier, number: int, recipient: str = "GW-1"
) -> tuple[notify_pb2.Notice, Message]:
    """A notice, and the card its recipient got."""
    told = notice(number, recipient)
    notifier.tell([told])
    shown = notifier.simulators.phone(MEMBERS[recipient]).expects(told.case_no, within_seconds=15)
    return told, shown


def _acts(notifier: RealNotifier, told: notify_pb2.Notice) -> list[str]:
    """What was handed in about the notice's case, by whom and through what."""
    return [
        f"{command.WhichOneof('act')} {command.actor_id} {command.via}"
        for command in notifier.commands()
        if command.case_id == told.case_id
    ]


def _page(notifier: RealNotifier) -> str:
    return f"http://{notifier.page}"


def test_a_wecom_button_acknowledges_once_and_the_card_says_so(notifier: RealNotifier) -> None:
    """One press is one command; the button is greyed out in the presser's language; pressing again adds nothing."""
    told, card = _card(notifier, 1, "GW-2")
    key = wecom_press.button_key(card)
    assert wecom_press.press(_page(notifier), "wx-2", key).bring() == (200, "Acknowledged")
    assert wecom_press.press(_page(notifier), "wx-2", key).bring() == (200, "Acknowledged")
    assert _acts(notifier, told) == ["acknowledge GW-2 wecom_app"]


def test_a_link_and_a_button_are_one_act(notifier: RealNotifier) -> None:
    """Who pressed the button and then the link's has acknowledged once."""
    told, card = _card(notifier, 2)
    assert wecom_press.press(_page(notifier), "wx-1", wecom_press.button_key(card)).bring() == (
        200,
        "已签收",
    )
    link = f"{_page(notifier)}/a/{token_in(card.text)}"
    assert httpx.post(link, trust_env=False).status_code == 200
    assert _acts(notifier, told) == ["acknowledge GW-1 wecom_app"]


def test_forged_stale_and_replayed_wecom_callbacks_are_refused(notifier: RealNotifier) -> None:
    """Wrong signature, old timestamp, another's button, a made-up key and the same callback again: nothing is done."""
    told, card = _card(notifier, 3)
    key, url = wecom_press.button_key(card), _page(notifier)
    right = wecom_press.press(url, "wx-1", key)
    forged = replace(right, params={**right.params, "msg_signature": "0" * 40})
    moved = replace(right, params={**right.params, "timestamp": str(int(time.time()) + 1)})
    changed = replace(right, body=right.body.replace("<Encrypt>", "<Encrypt>AAAA"))
    bomb = replace(right, body='<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>')
    refused = [
        forged,
        moved,
        changed,
        bomb,
        wecom_press.press(url, "wx-1", key, at=time.time() - 3600),
        wecom_press.press(url, "wx-2", key),
        wecom_press.press(url, "", key),
        wecom_press.press(url, "wx-1", key[:-1] + ("A" if key[-1] != "A" else "B")),
    ]
    assert [callback.bring()[0] for callback in refused] == [403] * len(refused)
    assert _acts(notifier, told) == []
    assert [right.bring()[0], right.bring()[0]] == [200, 403]
    assert _acts(notifier, told) == ["acknowledge GW-1 wecom_app"]


def test_the_vendors_console_finds_the_callback_ours(notifier: RealNotifier) -> None:
    """The text the console closed comes back opened; one for another corporation does not."""
    now = str(int(time.time()))

    def asked(closed: str) -> httpx.Response:
        params = {
            "msg_signature": wecom_press.sign(now, closed),
            "timestamp": now,
            "nonce": wecom_press.NONCE,
            "echostr": closed,
        }
        return httpx.get(f"{_page(notifier)}/callbacks/wecom_app", params=params, trust_env=False)

    assert asked(wecom_press.encrypt("4711")).text == "4711"
    assert asked(wecom_press.encrypt("4711", "other-corp")).status_code == 403


def test_a_feishu_button_acknowledges_once_and_the_card_says_so(notifier: RealNotifier) -> None:
    """One press is one command, and so are two; the presser is told, and the card loses its button."""
    told, card = _card(notifier, 4, "GW-3")
    key, url = feishu_press.button_key(card), _page(notifier)
    for _ in range(2):
        callback = feishu_press.press(url, "ou_3", key)
        assert callback.bring() == (200, "已签收")
    assert _acts(notifier, told) == ["acknowledge GW-3 feishu_app"]


def test_forged_stale_and_replayed_feishu_callbacks_are_refused(notifier: RealNotifier) -> None:
    """Wrong signature or token, old timestamp, another's button and the same callback again: nothing is done."""
    told, card = _card(notifier, 5, "GW-3")
    key, url = feishu_press.button_key(card), _page(notifier)
    right = feishu_press.press(url, "ou_3", key)
    refused = [
        replace(right, headers={**right.headers, "X-Lark-Signature": "0" * 64}),
        replace(right, headers={}),
        replace(right, body=right.body + b" "),
        replace(right, body=b"{}"),
        feishu_press.press(url, "ou_3", key, token="other"),
        feishu_press.press(url, "ou_3", key, at=time.time() - 3600),
        feishu_press.press(url, "ou_4", key),
        feishu_press.press(url, "ou_3", "made-up"),
    ]
    assert [callback.bring()[0] for callback in refused] == [403] * len(refused)
    assert _acts(notifier, told) == []
    assert [right.bring()[0], right.bring()[0]] == [200, 403]
    assert _acts(notifier, told) == ["acknowledge GW-3 feishu_app"]


def test_feishus_console_finds_the_callback_ours(notifier: RealNotifier) -> None:
    """The challenge comes back for the right token only."""

    def asked(token: str) -> httpx.Response:
        content = {"type": "url_verification", "challenge": "4711", "token": token}
        url = f"{_page(notifier)}/callbacks/feishu_app"
        return httpx.post(url, content=feishu_press.closed(content), trust_env=False)

    assert asked(secrets.FEISHU_VERIFICATION_TOKEN).json() == {"challenge": "4711"}
    assert asked("other").status_code == 403


def _card_key(card: Message) -> str:
    """What the button of a DingTalk card brings back."""
    return str(json.loads(card.raw)["cardData"]["cardParamMap"]["key"])


def test_a_dingtalk_button_acknowledges_once_and_the_card_says_so(notifier: RealNotifier) -> None:
    """The press comes over our own stream: no address of ours is needed, and two presses are one command."""
    told, card = _card(notifier, 6, "GW-4")
    simulators, key = notifier.simulators, _card_key(card)
    for _ in range(2):
        said = simulators.press("ding-4", key)
        shown = said["data"]["response"]["cardData"]["cardParamMap"]
        assert (said["code"], shown["status"], shown["button"]) == (200, "已签收", "")
    assert _acts(notifier, told) == ["acknowledge GW-4 dingtalk_card"]


def test_forged_stale_and_replayed_dingtalk_presses_are_refused(notifier: RealNotifier) -> None:
    """Old, somebody else's, made up, without a time, and the same press again: nothing is done."""
    told, card = _card(notifier, 7, "GW-4")
    simulators, key = notifier.simulators, _card_key(card)
    refused = [
        simulators.press("ding-4", key, at_ms=int((time.time() - 3600) * 1000)),
        simulators.press("ding-4", key, at_ms=""),
        simulators.press("ding-5", key),
        simulators.press("", key),
        simulators.press("ding-4", "made-up"),
        simulators.press("ding-4", key[:-1] + ("A" if key[-1] != "A" else "B")),
    ]
    assert [(said["code"], said["data"]) for said in refused] == [(400, {})] * len(refused)
    assert _acts(notifier, told) == []
    codes = [simulators.press("ding-4", key, message_id="m-7")["code"] for _ in range(2)]
    assert codes == [200, 400]
    assert _acts(notifier, told) == ["acknowledge GW-4 dingtalk_card"]


def test_a_dingtalk_press_survives_a_lost_stream(notifier: RealNotifier) -> None:
    """The stream is cut between card and press: the press arrives all the same."""
    told, card = _card(notifier, 8, "GW-4")
    assert notifier.simulators.stream("cut") == {"cut": 1}
    assert notifier.simulators.press("ding-4", _card_key(card))["code"] == 200
    assert _acts(notifier, told) == ["acknowledge GW-4 dingtalk_card"]
