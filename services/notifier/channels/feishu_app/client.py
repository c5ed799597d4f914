"""Sends Feishu application messages to persons."""

from __future__ import annotations

from dataclasses import replace

from services.notifier.channels.access_token import AccessToken, TokenKeeper
from services.notifier.channels.feishu_app import codec
from services.notifier.channels.feishu_app.callback import CallbackBox
from services.notifier.channels.feishu_app.config import FeishuAppConfig
from services.notifier.channels.http import Call, HttpClient, base, json_bytes
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import Reason, SendResult, give_up

_HEADERS = {"content-type": "application/json; charset=utf-8"}


class FeishuApp:
    """Reaches one person; the gateway recognises a repeated message by its uuid."""

    name = "feishu_app"
    form = Form.IM
    needs = AddressKind.FEISHU_ID
    receipts = False
    repeat_safe = True

    def __init__(self, config: FeishuAppConfig) -> None:
        self._config = config
        self.id_type = config.id_type
        self.box = _box(config)
        self._client = HttpClient(config.timeout_s)
        self._tokens = TokenKeeper(self._client, self._ask_for_token, codec.read_token)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        given = message if self.box is not None else replace(message, key="")
        body = codec.body(given, message.content, now_ms)
        if body is None:
            return give_up(Reason.TOO_LONG)
        return await self._tokens.send(
            lambda token: self._post(token, body), codec.TOKEN_EXPIRED, now_ms
        )

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _post(self, token: AccessToken, body: bytes) -> SendResult:
        params = {"receive_id_type": self.id_type}
        url = base(self._config.base_url, "/open-apis/im/v1/messages", params)
        headers = {**_HEADERS, "authorization": f"Bearer {token.value}"}
        answer = await self._client.exchange(Call("POST", url, body, headers))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    def _ask_for_token(self) -> Call:
        url = base(self._config.base_url, "/open-apis/auth/v3/tenant_access_token/internal")
        secret = self._config.app_secret.get_secret_value()
        body = json_bytes({"app_id": self._config.app_id, "app_secret": secret})
        return Call("POST", url, body, _HEADERS)


def _box(config: FeishuAppConfig) -> CallbackBox | None:
    """None where no callback is set up: a button would then do nothing, so cards have a link only."""
    key = config.encrypt_key.get_secret_value()
    token = config.verification_token.get_secret_value()
    return CallbackBox(key, token) if key and token else None
