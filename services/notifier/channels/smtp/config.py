"""Settings of the mail relay: SANSE_SMTP_…"""

from __future__ import annotations

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SmtpConfig(BaseSettings):
    """The relay, how to sign in, and the sender's address."""

    model_config = SettingsConfigDict(env_prefix="SANSE_SMTP_", extra="ignore", frozen=True)

    host: str = ""
    port: int = 465
    # "tls": encrypted from the start; "starttls": upgraded; "none": only for a relay on this machine.
    security: Literal["tls", "starttls", "none"] = "tls"
    # PEM file of the authority that signed the relay's certificate; empty: those the system trusts.
    ca_file: str = ""
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = "sanse@localhost"
    connections: int = 4
    timeout_s: float = 5.0

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.host)
