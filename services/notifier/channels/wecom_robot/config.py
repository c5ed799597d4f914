"""Settings of the WeCom group robot: SANSE_WECOM_ROBOT_…"""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class WecomRobotConfig(BaseSettings):
    """The robot's key is its only credential."""

    model_config = SettingsConfigDict(env_prefix="SANSE_WECOM_ROBOT_", extra="ignore", frozen=True)

    base_url: str = "https://qyapi.weixin.qq.com"
    key: SecretStr = SecretStr("")
    # Robots of single units: {"532301": "key"}; the longest matching division code wins.
    unit_keys: dict[str, SecretStr] = {}
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.key.get_secret_value())

    def key_for(self, jurisdiction_code: str) -> str:
        """The key of the group that serves a place."""
        codes = [code for code in self.unit_keys if jurisdiction_code.startswith(code)]
        found = self.unit_keys[max(codes, key=len)] if codes else self.key
        return found.get_secret_value()
