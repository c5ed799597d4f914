"""The simulated gateways on loopback, and the channel settings that make the notifier use them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.cli.local.process import LocalProcess, spawn
from services.common.settings import REPOSITORY, CommonSettings
from tests.simulators import credentials
from tests.simulators.client import Simulators

# Platforms that approve texts, and the signature each puts before them.
_APPROVING = {
    "aliyun-sms": credentials.ALIYUN_SIGN_NAME,
    "tencent-sms": credentials.TENCENT_SIGN_NAME,
    "huawei-sms": credentials.HUAWEI_SIGN_NAME,
    "aliyun-voice": "",
    "tencent-voice": "",
}
LIVE_FOR_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Gateways:
    """The running process and what its control interface offers."""

    process: LocalProcess
    control: Simulators

    def stop(self) -> None:
        """End the process."""
        self.control.stop()
        self.process.stop()


def start_gateways(folder: Path, live_for_s: float = LIVE_FOR_S) -> Gateways:
    """Start the simulators and wait until they listen."""
    state = folder / "simulators.json"
    folder.mkdir(parents=True, exist_ok=True)
    state.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.simulators", "--state-file", str(state)]
    command += ["--max-seconds", str(live_for_s)]
    env = {"PYTHONPATH": str(REPOSITORY)}
    process = spawn("simulators", command, folder / "simulators.log", env)
    process.wait_until(state.exists)
    control = Simulators.attach(state)
    approve_templates(control, CommonSettings().templates_dir / "notices.yaml")
    return Gateways(process, control)


def approve_templates(control: Simulators, notices: Path) -> None:
    """Have the platforms approve our templates, as an operator files them with the real ones."""
    sms = yaml.safe_load(notices.read_text(encoding="utf-8"))["sms"]
    approved: dict[str, dict[str, str]] = {gateway: {} for gateway in _APPROVING}
    for by_language in sms.values():
        for template in by_language.values():
            for text in (template, template.get("voice", {})):
                for gateway in _APPROVING:
                    platform = text.get(gateway.replace("-", "_"))
                    if platform:
                        approved[gateway][platform["id"]] = _as_filed(text["text"], platform)
    for gateway, sign in _APPROVING.items():
        control.approve(gateway, approved[gateway], [sign])


def _as_filed(text: str, platform: Mapping[str, Any]) -> str:
    """Our text with the platform's own holes: ${name}, or {place}."""
    if "names" in platform:
        return text.format_map({ours: f"${{{name}}}" for name, ours in platform["names"].items()})
    return text.format_map({ours: f"{{{at}}}" for at, ours in enumerate(platform["order"], 1)})


def channel_env(control: Simulators) -> Mapping[str, str]:
    """Settings of all channels, pointing at the simulators with their test credentials."""
    http = control.http
    return {
        "SANSE_WECOM_APP_BASE_URL": f"{http}/wecom",
        "SANSE_WECOM_APP_CORP_ID": credentials.WECOM_CORP_ID,
        "SANSE_WECOM_APP_CORP_SECRET": credentials.WECOM_CORP_SECRET,
        "SANSE_WECOM_APP_AGENT_ID": str(credentials.WECOM_AGENT_ID),
        "SANSE_WECOM_ROBOT_BASE_URL": f"{http}/wecom",
        "SANSE_WECOM_ROBOT_KEY": credentials.WECOM_ROBOT_KEY,
        "SANSE_DINGTALK_ROBOT_BASE_URL": f"{http}/dingtalk",
        "SANSE_DINGTALK_ROBOT_TOKEN": credentials.DINGTALK_TOKEN,
        "SANSE_DINGTALK_ROBOT_SECRET": credentials.DINGTALK_SECRET,
        "SANSE_DINGTALK_CARD_BASE_URL": http,
        "SANSE_DINGTALK_CARD_APP_KEY": credentials.DINGTALK_APP_KEY,
        "SANSE_DINGTALK_CARD_APP_SECRET": credentials.DINGTALK_APP_SECRET,
        "SANSE_DINGTALK_CARD_TEMPLATE_ID": credentials.DINGTALK_CARD_TEMPLATE,
        "SANSE_FEISHU_ROBOT_BASE_URL": f"{http}/feishu",
        "SANSE_FEISHU_ROBOT_TOKEN": credentials.FEISHU_TOKEN,
        "SANSE_FEISHU_ROBOT_SECRET": credentials.FEISHU_SECRET,
        "SANSE_ALIYUN_SMS_BASE_URL": http,
        "SANSE_ALIYUN_SMS_ACCESS_KEY_ID": credentials.ALIYUN_KEY_ID,
        "SANSE_ALIYUN_SMS_ACCESS_KEY_SECRET": credentials.ALIYUN_KEY_SECRET,
        "SANSE_ALIYUN_SMS_SIGN_NAME": credentials.ALIYUN_SIGN_NAME,
        "SANSE_TENCENT_SMS_BASE_URL": http,
        "SANSE_TENCENT_SMS_SECRET_ID": credentials.TENCENT_SECRET_ID,
        "SANSE_TENCENT_SMS_SECRET_KEY": credentials.TENCENT_SECRET_KEY,
        "SANSE_TENCENT_SMS_SDK_APP_ID": credentials.TENCENT_SDK_APP_ID,
        "SANSE_TENCENT_SMS_SIGN_NAME": credentials.TENCENT_SIGN_NAME,
        "SANSE_HUAWEI_SMS_BASE_URL": http,
        "SANSE_HUAWEI_SMS_APP_KEY": credentials.HUAWEI_APP_KEY,
        "SANSE_HUAWEI_SMS_APP_SECRET": credentials.HUAWEI_APP_SECRET,
        "SANSE_HUAWEI_SMS_SENDER": credentials.HUAWEI_SENDER,
        "SANSE_ALIYUN_VOICE_BASE_URL": http,
        "SANSE_ALIYUN_VOICE_ACCESS_KEY_ID": credentials.ALIYUN_KEY_ID,
        "SANSE_ALIYUN_VOICE_ACCESS_KEY_SECRET": credentials.ALIYUN_KEY_SECRET,
        "SANSE_TENCENT_VOICE_BASE_URL": http,
        "SANSE_TENCENT_VOICE_SECRET_ID": credentials.TENCENT_SECRET_ID,
        "SANSE_TENCENT_VOICE_SECRET_KEY": credentials.TENCENT_SECRET_KEY,
        "SANSE_TENCENT_VOICE_SDK_APP_ID": credentials.TENCENT_VOICE_APP_ID,
        "SANSE_CMPP_HOST": "127.0.0.1",
        "SANSE_CMPP_PORT": str(control.cmpp_port),
        "SANSE_CMPP_SP_ID": credentials.CMPP_SP_ID,
        "SANSE_CMPP_SECRET": credentials.CMPP_SECRET,
        "SANSE_CMPP_SRC_ID": credentials.CMPP_SRC_ID,
        "SANSE_CMPP_SERVICE_ID": credentials.CMPP_SERVICE_ID,
        "SANSE_SMPP_HOST": "127.0.0.1",
        "SANSE_SMPP_PORT": str(control.smpp_port),
        "SANSE_SMPP_SYSTEM_ID": credentials.SMPP_SYSTEM_ID,
        "SANSE_SMPP_PASSWORD": credentials.SMPP_PASSWORD,
        "SANSE_SMPP_SOURCE": credentials.SMPP_SOURCE,
        "SANSE_SMTP_HOST": control.smtp_host,
        "SANSE_SMTP_PORT": str(control.smtp_port),
        "SANSE_SMTP_SECURITY": "none",
        "SANSE_SMTP_USER": credentials.SMTP_USER,
        "SANSE_SMTP_PASSWORD": credentials.SMTP_PASSWORD,
        "SANSE_WEBHOOK_URL": f"{http}/webhook/{{official_id}}",
        "SANSE_WEBHOOK_SECRET": credentials.WEBHOOK_SECRET,
    }
