"""Feishu's own SDK must find the simulated application and a simulated press indistinguishable from the real ones."""

import json
from typing import Any

import lark_oapi as lark
import pytest
from lark_oapi.api.im.v1 import CreateMessageRequest, CreateMessageRequestBody
from lark_oapi.core.cache.local_cache import LocalCache
from lark_oapi.core.model import RawRequest
from lark_oapi.core.token import TokenManager
from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse

from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.vendors import feishu_press

GATEWAY = "feishu-app"


def client(simulators: Simulators, secret: str = credentials.FEISHU_APP_SECRET) -> Any:
    """The SDK, pointed at the simulator."""
    builder = lark.Client.builder().app_id(credentials.FEISHU_APP_ID).app_secret(secret)
    return builder.domain(simulators.http).log_level(lark.LogLevel.CRITICAL).build()


def a_card(uuid: str = "", text: str = "请处置") -> CreateMessageRequest:
    card = {"elements": [{"tag": "div", "text": {"tag": "plain_text", "content": text}}]}
    body = CreateMessageRequestBody.builder().receive_id("ou_1").msg_type("interactive")
    body = body.content(json.dumps(card)).uuid(uuid).build()
    return CreateMessageRequest.builder().receive_id_type("open_id").request_body(body).build()


@pytest.fixture(autouse=True)
def no_cached_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK keeps tokens for the whole process, also of simulators that are gone."""
    monkeypatch.setattr(TokenManager, "cache", LocalCache())


def test_success(simulators: Simulators) -> None:
    """The SDK gets a token, sends a card, and reads its id."""
    said = client(simulators).im.v1.message.create(a_card())
    assert (said.code, said.data.message_id[:3]) == (0, "om_")
    simulators.phone("ou_1").expects("请处置")
    simulators.fails_on_unexpected()


def test_a_repeat_is_answered_and_not_shown(simulators: Simulators) -> None:
    """The same uuid twice shows once."""
    for _ in range(2):
        assert client(simulators).im.v1.message.create(a_card("notice-1")).code == 0
    assert len(simulators.messages()) == 1


@pytest.mark.parametrize(
    ("mode", "code"), [("throttle", 230020), ("bad_address", 230013), ("refuse_200", 230027)]
)
def test_refusals(simulators: Simulators, mode: str, code: int) -> None:
    """The SDK reads the refusal the test asked for."""
    simulators.behave(GATEWAY, mode)
    assert client(simulators).im.v1.message.create(a_card()).code == code
    assert simulators.messages() == []


def test_the_sdk_takes_a_simulated_press(simulators: Simulators) -> None:
    """The SDK's own handler opens and verifies what our simulated press sends, and refuses a changed one."""
    seen: list[tuple[str, str]] = []

    def on_press(data: Any) -> Any:
        seen.append((data.event.operator.open_id, data.event.action.value["key"]))
        return P2CardActionTriggerResponse({})

    builder = lark.EventDispatcherHandler.builder(
        credentials.FEISHU_ENCRYPT_KEY,
        credentials.FEISHU_VERIFICATION_TOKEN,
        lark.LogLevel.CRITICAL,
    )
    handler = builder.register_p2_card_action_trigger(on_press).build()
    callback = feishu_press.press(simulators.http, "ou_1", "key-1")
    for signature in (callback.headers["X-Lark-Signature"], "0" * 64):
        request = RawRequest()
        request.uri, request.body = "/callbacks/feishu_app", callback.body
        request.headers = {**callback.headers, "X-Lark-Signature": signature}
        said = handler.do(request)
        assert (said.status_code == 200) == (signature != "0" * 64), said.content
    assert seen == [("ou_1", "key-1")]
