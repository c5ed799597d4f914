"""The hand-written example data under deploy/examples, as settings of a trial run."""

from __future__ import annotations

from collections.abc import Mapping

from services.common.settings import REPOSITORY

EXAMPLES = REPOSITORY / "deploy" / "examples"


def example_env() -> Mapping[str, str]:
    """Settings that point at the example divisions, roster and keys."""
    return {
        "SANSE_DIVISIONS_FILE": str(EXAMPLES / "divisions.csv"),
        "SANSE_ROSTER_FILE": str(EXAMPLES / "roster.csv"),
        "SANSE_API_KEYS_FILE": str(EXAMPLES / "api_keys.example.yaml"),
    }
