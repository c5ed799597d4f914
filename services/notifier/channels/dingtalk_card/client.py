"""Sends DingTalk interactive cards to persons, and hears their buttons over the vendor's stream."""

from __future__ import annotations

from services.notifier.channels.access_token import AccessToken, TokenKeeper
from services.notifier.channels.dingtalk_card import codec
from services.notifier.channels.dingtalk_card.config import DingtalkCardConfig
from services.notifier.channels.dingtalk_card.stream import Stream, Take
from services.notifier.channels.http import Call, HttpClient, base, json_bytes
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import Reason, SendResult, give_up

_HEADERS = {"content-type": "application/json"}


class DingtalkCard:
    """Reaches one member in the robot's own conversation; a repeated message is shown again."""

    name = "dingtalk_card"
    form = Form.IM
    needs = AddressKind.DINGTALK_ID
    receipts = False
    repeat_safe = False

    def __init__(self, config: DingtalkCardConfig) -> None:
        self._config = config
        self._client = HttpClient(config.timeout_s)
        self._tokens = TokenKeeper(self._client, self._ask_for_token, codec.read_token)
        self._stream: Stream | None = None

    def hear(self, take: Take) -> None:
        """Open the stream, and give each press to `take`."""
        self._stream = Stream(self._config, self._client, take)
        self._stream.start()

    async def deafen(self) -> None:
        """Leave the stream: what is pressed from here on comes to another worker, or again later."""
        if self._stream is not None:
            await self._stream.close()
            self._stream = None

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        body = codec.body(message, message.content, self._config, now_ms)
        if body is None:
            return give_up(Reason.TOO_LONG)
        return await self._tokens.send(
            lambda token: self._post(token, body), codec.TOKEN_EXPIRED, now_ms
        )

    async def close(self) -> None:
        """Release connections."""
        await self.deafen()
        await self._client.close()

    async def _post(self, token: AccessToken, body: bytes) -> SendResult:
        url = base(self._config.base_url, "/v1.0/card/instances/createAndDeliver")
        headers = {**_HEADERS, "x-acs-dingtalk-access-token": token.value}
        answer = await self._client.exchange(Call("POST", url, body, headers))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    def _ask_for_token(self) -> Call:
        config = self._config
        body = {"appKey": config.app_key, "appSecret": config.app_secret.get_secret_value()}
        return Call(
            "POST", base(config.base_url, "/v1.0/oauth2/accessToken"), json_bytes(body), _HEADERS
        )
