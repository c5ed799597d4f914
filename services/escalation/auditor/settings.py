"""Settings of the auditor beside those all services share."""

from __future__ import annotations

import httpx
from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from services.common.settings import CommonSettings


class AuditSettings(CommonSettings):
    """Each field is the variable SANSE_<NAME>."""

    # An address may hold a secret: it is not repeated when something is wrong with it.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    # Pinged after a clean pass, with /fail after one that found something; empty: nobody outside watches.
    audit_heartbeat_url: str = ""
    # Takes a JSON document when something is found that was not told yet.
    audit_alarm_url: str = ""
    audit_every_s: float = 30.0
    # How long after a first look the second confirms a suspicion.
    audit_settle_s: float = 2.0

    @field_validator("audit_heartbeat_url", "audit_alarm_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not _reachable(value):
            raise ValueError(
                "不是网址；允许：http:// 或 https:// 开头的网址，或留空"
                " / no web address; allowed: http:// or https:// and a host, or empty"
            )
        return value


def _reachable(value: str) -> bool:
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL:
        return False
    return url.scheme in {"http", "https"} and bool(url.host)
