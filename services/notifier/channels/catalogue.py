"""All channels by name: adding one is a folder and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.notifier.channels.aliyun_sms.client import AliyunSms
from services.notifier.channels.aliyun_sms.config import AliyunSmsConfig
from services.notifier.channels.aliyun_voice.client import AliyunVoice
from services.notifier.channels.aliyun_voice.config import AliyunVoiceConfig
from services.notifier.channels.apprise.client import Apprise
from services.notifier.channels.apprise.config import AppriseConfig
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
from services.notifier.domain.message import Channel, Form

# (settings from the environment, client); a client is made only when its settings are complete.
_KNOWN: tuple[tuple[Callable[[], Any], Callable[[Any], Channel]], ...] = (
    (WecomAppConfig, WecomApp),
    (WecomRobotConfig, WecomRobot),
    (DingtalkRobotConfig, DingtalkRobot),
    (DingtalkWorkConfig, DingtalkWork),
    (DingtalkCardConfig, DingtalkCard),
    (FeishuAppConfig, FeishuApp),
    (FeishuRobotConfig, FeishuRobot),
    (AliyunSmsConfig, AliyunSms),
    (TencentSmsConfig, TencentSms),
    (HuaweiSmsConfig, HuaweiSms),
    (CmppConfig, Cmpp),
    (SmppConfig, Smpp),
    (AliyunVoiceConfig, AliyunVoice),
    (TencentVoiceConfig, TencentVoice),
    (SmtpConfig, Smtp),
    (WebhookConfig, Webhook),
    (AppriseConfig, Apprise),
)


def channel_forms() -> Mapping[str, Form]:
    """Every channel there is, and the kind of text it carries."""
    clients: list[Any] = [make for _, make in _KNOWN]
    return {client.name: client.form for client in clients}


def configured_channels() -> Mapping[str, Channel]:
    """The channels that the environment switches on, by name."""
    channels = [make(config) for read, make in _KNOWN if (config := read()).configured]
    return {channel.name: channel for channel in channels}
