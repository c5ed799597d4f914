"""Settings of Aliyun SMS: SANSE_ALIYUN_SMS_…"""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AliyunSmsConfig(BaseSettings):
    """Access key, approved signature, and the endpoint."""

    model_config = SettingsConfigDict(env_prefix="SANSE_ALIYUN_SMS_", extra="ignore", frozen=True)

    base_url: str = "https://dysmsapi.aliyuncs.com"
    access_key_id: str = ""
    access_key_secret: SecretStr = SecretStr("")
    sign_name: str = ""
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.access_key_id and self.access_key_secret.get_secret_value())
