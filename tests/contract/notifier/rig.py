"""All channels, wired to the simulated gateways: what the one contract suite runs over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import SecretStr

from services.common.terms import Language
from services.notifier.channels.aliyun_sms.client import AliyunSms
from services.notifier.channels.aliyun_sms.config import AliyunSmsConfig
from services.notifier.channels.aliyun_voice.client import AliyunVoice
from services.notifier.channels.aliyun_voice.config import AliyunVoiceConfig
from services.notifier.channels.cmpp.client import Cmpp
from services.notifier.channels.cmpp.config import CmppConfig
from services.notifier.channels.dingtalk_card.client import DingtalkCard
from services.notifier.channels.dingtalk_card.config import DingtalkCardConfig
from services.notifier.channels.dingtalk_robot.client import DingtalkRobot
from services.notifier.channels.dingtalk_robot.config import DingtalkRobotConfig
from services.notifier.channels.dingtalk_work.client import DingtalkWork
from services.notifier.channels.dingtalk_work.config import DingtalkWorkConfig
from services.notifier.channels.feishu_app.client import FeishuApp
from services.notifier.channels.feishu_app.config import FeishuAppConfig
from services.notifier.channels.feishu_robot.client import FeishuRobot
from services.notifier.channels.feishu_robot.config import FeishuRobotConfig
from services.notifier.channels.huawei_sms.client import HuaweiSms
from services.notifier.channels.huawei_sms.config import HuaweiSmsConfig
from services.notifier.channels.smpp.client import Smpp
from services.notifier.channels.smpp.config import SmppConfig
from services.notifier.channels.smtp.client import Smtp
from services.notifier.channels.smtp.config import SmtpConfig
from services.notifier.channels.tencent_sms.client import TencentSms
from services.notifier.channels.tencent_sms.config import TencentSmsConfig
from services.notifier.channels.tencent_voice.client import TencentVoice
from services.notifier.channels.tencent_voice.config import TencentVoiceConfig
from services.notifier.channels.webhook.client import Webhook
from services.notifier.channels.webhook.config import WebhookConfig
from services.notifier.channels.wecom_app.client import WecomApp
from services.notifier.channels.wecom_app.config import WecomAppConfig
from services.notifier.channels.wecom_robot.client import WecomRobot
from services.notifier.channels.wecom_robot.config import WecomRobotConfig
from services.notifier.domain.message import (
    Address,
    Channel,
    Form,
    Message,
    SmsContent,
    TextContent,
)
from services.notifier.domain.results import SendResult
from tests.simulators import credentials as secrets
from tests.simulators.client import Simulators

MOBILE = "13800138000"
NOTICE_ID = "0b6f3c8e-7a51-5d2e-9f3d-1c2b3a4d5e6f"
LINK = f"https://sanse.example/a/token?notice={NOTICE_ID}"
# What a button on a card brings back.
KEY = "test-button-key"
TIMEOUT_S = 0.6
# Where the gateway is silent on purpose, nothing is gained by waiting longer.
SILENCE_S = 0.3
ADDRESS = Address(
    "GW-1", "532301001001", MOBILE, "wecom-user-1", "official@gov.example", "ding-1", "ou_1"
)


@dataclass(frozen=True, slots=True)
class Rig:
    """One channel: how to make it, which gateway it speaks to, and where its messages show.

    broken_at: the part of the gateway that can fail as a whole, when it has a name of its own.
    notice_id: as much of the notice's id as the gateway keeps.
    """

    name: str
    gateway: str
    shown_at: str
    make: Callable[[Simulators], Channel]
    secrets: tuple[str, ...]
    too_long: int = 25_000
    broken_at: str = ""
    notice_id: str = NOTICE_ID


def _hidden(value: str) -> SecretStr:
    return SecretStr(value)


def _wecom_robot(simulators: Simulators) -> Channel:
    return WecomRobot(
        WecomRobotConfig(
            base_url=f"{simulators.http}/wecom",
            key=_hidden(secrets.WECOM_ROBOT_KEY),
            timeout_s=TIMEOUT_S,
        )
    )


def _wecom_app(*callback: str) -> Callable[[Simulators], Channel]:
    def make(simulators: Simulators) -> Channel:
        token, key = callback or ("", "")
        return WecomApp(
            WecomAppConfig(
                base_url=f"{simulators.http}/wecom",
                corp_id=secrets.WECOM_CORP_ID,
                corp_secret=_hidden(secrets.WECOM_CORP_SECRET),
                agent_id=secrets.WECOM_AGENT_ID,
                callback_token=_hidden(token),
                callback_key=_hidden(key),
                timeout_s=TIMEOUT_S,
            )
        )

    return make


def _dingtalk(simulators: Simulators) -> Channel:
    return DingtalkRobot(
        DingtalkRobotConfig(
            base_url=f"{simulators.http}/dingtalk",
            token=_hidden(secrets.DINGTALK_TOKEN),
            secret=_hidden(secrets.DINGTALK_SECRET),
            timeout_s=TIMEOUT_S,
        )
    )


def _dingtalk_work(simulators: Simulators) -> Channel:
    return DingtalkWork(
        DingtalkWorkConfig(
            base_url=f"{simulators.http}/dingtalk",
            app_key=secrets.DINGTALK_APP_KEY,
            app_secret=_hidden(secrets.DINGTALK_APP_SECRET),
            agent_id=secrets.DINGTALK_AGENT_ID,
            timeout_s=TIMEOUT_S,
        )
    )


def _dingtalk_card(simulators: Simulators) -> Channel:
    return DingtalkCard(
        DingtalkCardConfig(
            base_url=simulators.http,
            app_key=secrets.DINGTALK_APP_KEY,
            app_secret=_hidden(secrets.DINGTALK_APP_SECRET),
            template_id=secrets.DINGTALK_CARD_TEMPLATE,
            timeout_s=TIMEOUT_S,
        )
    )


def _feishu(simulators: Simulators) -> Channel:
    return FeishuRobot(
        FeishuRobotConfig(
            base_url=f"{simulators.http}/feishu",
            token=_hidden(secrets.FEISHU_TOKEN),
            secret=_hidden(secrets.FEISHU_SECRET),
            timeout_s=TIMEOUT_S,
        )
    )


def _feishu_app(*callback: str) -> Callable[[Simulators], Channel]:
    def make(simulators: Simulators) -> Channel:
        key, token = callback or ("", "")
        return FeishuApp(
            FeishuAppConfig(
                base_url=simulators.http,
                app_id=secrets.FEISHU_APP_ID,
                app_secret=_hidden(secrets.FEISHU_APP_SECRET),
                encrypt_key=_hidden(key),
                verification_token=_hidden(token),
                timeout_s=TIMEOUT_S,
            )
        )

    return make


def _aliyun(simulators: Simulators) -> Channel:
    return AliyunSms(
        AliyunSmsConfig(
            base_url=simulators.http,
            access_key_id=secrets.ALIYUN_KEY_ID,
            access_key_secret=_hidden(secrets.ALIYUN_KEY_SECRET),
            sign_name=secrets.ALIYUN_SIGN_NAME,
            timeout_s=TIMEOUT_S,
        )
    )


def _tencent(simulators: Simulators) -> Channel:
    return TencentSms(
        TencentSmsConfig(
            base_url=simulators.http,
            secret_id=secrets.TENCENT_SECRET_ID,
            secret_key=_hidden(secrets.TENCENT_SECRET_KEY),
            sdk_app_id=secrets.TENCENT_SDK_APP_ID,
            sign_name=secrets.TENCENT_SIGN_NAME,
            timeout_s=TIMEOUT_S,
        )
    )


def _huawei(auth: Literal["aksk", "wsse"]) -> Callable[[Simulators], Channel]:
    def make(simulators: Simulators) -> Channel:
        return HuaweiSms(
            HuaweiSmsConfig(
                base_url=simulators.http,
                app_key=secrets.HUAWEI_APP_KEY,
                app_secret=_hidden(secrets.HUAWEI_APP_SECRET),
                sender=secrets.HUAWEI_SENDER,
                auth=auth,
                timeout_s=TIMEOUT_S,
            )
        )

    return make


def _aliyun_voice(simulators: Simulators) -> Channel:
    return AliyunVoice(
        AliyunVoiceConfig(
            base_url=simulators.http,
            access_key_id=secrets.ALIYUN_KEY_ID,
            access_key_secret=_hidden(secrets.ALIYUN_KEY_SECRET),
            timeout_s=TIMEOUT_S,
        )
    )


def _tencent_voice(simulators: Simulators) -> Channel:
    return TencentVoice(
        TencentVoiceConfig(
            base_url=simulators.http,
            secret_id=secrets.TENCENT_SECRET_ID,
            secret_key=_hidden(secrets.TENCENT_SECRET_KEY),
            sdk_app_id=secrets.TENCENT_VOICE_APP_ID,
            timeout_s=TIMEOUT_S,
        )
    )


def cmpp_config(port: int, version: Literal["2.0", "3.0"] = "2.0", **changes: Any) -> CmppConfig:
    """Settings for the simulated carrier's gateway."""
    given = {
        "host": "127.0.0.1",
        "port": port,
        "version": version,
        "sp_id": secrets.CMPP_SP_ID,
        "secret": _hidden(secrets.CMPP_SECRET),
        "src_id": secrets.CMPP_SRC_ID,
        "service_id": secrets.CMPP_SERVICE_ID,
        "timeout_s": TIMEOUT_S,
    }
    return CmppConfig(**{**given, **changes})


def _cmpp_20(simulators: Simulators) -> Channel:
    return Cmpp(cmpp_config(simulators.cmpp_port))


def _cmpp_30(simulators: Simulators) -> Channel:
    return Cmpp(cmpp_config(simulators.cmpp_port, "3.0"))


def smpp_config(port: int, **changes: Any) -> SmppConfig:
    """Settings for the simulated SMSC."""
    given = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": secrets.SMPP_SYSTEM_ID,
        "password": _hidden(secrets.SMPP_PASSWORD),
        "source": secrets.SMPP_SOURCE,
        "timeout_s": TIMEOUT_S,
    }
    return SmppConfig(**{**given, **changes})


def _smpp(simulators: Simulators) -> Channel:
    return Smpp(smpp_config(simulators.smpp_port))


def _smtp(simulators: Simulators) -> Channel:
    return Smtp(
        SmtpConfig(
            host=simulators.smtp_host,
            port=simulators.smtp_port,
            security="none",
            user=secrets.SMTP_USER,
            password=_hidden(secrets.SMTP_PASSWORD),
            sender="sanse@gov.example",
            timeout_s=TIMEOUT_S,
        )
    )


def _webhook(simulators: Simulators) -> Channel:
    return Webhook(
        WebhookConfig(
            url=f"{simulators.http}/webhook/{{official_id}}",
            secret=_hidden(secrets.WEBHOOK_SECRET),
            timeout_s=TIMEOUT_S,
        )
    )


_ALL = (
    Rig(
        "wecom_robot",
        "wecom-robot",
        secrets.WECOM_ROBOT_KEY,
        _wecom_robot,
        (secrets.WECOM_ROBOT_KEY,),
    ),
    Rig("wecom_app", "wecom-app", "wecom-user-1", _wecom_app(), (secrets.WECOM_CORP_SECRET,)),
    Rig(
        "wecom_app_button",
        "wecom-app",
        "wecom-user-1",
        _wecom_app(secrets.WECOM_CALLBACK_TOKEN, secrets.WECOM_CALLBACK_KEY),
        (secrets.WECOM_CORP_SECRET, secrets.WECOM_CALLBACK_TOKEN, secrets.WECOM_CALLBACK_KEY, KEY),
    ),
    Rig(
        "dingtalk_robot",
        "dingtalk-robot",
        secrets.DINGTALK_TOKEN,
        _dingtalk,
        (secrets.DINGTALK_TOKEN, secrets.DINGTALK_SECRET),
    ),
    Rig(
        "dingtalk_work",
        "dingtalk-work",
        "ding-1",
        _dingtalk_work,
        (secrets.DINGTALK_APP_SECRET, "ding-1"),
    ),
    Rig(
        "dingtalk_card",
        "dingtalk-card",
        "ding-1",
        _dingtalk_card,
        (secrets.DINGTALK_APP_SECRET, KEY, "ding-1"),
    ),
    Rig("feishu_app", "feishu-app", "ou_1", _feishu_app(), (secrets.FEISHU_APP_SECRET, "ou_1")),
    Rig(
        "feishu_app_button",
        "feishu-app",
        "ou_1",
        _feishu_app(secrets.FEISHU_ENCRYPT_KEY, secrets.FEISHU_VERIFICATION_TOKEN),
        (secrets.FEISHU_APP_SECRET, secrets.FEISHU_ENCRYPT_KEY, KEY, "ou_1"),
    ),
    Rig(
        "feishu_robot",
        "feishu-robot",
        secrets.FEISHU_TOKEN,
        _feishu,
        (secrets.FEISHU_TOKEN, secrets.FEISHU_SECRET),
    ),
    Rig("aliyun_sms", "aliyun-sms", MOBILE, _aliyun, (secrets.ALIYUN_KEY_SECRET,)),
    Rig("tencent_sms", "tencent-sms", MOBILE, _tencent, (secrets.TENCENT_SECRET_KEY,)),
    Rig("huawei_sms", "huawei-sms", MOBILE, _huawei("aksk"), (secrets.HUAWEI_APP_SECRET,)),
    Rig("huawei_sms_wsse", "huawei-sms", MOBILE, _huawei("wsse"), (secrets.HUAWEI_APP_SECRET,)),
    Rig(
        "aliyun_voice",
        "aliyun-voice",
        MOBILE,
        _aliyun_voice,
        (secrets.ALIYUN_KEY_SECRET,),
        notice_id=NOTICE_ID.replace("-", "")[:15],
    ),
    Rig("tencent_voice", "tencent-voice", MOBILE, _tencent_voice, (secrets.TENCENT_SECRET_KEY,)),
    Rig(
        "cmpp_20",
        "cmpp",
        MOBILE,
        _cmpp_20,
        (secrets.CMPP_SECRET,),
        broken_at="cmpp-line",
    ),
    Rig(
        "cmpp_30",
        "cmpp",
        MOBILE,
        _cmpp_30,
        (secrets.CMPP_SECRET,),
        broken_at="cmpp-line",
    ),
    Rig("smpp", "smpp", MOBILE, _smpp, (secrets.SMPP_PASSWORD,), broken_at="smpp-line"),
    Rig("smtp", "smtp", "official@gov.example", _smtp, (secrets.SMTP_PASSWORD,), 120_000),
    Rig("webhook", "webhook", "GW-1", _webhook, (secrets.WEBHOOK_SECRET,), 80_000),
)
RIGS: Mapping[str, Rig] = {rig.name: rig for rig in _ALL}


def message_for(channel: Channel, text: str = "请于3月5日前首次走访") -> Message:
    """A message in the channel's form; an SMS carries the text as its case number."""
    content: SmsContent | TextContent
    if channel.form in (Form.SMS, Form.VOICE):
        content = _template(channel.name, text)
    else:
        whole = channel.form in (Form.MAIL, Form.SMS_TEXT)
        shown = f"{text}\n{LINK}" if whole else text
        content = TextContent("黄色预警", shown, LINK, "点击签收", {"case_no": "533123-7K3Q9D"})
    return Message(NOTICE_ID, Language.ZH, ADDRESS, content, key=KEY)


# Template, parameter names; what is read out has no link.
_TEMPLATES = {
    "aliyun_sms": ("SMS_100000001", ("colour", "case", "deadline", "link")),
    "tencent_sms": ("1000001", ("1", "2", "3", "4")),
    "huawei_sms": ("huawei-10000001", ("1", "2", "3", "4")),
    "aliyun_voice": ("TTS_100000001", ("colour", "case", "deadline")),
    "tencent_voice": ("2000001", ("1", "2", "3")),
}


def _template(channel: str, text: str) -> SmsContent:
    template_id, names = _TEMPLATES[channel]
    return SmsContent(template_id, dict(zip(names, ("黄色", text, "3月5日", LINK), strict=False)))


def sent(
    channel: Channel, message: Message, now_ms: int | None = None, **changes: Any
) -> SendResult:
    """Send once in a loop of its own and release the connections."""

    async def once() -> SendResult:
        try:
            at = time.time_ns() // 1_000_000 if now_ms is None else now_ms
            return await channel.send(replace(message, **changes), at)
        finally:
            await channel.close()

    return asyncio.run(once())
