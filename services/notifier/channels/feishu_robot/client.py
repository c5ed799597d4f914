"""Sends to a Feishu or Lark custom robot."""

from __future__ import annotations

from services.notifier.channels.feishu_robot import codec
from services.notifier.channels.feishu_robot.config import FeishuRobotConfig
from services.notifier.channels.http import Call, HttpClient, base
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import Reason, SendResult, give_up

_HEADERS = {"content-type": "application/json"}


class FeishuRobot:
    """Proves only that the group was addressed, not the person."""

    name = "feishu_robot"
    form = Form.IM
    needs = AddressKind.GROUP
    receipts = False
    repeat_safe = False

    def __init__(self, config: FeishuRobotConfig) -> None:
        self._config = config
        self._client = HttpClient(config.timeout_s)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        robot = self._config.robot_for(message.address.jurisdiction_code)
        body = codec.body(message.content, robot.secret.get_secret_value(), now_ms)
        if body is None:
            return give_up(Reason.TOO_LONG)
        path = f"/open-apis/bot/v2/hook/{robot.token.get_secret_value()}"
        call = Call("POST", base(self._config.base_url, path), body, _HEADERS)
        answer = await self._client.exchange(call)
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
