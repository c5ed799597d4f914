"""Settings of the Feishu application: SANSE_FEISHU_APP_…"""

from __future__ import annotations

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class FeishuAppConfig(BaseSettings):
    """Application id and secret, which id the roster holds, and what callbacks are checked with."""

    model_config = SettingsConfigDict(env_prefix="SANSE_FEISHU_APP_", extra="ignore", frozen=True)

    base_url: str = "https://open.feishu.cn"
    app_id: str = ""
    app_secret: SecretStr = SecretStr("")
    id_type: Literal["open_id", "user_id"] = "open_id"
    # Both from the application's page for events and callbacks: cards then have a button.
    encrypt_key: SecretStr = SecretStr("")
    verification_token: SecretStr = SecretStr("")
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.app_id and self.app_secret.get_secret_value())
