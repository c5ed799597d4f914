"""Settings of the signed webhook: SANSE_WEBHOOK_…"""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class WebhookConfig(BaseSettings):
    """The receiver's URL, in which {official_id} may stand, and the shared secret."""

    model_config = SettingsConfigDict(env_prefix="SANSE_WEBHOOK_", extra="ignore", frozen=True)

    url: str = ""
    secret: SecretStr = SecretStr("")
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.url and self.secret.get_secret_value())
