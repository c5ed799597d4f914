"""Settings of DingTalk work notices: SANSE_DINGTALK_WORK_…"""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DingtalkWorkConfig(BaseSettings):
    """Key, secret and agent id of the corporation's application; the base URL of a private edition if there is one."""

    model_config = SettingsConfigDict(
        env_prefix="SANSE_DINGTALK_WORK_", extra="ignore", frozen=True
    )

    base_url: str = "https://oapi.dingtalk.com"
    app_key: str = ""
    app_secret: SecretStr = SecretStr("")
    agent_id: int = 0
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.app_key and self.app_secret.get_secret_value() and self.agent_id)
