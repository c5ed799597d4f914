"""Sends to a WeCom group robot."""

from __future__ import annotations

from services.notifier.channels.http import Call, HttpClient, base
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
        self._client = HttpClient(config.timeout_s)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        body = codec.body(message, message.content)
        if body is None:
            return give_up(Reason.TOO_LONG)
        key = self._config.key_for(message.address.jurisdiction_code)
        url = base(self._config.base_url, "/cgi-bin/webhook/send", {"key": key})
        call = Call("POST", url, body, _HEADERS)
        answer = await self._client.exchange(call)
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
