"""Sends through Tencent Cloud SMS."""

from __future__ import annotations

from services.notifier.channels.http import Call, HttpClient, base, host_of
from services.notifier.channels.tencent_sms import codec
from services.notifier.channels.tencent_sms.config import TencentSmsConfig
from services.notifier.channels.tencent_sms.signature import CONTENT_TYPE, authorization
from services.notifier.domain.message import AddressKind, Form, Message, SmsContent
from services.notifier.domain.results import Reason, SendResult, give_up

_VERSION = "2021-01-11"


class TencentSms:
    """The gateway's yes is not the phone's: a receipt follows."""

    name = "tencent_sms"
    form = Form.SMS
    needs = AddressKind.MOBILE
    receipts = True
    repeat_safe = False

    def __init__(self, config: TencentSmsConfig) -> None:
        self._config = config
        self._client = HttpClient(config.timeout_s)
        self._url = base(config.base_url, "/")
        self._host = host_of(self._url)
        self._app = (config.sdk_app_id, config.sign_name)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, SmsContent)
        body = codec.body(message, message.content, self._app)
        if body is None:
            return give_up(Reason.TOO_LONG)
        call = Call("POST", self._url, body, self._headers(body, now_ms // 1000))
        answer = await self._client.exchange(call)
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    def _headers(self, body: bytes, now_s: int) -> dict[str, str]:
        key = (self._config.secret_id, self._config.secret_key.get_secret_value())
        return {
            "authorization": authorization(self._host, body, key, now_s),
            "content-type": CONTENT_TYPE,
            "host": self._host,
            "x-tc-action": "SendSms",
            "x-tc-version": _VERSION,
            "x-tc-region": self._config.region,
            "x-tc-timestamp": str(now_s),
        }
