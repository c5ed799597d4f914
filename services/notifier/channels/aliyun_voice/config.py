"""Settings of Aliyun voice: SANSE_ALIYUN_VOICE_…"""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AliyunVoiceConfig(BaseSettings):
    """Access key, the number shown to the person called, and the endpoint."""

    model_config = SettingsConfigDict(env_prefix="SANSE_ALIYUN_VOICE_", extra="ignore", frozen=True)

    base_url: str = "https://dyvmsapi.aliyuncs.com"
    access_key_id: str = ""
    access_key_secret: SecretStr = SecretStr("")
    # A number bought from the platform; empty: the platform's common numbers.
    shown_number: str = ""
    play_times: int = Field(default=2, ge=1, le=3)
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.access_key_id and self.access_key_secret.get_secret_value())
