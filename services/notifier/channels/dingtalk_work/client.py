"""Sends DingTalk work notices: hands a task to the gateway, then asks what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from services.notifier.channels.access_token import AccessToken, TokenKeeper
from services.notifier.channels.dingtalk_work import codec
from services.notifier.channels.dingtalk_work.config import DingtalkWorkConfig
from services.notifier.channels.http import Answer, Call, HttpClient, base
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.results import (
    Reason,
    SendResult,
    SendStatus,
    give_up,
    unknown_outcome,
)

_HEADERS = {"content-type": "application/json"}
_WORK = "/topapi/message/corpconversation"
# Waits before each look at the task, in seconds; it is mostly done at the second.
_LOOKS_S = (0.0, 0.3, 0.7, 1.5, 2.5)


class DingtalkWork:
    """Reaches one member; the gateway shows the same text once, and says so."""

    name = "dingtalk_work"
    form = Form.IM
    needs = AddressKind.DINGTALK_ID
    receipts = False
    repeat_safe = True

    def __init__(self, config: DingtalkWorkConfig) -> None:
        self._config = config
        self._client = HttpClient(config.timeout_s)
        self._tokens = TokenKeeper(self._client, self._ask_for_token, codec.read_token)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once, and say what became of the task."""
        assert isinstance(message.content, TextContent)
        body = codec.body(message, message.content, self._config.agent_id)
        if body is None:
            return give_up(Reason.TOO_LONG)
        result = await self._tokens.send(
            lambda token: self._hand_over(token, body), codec.TOKEN_EXPIRED, now_ms
        )
        if result.status is not SendStatus.ACCEPTED:
            return result
        task_id = result.provider_message_id
        token = await self._tokens.current(now_ms)
        if isinstance(token, SendResult):
            return replace(unknown_outcome(), provider_message_id=task_id)
        outcome = await self._outcome(token, task_id, message)
        return replace(outcome, provider_message_id=task_id)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _hand_over(self, token: AccessToken, body: bytes) -> SendResult:
        answer = await self._post(token, "asyncsend_v2", body)
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def _outcome(self, token: AccessToken, task_id: str, message: Message) -> SendResult:
        question = codec.question(self._config.agent_id, task_id)
        for wait_s in _LOOKS_S:
            await asyncio.sleep(wait_s)
            answer = await self._post(token, "getsendresult", question)
            if isinstance(answer, SendResult):
                continue
            found = codec.read_outcome(answer, message.address.dingtalk_id)
            if found is not None:
                return found
        return unknown_outcome()

    async def _post(self, token: AccessToken, what: str, body: bytes) -> Answer | SendResult:
        url = base(self._config.base_url, f"{_WORK}/{what}", {"access_token": token.value})
        return await self._client.exchange(Call("POST", url, body, _HEADERS))

    def _ask_for_token(self) -> Call:
        params = {
            "appkey": self._config.app_key,
            "appsecret": self._config.app_secret.get_secret_value(),
        }
        return Call("GET", base(self._config.base_url, "/gettoken", params))
