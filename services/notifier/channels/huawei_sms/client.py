"""Sends through Huawei Cloud SMS."""

from __future__ import annotations

from uuid import uuid4

from services.notifier.channels.http import Call, HttpClient, base
from services.notifier.channels.huawei_sms import codec
from services.notifier.channels.huawei_sms.config import HuaweiSmsConfig
from services.notifier.channels.huawei_sms.signature import aksk_headers, wsse_headers
from services.notifier.domain.message import AddressKind, Form, Message, SmsContent
from services.notifier.domain.results import Reason, SendResult, give_up


class HuaweiSms:
    """The gateway's yes is not the phone's: a receipt follows."""

    name = "huawei_sms"
    form = Form.SMS
    needs = AddressKind.MOBILE
    receipts = True
    repeat_safe = False

    def __init__(self, config: HuaweiSmsConfig) -> None:
        self._config = config
        self._client = HttpClient(config.timeout_s)
        self._url = base(config.base_url, "/sms/batchSendSms/v1")
        callback = config.status_callback.get_secret_value()
        self._app = codec.App(config.sender, config.sign_name, callback)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, SmsContent)
        body = codec.body(message, message.content, self._app)
        if body is None:
            return give_up(Reason.TOO_LONG)
        call = Call("POST", self._url, body, self._headers(body, now_ms))
        answer = await self._client.exchange(call)
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    def _headers(self, body: bytes, now_ms: int) -> dict[str, str]:
        key = (self._config.app_key, self._config.app_secret.get_secret_value())
        if self._config.auth == "wsse":
            return wsse_headers(key, now_ms, uuid4().hex)
        return aksk_headers(self._url, body, key, now_ms)
