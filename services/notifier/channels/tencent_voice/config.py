"""Settings of Tencent Cloud voice: SANSE_TENCENT_VOICE_…"""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TencentVoiceConfig(BaseSettings):
    """Secret id and key, voice application, and the endpoint."""

    model_config = SettingsConfigDict(
        env_prefix="SANSE_TENCENT_VOICE_", extra="ignore", frozen=True
    )

    base_url: str = "https://vms.tencentcloudapi.com"
    secret_id: str = ""
    secret_key: SecretStr = SecretStr("")
    sdk_app_id: str = ""
    region: str = "ap-guangzhou"
    play_times: int = Field(default=2, ge=1, le=3)
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.secret_id and self.secret_key.get_secret_value() and self.sdk_app_id)
