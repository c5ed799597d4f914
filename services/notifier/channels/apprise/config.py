"""Settings of the long tail: SANSE_APPRISE_…"""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AppriseConfig(BaseSettings):
    """An address in Apprise's words, in which {official_id}, {mobile} and {email} may stand. It is a credential."""

    model_config = SettingsConfigDict(env_prefix="SANSE_APPRISE_", extra="ignore", frozen=True)

    url: SecretStr = SecretStr("")
    timeout_s: float = Field(default=5.0, gt=0)

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.url.get_secret_value())
