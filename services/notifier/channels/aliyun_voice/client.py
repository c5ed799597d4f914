"""Calls a person through Aliyun and has the notice read out."""

from __future__ import annotations

from services.notifier.channels.aliyun import Api
from services.notifier.channels.aliyun_voice import codec
from services.notifier.channels.aliyun_voice.config import AliyunVoiceConfig
from services.notifier.channels.http import HttpClient
from services.notifier.domain.message import AddressKind, Form, Message, SmsContent
from services.notifier.domain.results import Reason, SendResult, give_up

_VERSION = "2017-05-25"


class AliyunVoice:
    """The gateway's yes is not the person's: a receipt says whether the call was answered."""

    name = "aliyun_voice"
    form = Form.VOICE
    needs = AddressKind.MOBILE
    receipts = True
    repeat_safe = False

    def __init__(self, config: AliyunVoiceConfig) -> None:
        self._client = HttpClient(config.timeout_s)
        secret = config.access_key_secret.get_secret_value()
        self._api = Api(config.base_url, _VERSION, config.access_key_id, secret)
        self._shown = (config.shown_number, config.play_times)

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Ask for one call."""
        assert isinstance(message.content, SmsContent)
        body = codec.body(message, message.content, self._shown)
        if body is None:
            return give_up(Reason.TOO_LONG)
        answer = await self._client.exchange(self._api.call("SingleCallByTts", body, now_ms))
        return answer if isinstance(answer, SendResult) else codec.read(answer)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
