"""Sends to a DingTalk group robot."""

from __future__ import annotations

from services.notifier.channels.dingtalk_robot import codec
from services.notifier.channels.dingtalk_robot.config import DingtalkRobotConfig
from services.notifier.channels.http import Call, HttpClient, base
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import Reason, SendResult, give_up

_HEADERS = {"content-type": "application/json"}


class DingtalkRobot:
    """Proves only that the group was addressed, not the person."""

    name = "dingtalk_robot"
    form = Form.IM
    needs = AddressKind.GROUP
    receipts = False
    repeat_safe = False

    def __init__(self, config: DingtalkRobotConfig) -> None:
        self._config = config
        self._client = HttpClient(config.timeout_s)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        body = codec.body(message, message.content)
        if body is None:
            return give_up(Reason.TOO_LONG)
        robot = self._config.robot_for(message.address.jurisdiction_code)
        secret = robot.secret.get_secret_value()
        params = codec.query(robot.token.get_secret_value(), secret, now_ms)
        call = Call("POST", base(self._config.base_url, "/robot/send", params), body, _HEADERS)
        answer = await self._client.exchange(call)
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
