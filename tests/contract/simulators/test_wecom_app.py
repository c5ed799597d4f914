"""The simulated WeCom application must guard its token and name the members it cannot reach."""

from typing import Any

import httpx
import pytest

from tests.simulators import credentials
from tests.simulators.client import Simulators

GATEWAY = "wecom-app"
GOOD = {"corpid": credentials.WECOM_CORP_ID, "corpsecret": credentials.WECOM_CORP_SECRET}


def token(http: httpx.Client, **changed: str) -> Any:
    return http.get("/wecom/cgi-bin/gettoken", params={**GOOD, **changed}).json()


def a_text(touser: str = "zhang", content: str = "请处置", **more: object) -> dict[str, object]:
    return {
        "touser": touser,
        "msgtype": "text",
        "agentid": credentials.WECOM_AGENT_ID,
        "text": {"content": content},
        **more,
    }


def send(http: httpx.Client, body: object, access: str = "") -> Any:
    response = post(http, body, access)
    assert response.status_code == 200
    return response.json()


def post(http: httpx.Client, body: object, access: str = "") -> httpx.Response:
    access = access or token(http)["access_token"]
    params = {"access_token": access}
    return http.post("/wecom/cgi-bin/message/send", params=params, json=body)


def test_token(simulators: Simulators, http: httpx.Client) -> None:
    """The right secret gives a token for two hours, and the same one when asked again."""
    first, again = token(http), token(http)
    assert (first["errcode"], 7190 <= first["expires_in"] <= 7200) == (0, True)
    assert first["access_token"] == again["access_token"]


@pytest.mark.parametrize(
    ("changed", "code"), [({"corpid": "other"}, 40013), ({"corpsecret": "other"}, 40001)]
)
def test_token_refused(
    simulators: Simulators, http: httpx.Client, changed: dict[str, str], code: int
) -> None:
    """A wrong corporation or secret gives no token."""
    said = token(http, **changed)
    assert said["errcode"] == code
    assert "access_token" not in said


def test_success(simulators: Simulators, http: httpx.Client) -> None:
    """A message reaches each member named, and has a message id."""
    said = send(http, a_text("zhang|li"))
    assert (said["errcode"], "invaliduser" in said) == (0, False)
    assert said["msgid"]
    for member in ("zhang", "li"):
        simulators.phone(member).expects("请处置")
    simulators.fails_on_unexpected()


def test_textcard(simulators: Simulators, http: httpx.Client) -> None:
    """A card shows title, description and link, and the link's notice is known."""
    link = "http://127.0.0.1:8000/ack?notice_id=notice-9"
    card = {"title": "红色预警", "description": "今日18时前", "url": link}
    send(http, {**a_text(), "msgtype": "textcard", "textcard": card})
    message = simulators.phone("zhang").expects("红色预警")
    assert message.notice_id == "notice-9"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (a_text(touser=""), 81013),
        ({**a_text(), "agentid": 7}, 40056),
        (a_text(content=""), 44004),
        (a_text(content="字" * 683), 40058),
        ({**a_text(), "msgtype": "dance"}, 40008),
    ],
)
def test_refused(simulators: Simulators, http: httpx.Client, body: object, code: int) -> None:
    """No member, a foreign application, and bad contents get their errcode."""
    assert send(http, body)["errcode"] == code
    assert simulators.messages() == []


def test_invented_token(simulators: Simulators, http: httpx.Client) -> None:
    """A token nobody gave out is invalid, not expired."""
    assert send(http, a_text(), "invented")["errcode"] == 40014


def test_expired_token(simulators: Simulators, http: httpx.Client) -> None:
    """After 42001 the old token stays expired and a new one works."""
    old = token(http)["access_token"]
    simulators.behave(GATEWAY, "expire_token", count=1)
    assert send(http, a_text(), old)["errcode"] == 42001
    assert send(http, a_text(), old)["errcode"] == 42001
    new = token(http)["access_token"]
    assert new != old
    assert send(http, a_text(), new)["errcode"] == 0


def test_some_members_unreachable(simulators: Simulators, http: httpx.Client) -> None:
    """An unreachable member is named in a success, and the others get the message."""
    simulators.behave(GATEWAY, "bad_address", "gone")
    said = send(http, a_text("zhang|gone"))
    assert (said["errcode"], said["invaliduser"]) == (0, "gone")
    assert [message.address for message in simulators.messages()] == ["zhang"]


def test_nobody_reachable(simulators: Simulators, http: httpx.Client) -> None:
    """When no member can be reached the errcode is 81013."""
    simulators.behave(GATEWAY, "bad_address")
    assert send(http, a_text("gone"))["errcode"] == 81013


def test_throttled(simulators: Simulators, http: httpx.Client) -> None:
    """A throttled application gets 45009 in an HTTP 200."""
    simulators.behave(GATEWAY, "throttle", count=1)
    assert send(http, a_text())["errcode"] == 45009
    assert send(http, a_text())["errcode"] == 0


def test_too_many_for_one_member(simulators: Simulators, http: httpx.Client) -> None:
    """With the rate limit on, the thirty-first message in a minute succeeds and is not shown."""
    simulators.behave(GATEWAY, "rate_limit")
    codes = {send(http, a_text(content=f"第{number}条"))["errcode"] for number in range(31)}
    assert codes == {0}
    assert len(simulators.messages()) == 30


def test_duplicate_check(simulators: Simulators, http: httpx.Client) -> None:
    """With the check asked for, the same text reaches a member once; another text does."""
    for content in ("一", "一", "二"):
        assert send(http, a_text(content=content, enable_duplicate_check=1))["errcode"] == 0
    assert [message.text for message in simulators.messages()] == ["一", "二"]


def test_no_duplicate_check(simulators: Simulators, http: httpx.Client) -> None:
    """Without the check the same text is shown twice."""
    for _ in range(2):
        send(http, a_text())
    assert len(simulators.messages()) == 2


@pytest.mark.parametrize("mode", ["throttle", "refuse_200", "http_500", "expire_token"])
def test_refused_is_no_duplicate(simulators: Simulators, http: httpx.Client, mode: str) -> None:
    """A message that was refused was never sent: the same one tried again is shown, and only then a duplicate."""
    simulators.behave(GATEWAY, mode, count=1)
    message = a_text(content="一", enable_duplicate_check=1)
    first = post(http, message)
    assert first.status_code == 500 or first.json()["errcode"] != 0
    assert simulators.messages() == []
    for _ in range(2):
        assert send(http, message)["errcode"] == 0
    assert [shown.text for shown in simulators.messages()] == ["一"]


def test_lost_answer_is_a_duplicate(simulators: Simulators, http: httpx.Client) -> None:
    """A message that was sent while its answer was lost is not shown again."""
    simulators.behave(GATEWAY, "timeout", count=1, delivered_anyway=True, close=True)
    message = a_text(content="一", enable_duplicate_check=1)
    with pytest.raises(httpx.TransportError):
        send(http, message)
    assert send(http, message)["errcode"] == 0
    assert [shown.text for shown in simulators.messages()] == ["一"]


def test_only_the_member_without_it_is_sent(simulators: Simulators, http: httpx.Client) -> None:
    """Tried again for two members, the message goes to the one who could not be reached before."""
    simulators.behave(GATEWAY, "bad_address", "li", count=1)
    for _ in range(2):
        send(http, a_text("zhang|li", content="一", enable_duplicate_check=1))
    assert [shown.address for shown in simulators.messages()] == ["zhang", "li"]
