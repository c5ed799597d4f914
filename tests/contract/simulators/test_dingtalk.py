"""The simulated DingTalk robot must insist on the signature in the query, encoded exactly once."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest

from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.vendors.dingtalk import sign, signature_fault

GATEWAY = "dingtalk-robot"
TOKEN = credentials.DINGTALK_TOKEN
# Worked out with openssl for this time and the secret "SEC-golden".
GOLDEN_TIME = "1600000000000"
GOLDEN_SIGN = "IvxveVreGSPk88zAaZSlxwYq3qOD4r6CjNg7kA6ZYhE="


def signed(secret: str = credentials.DINGTALK_SECRET, age: float = 0.0) -> tuple[str, str]:
    """A timestamp and its signature, written anew from the vendor's description."""
    timestamp = str(round((time.time() - age) * 1000))
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return timestamp, base64.b64encode(digest).decode()


def send(
    http: httpx.Client,
    body: object,
    query: str = "",
    token: str = TOKEN,
) -> Any:
    if not query:
        timestamp, signature = signed()
        query = f"timestamp={timestamp}&sign={quote_plus(signature)}"
    response = http.post(f"/dingtalk/robot/send?access_token={token}&{query}", json=body)
    assert response.status_code == 200
    return response.json()


def a_text(content: str = "红色预警") -> dict[str, object]:
    return {"msgtype": "text", "text": {"content": content}}


def test_success(simulators: Simulators, http: httpx.Client) -> None:
    """A rightly signed text is errcode 0 and shows in the group."""
    assert send(http, a_text()) == {"errcode": 0, "errmsg": "ok"}
    simulators.phone(TOKEN).expects("红色预警")
    simulators.fails_on_unexpected()


def test_action_card(simulators: Simulators, http: httpx.Client) -> None:
    """A card's button leads to the notice."""
    card = {"title": "督办", "text": "请办结", "singleURL": "http://127.0.0.1:8000/n/notice-2"}
    send(http, {"msgtype": "actionCard", "actionCard": card})
    assert simulators.phone(TOKEN).expects(["督办", "请办结"]).notice_id == "notice-2"


def test_golden_signature() -> None:
    """The signature of a fixed time is the known one, and no other passes."""
    assert sign(GOLDEN_TIME, "SEC-golden") == GOLDEN_SIGN
    query = {"timestamp": GOLDEN_TIME, "sign": GOLDEN_SIGN}
    assert signature_fault(query, "SEC-golden", 1600000000.0) == ""
    assert signature_fault(query, "SEC-other", 1600000000.0) == "sign not match"


@pytest.mark.parametrize(("late", "fault"), [(3599.0, ""), (3601.0, "invalid timestamp")])
def test_one_hour(late: float, fault: str) -> None:
    """A signature holds for an hour and not longer."""
    query = {"timestamp": GOLDEN_TIME, "sign": GOLDEN_SIGN}
    assert signature_fault(query, "SEC-golden", 1600000000.0 + late) == fault


def test_wrong_secret(simulators: Simulators, http: httpx.Client) -> None:
    """A signature made with another secret is 310000 and nobody hears of it."""
    timestamp, signature = signed("SEC-other")
    said = send(http, a_text(), f"timestamp={timestamp}&sign={quote_plus(signature)}")
    assert said == {"errcode": 310000, "errmsg": "sign not match"}
    assert simulators.messages() == []


def test_encoded_twice(simulators: Simulators, http: httpx.Client) -> None:
    """A signature encoded twice does not match."""
    timestamp, signature = signed()
    said = send(http, a_text(), f"timestamp={timestamp}&sign={quote(quote(signature, safe=''))}")
    assert said["errcode"] == 310000


def test_seconds_instead_of_milliseconds(simulators: Simulators, http: httpx.Client) -> None:
    """A timestamp in seconds is refused as out of time."""
    said = send(http, a_text(), f"timestamp={int(time.time())}&sign=x")
    assert said == {"errcode": 310000, "errmsg": "invalid timestamp"}


def test_keyword_robot(simulators: Simulators, http: httpx.Client) -> None:
    """A robot with a keyword asks for the word and for no signature."""
    token = credentials.DINGTALK_KEYWORD_TOKEN
    assert send(http, a_text("三色:黄"), "x=", token)["errcode"] == 0
    said = send(http, a_text("黄"), "x=", token)
    assert said == {"errcode": 310000, "errmsg": "keywords not in content"}


@pytest.mark.parametrize(
    ("body", "token", "code"),
    [
        (a_text(), "unknown", 300005),
        (a_text("字" * 7000), TOKEN, 460101),
        ({"msgtype": "dance"}, TOKEN, 400105),
        (["no object"], TOKEN, 40035),
    ],
)
def test_refused(
    simulators: Simulators, http: httpx.Client, body: object, token: str, code: int
) -> None:
    """An unknown robot and malformed bodies get their errcode."""
    assert send(http, body, token=token)["errcode"] == code
    assert simulators.messages() == []


def test_content_type(simulators: Simulators, http: httpx.Client) -> None:
    """A body that is not declared as JSON is 43004, however right it is."""
    timestamp, signature = signed()
    params = {"access_token": TOKEN, "timestamp": timestamp, "sign": signature}
    body = json.dumps(a_text()).encode()
    said = http.post("/dingtalk/robot/send", params=params, content=body).json()
    assert said["errcode"] == 43004
    assert simulators.messages() == []


def test_throttled_then_locked(simulators: Simulators, http: httpx.Client) -> None:
    """With the rate limit on, the twenty-first message is 130101, and so is the next."""
    simulators.behave(GATEWAY, "rate_limit")
    codes = [send(http, a_text())["errcode"] for _ in range(22)]
    assert codes == [0] * 20 + [130101, 130101]
