"""Settings of Huawei Cloud SMS: SANSE_HUAWEI_SMS_…"""

from __future__ import annotations

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class HuaweiSmsConfig(BaseSettings):
    """Application key, channel number, and the application's own address from the console."""

    model_config = SettingsConfigDict(env_prefix="SANSE_HUAWEI_SMS_", extra="ignore", frozen=True)

    base_url: str = "https://smsapi.cn-north-4.myhuaweicloud.com"
    app_key: str = ""
    app_secret: SecretStr = SecretStr("")
    # The channel number of the approved signature.
    sender: str = ""
    # The signature's name: only for templates that belong to no signature (通用模板).
    sign_name: str = ""
    # Where the platform brings receipts, with our token; it is part of each request, so keep it secret.
    status_callback: SecretStr = SecretStr("")
    # "aksk": SDK-HMAC-SHA256 over the whole request; "wsse": the older digest of the secret alone.
    auth: Literal["aksk", "wsse"] = "aksk"
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.app_key and self.app_secret.get_secret_value() and self.sender)
