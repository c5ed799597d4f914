"""Reads the auditor's limits from deploy/audit/audit.yaml; errors name file, line and path."""

from __future__ import annotations

from pathlib import Path

from services.common.yaml_nodes import open_file
from services.escalation.domain.audit import AuditPolicy

# Seconds, and the most that is allowed. Silence is told within five minutes: that is not for a file to change.
_SPANS_S = {
    "fire_within": 600,
    "taken_up_within": 600,
    "silent_after": 180,
    "still_after": 3600,
    "incomplete_after": 180,
    "alarm_again": 86_400,
}
_COUNTS = {"redrives_an_hour": 60, "redrives_a_pass": 100_000}


def load_audit(file: Path) -> AuditPolicy:
    """The limits; OSError without a file, FileError where it cannot be used."""
    keys = open_file(file).keys(("version", *(f"{name}_s" for name in _SPANS_S), *_COUNTS))
    keys["version"].text()
    spans = {
        f"{name}_ms": keys[f"{name}_s"].integer(1, most) * 1000 for name, most in _SPANS_S.items()
    }
    counts = {name: keys[name].integer(1, most) for name, most in _COUNTS.items()}
    return AuditPolicy(**spans, **counts)
