"""The simulated WeCom group robot must answer every mistake as the real one does: with HTTP 200."""

from typing import Any

import httpx
import pytest

from tests.simulators import credentials
from tests.simulators.client import Simulators

GATEWAY = "wecom-robot"
KEY = credentials.WECOM_ROBOT_KEY
LINK = "http://127.0.0.1:8000/n/notice-1"


def send(http: httpx.Client, body: object, key: str = KEY) -> Any:
    response = http.post("/wecom/cgi-bin/webhook/send", params={"key": key}, json=body)
    assert response.status_code == 200
    return response.json()


def a_text(content: str, **more: object) -> dict[str, object]:
    return {"msgtype": "text", "text": {"content": content, **more}}


def test_success(simulators: Simulators, http: httpx.Client) -> None:
    """A text with a good key is errcode 0 and shows in the group, mentions and notice included."""
    body = a_text(f"红色预警 {LINK}", mentioned_mobile_list=["13900000001"])
    assert send(http, body) == {"errcode": 0, "errmsg": "ok"}
    message = simulators.phone(KEY).expects("红色预警")
    assert message.text.endswith("@13900000001")
    assert (message.notice_id, message.links) == ("notice-1", (LINK,))


def test_markdown(simulators: Simulators, http: httpx.Client) -> None:
    """Markdown is shown as written."""
    send(http, {"msgtype": "markdown", "markdown": {"content": "**黄色**预警"}})
    assert simulators.phone(KEY).expects("黄色").text == "**黄色**预警"


def test_a_suffix_is_another_group(simulators: Simulators, http: httpx.Client) -> None:
    """A key with a suffix reaches a group of its own."""
    send(http, a_text("南华县"), key=f"{KEY}-nanhua")
    assert simulators.phone(KEY).messages() == []
    assert len(simulators.phone(f"{KEY}-nanhua").messages()) == 1


@pytest.mark.parametrize(
    ("key", "body", "code"),
    [
        ("wrong", a_text("x"), 93000),
        (f"{KEY}x", a_text("x"), 93000),
        (KEY, a_text("字" * 683), 40058),
        (KEY, a_text(""), 44004),
        (KEY, {"msgtype": "voice"}, 40008),
        (KEY, ["no object"], 47001),
    ],
)
def test_refused(
    simulators: Simulators, http: httpx.Client, key: str, body: object, code: int
) -> None:
    """A bad key, an oversized or empty text and an unknown kind get their errcode."""
    assert send(http, body, key)["errcode"] == code
    assert simulators.messages() == []


def test_2048_bytes_still_pass(simulators: Simulators, http: httpx.Client) -> None:
    """Exactly 2048 bytes of UTF-8 are inside the limit."""
    assert send(http, a_text("字" * 682 + "ab"))["errcode"] == 0


def test_twenty_a_minute(simulators: Simulators, http: httpx.Client) -> None:
    """With the rate limit on, the twenty-first message in a minute is 45009 and is not shown."""
    simulators.behave(GATEWAY, "rate_limit")
    codes = [send(http, a_text(f"第{number}条"))["errcode"] for number in range(21)]
    assert codes == [0] * 20 + [45009]
    assert len(simulators.messages()) == 20


@pytest.mark.parametrize(
    ("mode", "code"), [("throttle", 45009), ("bad_address", 93000), ("refuse_200", 93000)]
)
def test_told_to_refuse(simulators: Simulators, http: httpx.Client, mode: str, code: int) -> None:
    """Each refusing mode speaks in the robot's own errcode."""
    simulators.behave(GATEWAY, mode)
    assert send(http, a_text("x"))["errcode"] == code
    assert simulators.messages() == []
