"""Settings of the auditor beside those all services share."""

from __future__ import annotations

from services.common.settings import CommonSettings


class AuditSettings(CommonSettings):
    """Each field is the variable SANSE_<NAME>."""

    # Pinged after a clean pass, with /fail after one that found something; empty: nobody outside watches.
    audit_heartbeat_url: str = ""
    # Takes a JSON document when something is found that was not told yet.
    audit_alarm_url: str = ""
    audit_every_s: float = 30.0
    # How long after a first look the second confirms a suspicion.
    audit_settle_s: float = 2.0
