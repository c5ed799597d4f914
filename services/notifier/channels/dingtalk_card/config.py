"""Settings of DingTalk interactive cards: SANSE_DINGTALK_CARD_…"""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DingtalkCardConfig(BaseSettings):
    """The corporation's application with its robot, the card's template, and the habits of the stream."""

    model_config = SettingsConfigDict(
        env_prefix="SANSE_DINGTALK_CARD_", extra="ignore", frozen=True
    )

    base_url: str = "https://api.dingtalk.com"
    app_key: str = ""
    app_secret: SecretStr = SecretStr("")
    # The robot cards come from; empty: its code is the application's key.
    robot_code: str = ""
    # Of the published template in the card platform; its variables stand in the README beside this file.
    template_id: str = ""
    timeout_s: float = Field(default=5.0, gt=0)
    # Between two questions whether the stream is still there.
    heartbeat_s: float = Field(default=30.0, gt=0)
    # Waits before the second, third … attempt to connect double from the first to the last of these.
    reconnect_s: float = Field(default=1.0, gt=0)
    reconnect_most_s: float = Field(default=60.0, gt=0)

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.app_key and self.app_secret.get_secret_value() and self.template_id)

    @property
    def robot(self) -> str:
        """The robot's code."""
        return self.robot_code or self.app_key
