"""Sends to a WeCom group robot."""

from __future__ import annotations

from services.notifier.channels.http import Call, base, exchange, new_client
from services.notifier.channels.wecom_robot import codec
from services.notifier.channels.wecom_robot.config import WecomRobotConfig
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import Reason, SendResult, give_up

_HEADERS = {"content-type": "application/json"}


class WecomRobot:
    """Proves only that the group was addressed, not the person."""

    name = "wecom_robot"
    form = Form.IM
    needs = AddressKind.GROUP
    receipts = False
    repeat_safe = False

    def __init__(self, config: WecomRobotConfig) -> None:
        self._config = config
        self._client = new_client(config.timeout_s)
        self._url = base(config.base_url, "/cgi-bin/webhook/send")

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        body = codec.body(message, message.content)
        if body is None:
            return give_up(Reason.TOO_LONG)
        key = self._config.key_for(message.address.jurisdiction_code)
        call = Call("POST", self._url.copy_with(params={"key": key}), body, _HEADERS)
        answer = await exchange(self._client, call)
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.aclose()
