"""Posts to a receiving system of the unit's own."""

from __future__ import annotations

from urllib.parse import quote

from services.notifier.channels.http import Call, HttpClient
from services.notifier.channels.webhook import codec
from services.notifier.channels.webhook.config import WebhookConfig
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import Reason, SendResult, give_up


class Webhook:
    """The receiver drops a notice_id it already has: an attempt may be repeated."""

    name = "webhook"
    form = Form.DATA
    needs = AddressKind.GROUP
    receipts = False
    repeat_safe = True

    def __init__(self, config: WebhookConfig) -> None:
        self._config = config
        self._client = HttpClient(config.timeout_s)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        body = codec.body(message, message.content)
        if body is None:
            return give_up(Reason.TOO_LONG)
        secret = self._config.secret.get_secret_value()
        headers = {
            "content-type": "application/json",
            codec.HEADER: codec.signature(body, secret, now_ms // 1000),
        }
        official = quote(message.address.official_id, safe="")
        url = self._config.url.replace("{official_id}", official)
        answer = await self._client.exchange(Call("POST", url, body, headers))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
