"""Sends through Tencent Cloud SMS."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifier.adapters.receipt_source import SentMessage
from services.notifier.adapters.sms_callbacks import ReceiptNews
from services.notifier.channels.http import HttpClient
from services.notifier.channels.tencent import Api
from services.notifier.channels.tencent_sms import codec
from services.notifier.channels.tencent_sms.config import TencentSmsConfig
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
        self._client = HttpClient(config.timeout_s)
        self._api = Api(
            base_url=config.base_url,
            service="sms",
            version=_VERSION,
            region=config.region,
            secret_id=config.secret_id,
            secret_key=config.secret_key.get_secret_value(),
        )
        self._app = (config.sdk_app_id, config.sign_name)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, SmsContent)
        body = codec.body(message, message.content, self._app)
        if body is None:
            return give_up(Reason.TOO_LONG)
        answer = await self._client.exchange(self._api.call("SendSms", body, now_ms))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def ask(self, sent: SentMessage, now_ms: int) -> Sequence[ReceiptNews]:
        """The fate of one message, among those to its number; Tencent keeps them for seven days."""
        body = codec.query(sent, self._app[0])
        call = self._api.call("PullSmsSendStatusByPhoneNumber", body, now_ms)
        answer = await self._client.exchange(call)
        return [] if isinstance(answer, SendResult) else codec.read_statuses(answer, sent)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
