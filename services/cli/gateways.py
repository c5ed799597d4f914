"""The simulated gateways on loopback, and the channel settings that make the notifier use them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from services.cli.local.process import LocalProcess, spawn
from services.common.settings import REPOSITORY, CommonSettings
from tests.simulators import credentials
from tests.simulators.client import Simulators

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
    """Have the SMS platforms approve our templates, as an operator files them with the real ones."""
    sms = yaml.safe_load(notices.read_text(encoding="utf-8"))["sms"]
    aliyun, tencent = {}, {}
    for by_language in sms.values():
        for template in by_language.values():
            text, named = template["text"], template["aliyun_sms"]
            ours = {variable: name for name, variable in named["names"].items()}
            aliyun[named["id"]] = text.format_map({v: f"${{{n}}}" for v, n in ours.items()})
            order = template["tencent_sms"]["order"]
            places = {variable: f"{{{at}}}" for at, variable in enumerate(order, 1)}
            tencent[template["tencent_sms"]["id"]] = text.format_map(places)
    control.approve("aliyun-sms", aliyun, [credentials.ALIYUN_SIGN_NAME])
    control.approve("tencent-sms", tencent, [credentials.TENCENT_SIGN_NAME])


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
        "SANSE_CMPP_HOST": "127.0.0.1",
        "SANSE_CMPP_PORT": str(control.cmpp_port),
        "SANSE_CMPP_SP_ID": credentials.CMPP_SP_ID,
        "SANSE_CMPP_SECRET": credentials.CMPP_SECRET,
        "SANSE_CMPP_SRC_ID": credentials.CMPP_SRC_ID,
        "SANSE_CMPP_SERVICE_ID": credentials.CMPP_SERVICE_ID,
        "SANSE_SMTP_HOST": control.smtp_host,
        "SANSE_SMTP_PORT": str(control.smtp_port),
        "SANSE_SMTP_SECURITY": "none",
        "SANSE_SMTP_USER": credentials.SMTP_USER,
        "SANSE_SMTP_PASSWORD": credentials.SMTP_PASSWORD,
        "SANSE_WEBHOOK_URL": f"{http}/webhook/{{official_id}}",
        "SANSE_WEBHOOK_SECRET": credentials.WEBHOOK_SECRET,
    }
