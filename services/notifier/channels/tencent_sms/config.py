"""Settings of Tencent Cloud SMS: SANSE_TENCENT_SMS_…"""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TencentSmsConfig(BaseSettings):
    """Secret id and key, SMS application, approved signature, and the endpoint."""

    model_config = SettingsConfigDict(env_prefix="SANSE_TENCENT_SMS_", extra="ignore", frozen=True)

    base_url: str = "https://sms.tencentcloudapi.com"
    secret_id: str = ""
    secret_key: SecretStr = SecretStr("")
    sdk_app_id: str = ""
    sign_name: str = ""
    region: str = "ap-guangzhou"
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.secret_id and self.secret_key.get_secret_value() and self.sdk_app_id)
