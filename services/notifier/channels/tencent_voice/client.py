"""Calls a person through Tencent Cloud and has the notice read out."""

from __future__ import annotations

from services.notifier.channels.http import HttpClient
from services.notifier.channels.tencent import Api
from services.notifier.channels.tencent_voice import codec
from services.notifier.channels.tencent_voice.config import TencentVoiceConfig
from services.notifier.domain.message import AddressKind, Form, Message, SmsContent
from services.notifier.domain.results import Reason, SendResult, give_up

_VERSION = "2020-09-02"


class TencentVoice:
    """The gateway's yes is not the person's: a receipt says whether the call was answered."""

    name = "tencent_voice"
    form = Form.VOICE
    needs = AddressKind.MOBILE
    receipts = True
    repeat_safe = False

    def __init__(self, config: TencentVoiceConfig) -> None:
        self._client = HttpClient(config.timeout_s)
        self._api = Api(
            base_url=config.base_url,
            service="vms",
            version=_VERSION,
            region=config.region,
            secret_id=config.secret_id,
            secret_key=config.secret_key.get_secret_value(),
        )
        self._app = (config.sdk_app_id, config.play_times)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Ask for one call."""
        assert isinstance(message.content, SmsContent)
        body = codec.body(message, message.content, self._app)
        if body is None:
            return give_up(Reason.TOO_LONG)
        answer = await self._client.exchange(self._api.call("SendTtsVoice", body, now_ms))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
