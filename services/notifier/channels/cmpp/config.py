"""Settings of the carrier's SMS gateway: SANSE_CMPP_…"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.notifier.channels.cmpp.pdus import Version
from services.notifier.channels.line.config import LineConfig


class CmppConfig(LineConfig):
    """Where the gateway is, the account the carrier gave, and the habits of the connection."""

    model_config = SettingsConfigDict(env_prefix="SANSE_CMPP_", extra="ignore", frozen=True)

    port: int = 7890
    version: Literal["2.0", "3.0"] = "2.0"
    # The account (企业代码, six characters) and its shared secret.
    sp_id: str = Field(default="", max_length=6)
    secret: SecretStr = SecretStr("")
    # The access number that phones show (接入号), and the service code (业务代码).
    src_id: str = Field(default="", max_length=21)
    service_id: str = Field(default="", max_length=10)
    # Who pays: 2 the sender; "01" and "000000": the phone pays nothing.
    fee_user_type: int = Field(default=2, ge=0, le=3)
    fee_type: str = Field(default="01", max_length=2)
    fee_code: str = Field(default="000000", max_length=6)
    # Refuse a gateway that cannot prove that it knows the secret; many leave the proof empty.
    verify_gateway: bool = False

    @property
    def configured(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.host and self.sp_id and self.secret.get_secret_value())

    @property
    def wire_version(self) -> Version:
        """The version as it stands on the wire."""
        return Version.V30 if self.version == "3.0" else Version.V20
