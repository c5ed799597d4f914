"""Settings of the carrier's SMS gateway: SANSE_CMPP_…"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.notifier.channels.cmpp.pdus import Version


class CmppConfig(BaseSettings):
    """Where the gateway is, the account the carrier gave, and the habits of the connection."""

    model_config = SettingsConfigDict(env_prefix="SANSE_CMPP_", extra="ignore", frozen=True)

    host: str = ""
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
    # Some gateways put the filed signature in front of each text themselves; then ours is left out.
    gateway_signs: bool = False
    # Submits without an answer at once, connections of this process, and parts of one message.
    window: int = Field(default=16, ge=1, le=4096)
    connections: int = Field(default=1, ge=1, le=16)
    max_parts: int = Field(default=10, ge=1, le=255)
    # The specification waits 60 s; a lane that moves to another worker waits 6.
    timeout_s: float = Field(default=5.0, gt=0)
    heartbeat_s: float = Field(default=30.0, gt=0)
    heartbeat_misses: int = Field(default=3, ge=1)
    # Waits before the second, third … attempt to connect double from the first to the last of these.
    reconnect_s: float = Field(default=1.0, gt=0)
    reconnect_most_s: float = Field(default=60.0, gt=0)
    # A later part of a message that is throttled is tried again after this, so many times in all.
    part_wait_s: float = Field(default=0.5, ge=0)
    part_tries: int = Field(default=3, ge=1)
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
