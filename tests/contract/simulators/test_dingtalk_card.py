"""DingTalk's own SDK must find the simulated card gateway and its stream indistinguishable from the real ones."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dingtalk_stream
import httpx
import pytest
from dingtalk_stream import card_replier, stream

from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.vendors.dingtalk_card import SPACE, TOO_MANY

GATEWAY = "dingtalk-card"
CARD = {"title": "黄色预警", "text": "请处置", "link": "", "button": "签收", "status": ""}


class Pressed(dingtalk_stream.CallbackHandler):
    """The SDK's way to hear a button: keeps what came, and changes the card."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str]] = []

    async def process(self, message: Any) -> tuple[int, Any]:
        """Read it with the SDK's own class."""
        read = dingtalk_stream.CardCallbackMessage.from_dict(message.data)
        self.seen.append((read.user_id, read.content["cardPrivateData"]["params"]["key"]))
        shown = {"cardData": {"cardParamMap": {"status": "已签收"}}}
        return dingtalk_stream.AckMessage.STATUS_OK, shown


def client(
    simulators: Simulators,
    monkeypatch: pytest.MonkeyPatch,
    secret: str = credentials.DINGTALK_APP_SECRET,
) -> Any:
    """The SDK, pointed at the simulator; it asks a public server for its own address otherwise."""
    for module in (stream, card_replier):
        monkeypatch.setattr(module, "DINGTALK_OPENAPI_ENDPOINT", simulators.http)
    opened = f"{simulators.http}/v1.0/gateway/connections/open"
    monkeypatch.setattr(dingtalk_stream.DingTalkStreamClient, "OPEN_CONNECTION_API", opened)
    monkeypatch.setattr(
        dingtalk_stream.DingTalkStreamClient, "get_host_ip", lambda self: "127.0.0.1"
    )
    quiet = logging.getLogger("test.dingtalk")
    quiet.setLevel(logging.CRITICAL)
    known = dingtalk_stream.Credential(credentials.DINGTALK_APP_KEY, secret)
    return dingtalk_stream.DingTalkStreamClient(known, quiet)


@asynccontextmanager
async def listening(made: Any, handler: Pressed) -> AsyncIterator[None]:
    """The SDK's client while it is connected."""
    made.register_callback_handler(dingtalk_stream.CallbackHandler.TOPIC_CARD_CALLBACK, handler)
    running = asyncio.create_task(made.start())
    async with asyncio.timeout(10):
        while made.websocket is None:
            await asyncio.sleep(0.01)
    yield
    # The SDK takes the first cancellation for a lost connection, and waits to connect again.
    while not running.done():
        running.cancel()
        await asyncio.sleep(0.01)


async def test_the_sdk_takes_a_simulated_press(
    simulators: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK opens the stream, reads who pressed what, and its answer comes back."""
    handler = Pressed()
    made = client(simulators, monkeypatch)
    async with listening(made, handler):
        said = await asyncio.to_thread(simulators.press, "ding-1", "key-1")
    assert handler.seen == [("ding-1", "key-1")]
    status = said["data"]["response"]["cardData"]["cardParamMap"]["status"]
    assert (said["code"], said["tries"], status) == (200, 1, "已签收")


async def test_the_sdk_leaves_when_it_is_told_to(
    simulators: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway's own "disconnect" is answered by the SDK, which then closes."""
    made = client(simulators, monkeypatch)
    async with listening(made, Pressed()):
        first = made.websocket
        said = await asyncio.to_thread(lambda: simulators.stream("system", topic="disconnect"))
        assert said["code"] == 200
        async with asyncio.timeout(10):
            await first.wait_closed()


def test_the_sdk_gets_no_ticket_for_a_wrong_secret(
    simulators: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who does not know the secret has no stream, and no token."""
    stranger = client(simulators, monkeypatch, "wrong")
    stranger.register_callback_handler("/v1.0/card/instances/callback", Pressed())
    assert stranger.open_connection() is None
    assert stranger.get_access_token() is None


def test_the_sdk_shows_a_card(simulators: Simulators, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own card, to one member: shown once, under the number the SDK gave it."""
    asked = dingtalk_stream.ChatbotMessage()
    asked.conversation_type, asked.sender_staff_id = "1", "ding-1"
    asked.sender_id = asked.sender_corp_id = asked.conversation_id = asked.message_id = "x"
    replier = dingtalk_stream.CardReplier(client(simulators, monkeypatch), asked)
    card = replier.create_and_deliver_card(credentials.DINGTALK_CARD_TEMPLATE, CARD, userIdType=1)
    assert card
    simulators.phone("ding-1").expects(["黄色预警", "请处置", "签收"])
    simulators.fails_on_unexpected()


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [("throttle", 403, TOO_MANY), ("expire_token", 401, "InvalidAuthentication")],
)
def test_refusals_come_with_their_status(
    simulators: Simulators, http: httpx.Client, mode: str, status: int, code: str
) -> None:
    """What the new gateway refuses has an HTTP status and a code in words."""
    own = {
        "appKey": credentials.DINGTALK_APP_KEY,
        "appSecret": credentials.DINGTALK_APP_SECRET,
    }
    token = http.post("/v1.0/oauth2/accessToken", json=own).json()["accessToken"]
    simulators.behave(GATEWAY, mode)
    answer = http.post(
        "/v1.0/card/instances/createAndDeliver",
        headers={"x-acs-dingtalk-access-token": token},
        json={
            "cardTemplateId": credentials.DINGTALK_CARD_TEMPLATE,
            "outTrackId": "card-1",
            "callbackType": "STREAM",
            "cardData": {"cardParamMap": CARD},
            "userIdType": 1,
            "openSpaceId": f"{SPACE}ding-1",
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert simulators.messages() == []
