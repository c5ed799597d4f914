"""Settings of the DingTalk group robot: SANSE_DINGTALK_ROBOT_…"""

from __future__ import annotations

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Robot(BaseModel):
    """One robot: the access token of its URL and its signing secret."""

    token: SecretStr
    secret: SecretStr = SecretStr("")


class DingtalkRobotConfig(BaseSettings):
    """A default robot, and robots of single units."""

    model_config = SettingsConfigDict(
        env_prefix="SANSE_DINGTALK_ROBOT_", extra="ignore", frozen=True
    )

    base_url: str = "https://oapi.dingtalk.com"
    token: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    # {"532301": {"token": "…", "secret": "…"}}; the longest matching division code wins.
    units: dict[str, Robot] = {}
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.token.get_secret_value())

    def robot_for(self, jurisdiction_code: str) -> Robot:
        """The robot of the group that serves a place."""
        codes = [code for code in self.units if jurisdiction_code.startswith(code)]
        if codes:
            return self.units[max(codes, key=len)]
        return Robot(token=self.token, secret=self.secret)
