"""Settings of the SMSC: SANSE_SMPP_…"""

from __future__ import annotations

import ssl
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.notifier.channels.line.config import LineConfig


class SmppConfig(LineConfig):
    """Where the SMSC is, the account it gave, and how addresses are written."""

    model_config = SettingsConfigDict(env_prefix="SANSE_SMPP_", extra="ignore", frozen=True)

    port: int = 2775
    # The lengths are the specification's.
    system_id: str = Field(default="", max_length=15)
    password: SecretStr = Field(default=SecretStr(""), max_length=8)
    system_type: str = Field(default="", max_length=12)
    service_type: str = Field(default="", max_length=5)
    # The number phones show. Type and plan of both numbers: 1 international, 0 unknown, 5 letters.
    source: str = Field(default="", max_length=20)
    source_ton: int = Field(default=0, ge=0, le=6)
    source_npi: int = Field(default=0, ge=0, le=18)
    dest_ton: int = Field(default=1, ge=0, le=6)
    dest_npi: int = Field(default=1, ge=0, le=18)
    # Put before a mainland mobile; empty: numbers go as they are.
    country_code: str = Field(default="86", pattern=r"^\d{0,3}$")
    # TLS, and the authority's certificate where it is the unit's own.
    tls: bool = False
    ca_file: Path | None = None

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.host and self.system_id and self.password.get_secret_value())

    @property
    def encryption(self) -> ssl.SSLContext | None:
        """With TLS the SMSC must prove itself."""
        return ssl.create_default_context(cafile=self.ca_file) if self.tls else None
