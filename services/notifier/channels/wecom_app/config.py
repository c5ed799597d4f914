"""Settings of the WeCom application: SANSE_WECOM_APP_…"""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class WecomAppConfig(BaseSettings):
    """Corporation id, application id and secret; the base URL of a private edition if there is one."""

    model_config = SettingsConfigDict(env_prefix="SANSE_WECOM_APP_", extra="ignore", frozen=True)

    base_url: str = "https://qyapi.weixin.qq.com"
    corp_id: str = ""
    corp_secret: SecretStr = SecretStr("")
    agent_id: int = 0
    # The callback's token and key of 43 letters, from the application's page: cards then have a button.
    callback_token: SecretStr = SecretStr("")
    callback_key: SecretStr = SecretStr("")
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.corp_id and self.corp_secret.get_secret_value() and self.agent_id)
