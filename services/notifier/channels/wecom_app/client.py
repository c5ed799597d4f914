"""Sends WeCom application messages; keeps one access token and renews it when it runs out."""

from __future__ import annotations

from dataclasses import replace

from services.notifier.channels.access_token import AccessToken, TokenKeeper
from services.notifier.channels.http import Call, HttpClient, base
from services.notifier.channels.wecom_app import codec
from services.notifier.channels.wecom_app.callback import CallbackBox
from services.notifier.channels.wecom_app.config import WecomAppConfig
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import Reason, SendResult, give_up

_HEADERS = {"content-type": "application/json"}


class WecomApp:
    """Reaches one member; the gateway recognises a repeated message."""

    name = "wecom_app"
    form = Form.IM
    needs = AddressKind.WECOM_ID
    receipts = False
    repeat_safe = True

    def __init__(self, config: WecomAppConfig) -> None:
        self._config = config
        self.corp_id = config.corp_id
        self.box = _box(config)
        self._client = HttpClient(config.timeout_s)
        self._tokens = TokenKeeper(self._client, self._ask_for_token, codec.read_token)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        body = self._body(message, now_ms)
        if body is None:
            return give_up(Reason.TOO_LONG)
        # Refused for certain: the second must not pass for a duplicate of the first.
        second = self._body(replace(message, check_duplicates=False), now_ms) or body
        return await self._tokens.send(
            lambda token: self._post(token, body),
            codec.TOKEN_EXPIRED,
            now_ms,
            again=lambda token: self._post(token, second),
        )

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    def _body(self, message: Message, now_ms: int) -> bytes | None:
        assert isinstance(message.content, TextContent)
        given = message if self.box is not None else replace(message, key="")
        return codec.body(given, message.content, self._config.agent_id, now_ms)

    async def _post(self, token: AccessToken, body: bytes) -> SendResult:
        params = {"access_token": token.value}
        url = base(self._config.base_url, "/cgi-bin/message/send", params)
        answer = await self._client.exchange(Call("POST", url, body, _HEADERS))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    def _ask_for_token(self) -> Call:
        params = {
            "corpid": self._config.corp_id,
            "corpsecret": self._config.corp_secret.get_secret_value(),
        }
        return Call("GET", base(self._config.base_url, "/cgi-bin/gettoken", params))


def _box(config: WecomAppConfig) -> CallbackBox | None:
    """None where no callback is set up: a button would then do nothing, so cards have a link only."""
    token, key = config.callback_token.get_secret_value(), config.callback_key.get_secret_value()
    return CallbackBox(token, key, config.corp_id) if token and key else None
