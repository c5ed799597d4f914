"""Sends through Aliyun SMS."""

from __future__ import annotations

from uuid import uuid4

from services.notifier.channels.aliyun_sms import codec
from services.notifier.channels.aliyun_sms.config import AliyunSmsConfig
from services.notifier.channels.aliyun_sms.signature import signed_headers
from services.notifier.channels.http import Call, HttpClient, base, host_of
from services.notifier.domain.message import AddressKind, Form, Message, SmsContent
from services.notifier.domain.results import Reason, SendResult, give_up


class AliyunSms:
    """The gateway's yes is not the phone's: a receipt follows."""

    name = "aliyun_sms"
    form = Form.SMS
    needs = AddressKind.MOBILE
    receipts = True
    repeat_safe = False

    def __init__(self, config: AliyunSmsConfig) -> None:
        self._config = config
        self._client = HttpClient(config.timeout_s)
        self._url = base(config.base_url, "/")
        self._host = host_of(self._url)
        self._key = (config.access_key_id, config.access_key_secret.get_secret_value())

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, SmsContent)
        body = codec.body(message, message.content, self._config.sign_name)
        if body is None:
            return give_up(Reason.TOO_LONG)
        headers = signed_headers(self._host, "SendSms", body, self._key, (now_ms, uuid4().hex))
        answer = await self._client.exchange(Call("POST", self._url, body, headers))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
