"""The habits of a lasting connection, the same for every protocol."""

from __future__ import annotations

import ssl

from pydantic import Field
from pydantic_settings import BaseSettings


class LineConfig(BaseSettings):
    """Where the gateway is, and how the connection is kept."""

    host: str = ""
    port: int = 0
    # Submits without an answer at once, connections of this process, and parts of one message.
    window: int = Field(default=16, ge=1, le=4096)
    connections: int = Field(default=1, ge=1, le=16)
    max_parts: int = Field(default=10, ge=1, le=255)
    # The specifications wait longer; a lane that moves to another worker waits 6.
    timeout_s: float = Field(default=5.0, gt=0)
    heartbeat_s: float = Field(default=30.0, gt=0)
    heartbeat_misses: int = Field(default=3, ge=1)
    # Waits before the second, third … attempt to connect double from the first to the last of these.
    reconnect_s: float = Field(default=1.0, gt=0)
    reconnect_most_s: float = Field(default=60.0, gt=0)
    # A later part of a message that is throttled is tried again after this, so many times in all.
    part_wait_s: float = Field(default=0.5, ge=0)
    part_tries: int = Field(default=3, ge=1)
    # Some gateways put the filed signature in front of each text themselves; then ours is left out.
    gateway_signs: bool = False

    @property
    def encryption(self) -> ssl.SSLContext | None:
        """How the connection is encrypted; None: not at all."""
        return None
