"""The simulated Feishu robot must insist on the signature in the body, made the odd way."""

import base64
import hashlib
import hmac
import time
from typing import Any

import httpx
import pytest

from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.vendors.feishu import sign, signature_holds

GATEWAY = "feishu-robot"
TOKEN = credentials.FEISHU_TOKEN
# Worked out with openssl for this time and the secret "SEC-golden".
GOLDEN = {"timestamp": "1600000000", "sign": "SDs+iSiuRywWWBC3POib4dsMmpWyKqR5C6SV/hUG/5U="}


def signed(secret: str = credentials.FEISHU_SECRET) -> dict[str, str]:
    """A timestamp and its signature, written anew from the vendor's description."""
    timestamp = str(int(time.time()))
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def a_text(content: str = "红色预警") -> dict[str, object]:
    return {"msg_type": "text", "content": {"text": content}}


def send(http: httpx.Client, body: dict[str, object], token: str = TOKEN) -> Any:
    response = http.post(f"/feishu/open-apis/bot/v2/hook/{token}", json={**signed(), **body})
    assert response.status_code == 200
    return response.json()


def test_success(simulators: Simulators, http: httpx.Client) -> None:
    """A rightly signed text is code 0 and shows in the group."""
    said = send(http, a_text())
    assert (said["code"], said["msg"], said["StatusCode"]) == (0, "success", 0)
    simulators.phone(TOKEN).expects("红色预警")
    simulators.fails_on_unexpected()


def test_card(simulators: Simulators, http: httpx.Client) -> None:
    """A card shows its title, text and the link of its button."""
    button = {"tag": "button", "url": "http://127.0.0.1:8000/n/notice-3"}
    card = {
        "header": {"title": {"tag": "plain_text", "content": "督办"}},
        "elements": [{"tag": "markdown", "content": "请办结"}, {"actions": [button]}],
    }
    send(http, {"msg_type": "interactive", "card": card})
    assert simulators.phone(TOKEN).expects(["督办", "请办结"]).notice_id == "notice-3"


def test_golden_signature() -> None:
    """The signature of a fixed time is the known one, holds for an hour, and no other passes."""
    assert sign(GOLDEN["timestamp"], "SEC-golden") == GOLDEN["sign"]
    assert signature_holds(GOLDEN, "SEC-golden", 1600003599.0)
    assert not signature_holds(GOLDEN, "SEC-golden", 1600003601.0)
    assert not signature_holds(GOLDEN, "SEC-other", 1600000000.0)


@pytest.mark.parametrize(
    "changed", [signed("SEC-other"), {"sign": ""}, {"timestamp": str(int(time.time() * 1000))}]
)
def test_wrong_signature(
    simulators: Simulators, http: httpx.Client, changed: dict[str, object]
) -> None:
    """A wrong, missing or millisecond signature is 19021 and nobody hears of it."""
    said = send(http, {**a_text(), **changed})
    assert said["code"] == 19021
    assert said["msg"] == "sign match fail or timestamp is not within one hour from current time"
    assert simulators.messages() == []


@pytest.mark.parametrize(
    ("body", "token", "code"),
    [
        (a_text(), "unknown", 19001),
        ({"msg_type": "dance"}, TOKEN, 9499),
        (a_text("字" * 7000), TOKEN, 19036),
    ],
)
def test_refused(
    simulators: Simulators, http: httpx.Client, body: dict[str, object], token: str, code: int
) -> None:
    """An unknown robot and malformed bodies get their code."""
    assert send(http, body, token)["code"] == code
    assert simulators.messages() == []


def test_body_that_is_not_json(simulators: Simulators, http: httpx.Client) -> None:
    """A body that is not JSON is 9499, Bad Request."""
    said = http.post(f"/feishu/open-apis/bot/v2/hook/{TOKEN}", content=b"{").json()
    assert (said["code"], said["msg"]) == (9499, "Bad Request")


def test_throttled(simulators: Simulators, http: httpx.Client) -> None:
    """A throttled robot gets 11232 in an HTTP 200."""
    simulators.behave(GATEWAY, "throttle", count=1)
    assert send(http, a_text())["code"] == 11232
    assert send(http, a_text())["code"] == 0


def test_gateway_limit(simulators: Simulators, http: httpx.Client) -> None:
    """The platform's own limit is a real 429 that says when to come back."""
    simulators.behave(GATEWAY, "throttle", code="99991400")
    response = http.post(f"/feishu/open-apis/bot/v2/hook/{TOKEN}", json={**signed(), **a_text()})
    assert (response.status_code, response.json()["code"]) == (429, 99991400)
    assert int(response.headers["x-ogw-ratelimit-reset"]) > 0
