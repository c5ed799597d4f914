"""Sends through Aliyun SMS."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifier.adapters.receipt_source import SentMessage
from services.notifier.adapters.sms_callbacks import ReceiptNews
from services.notifier.channels.aliyun import Api
from services.notifier.channels.aliyun_sms import codec
from services.notifier.channels.aliyun_sms.config import AliyunSmsConfig
from services.notifier.channels.http import HttpClient
from services.notifier.domain.message import AddressKind, Form, Message, SmsContent
from services.notifier.domain.results import Reason, SendResult, give_up

_VERSION = "2017-05-25"


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
        secret = config.access_key_secret.get_secret_value()
        self._api = Api(config.base_url, _VERSION, config.access_key_id, secret)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, SmsContent)
        body = codec.body(message, message.content, self._config.sign_name)
        if body is None:
            return give_up(Reason.TOO_LONG)
        answer = await self._client.exchange(self._api.call("SendSms", body, now_ms))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def ask(self, sent: SentMessage, now_ms: int) -> Sequence[ReceiptNews]:
        """The fate of one message, by its BizId; Aliyun keeps it for thirty days."""
        call = self._api.call("QuerySendDetails", codec.query(sent), now_ms)
        answer = await self._client.exchange(call)
        return [] if isinstance(answer, SendResult) else codec.read_details(answer, sent)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
