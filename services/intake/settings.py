"""Settings of intake beyond the common ones; each field is the variable SANSE_<NAME>."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.common.settings import CommonSettings


class IntakeSettings(CommonSettings):
    """Doors, keys and upstream sources."""

    # host:port; an empty one keeps that door shut.
    http_listen: str = ""
    # YAML with the API keys' hashes; see adapters/api_keys.py.
    api_keys_file: Path | None = None
    # JSON object: CloudEvents source to intake source. Who may write to the upstream topic is decided by its ACL.
    upstream_sources: Mapping[str, str] = {}
    # How long Kafka may take to acknowledge before the sender is told to send again.
    kafka_ack_timeout_s: float = 10.0
