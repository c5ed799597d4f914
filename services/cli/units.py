"""The unit and the level a command is asked about; what is not known is refused with what is."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from services.cli.texts import say
from services.common.divisions import Divisions
from services.risk_scoring.domain.round_counts import depth_of
from services.risk_scoring.service.round_units import UnknownUnit, known_unit

# How many tiers below the prefecture.
LEVELS: Mapping[str, int] = {"county": 1, "township": 2, "village": 3, "grid": 4}


def asked_unit(divisions: Divisions, code: str) -> str:
    """The unit of a code, the prefecture without one; BadParameter for a code that is none."""
    try:
        return known_unit(divisions, code)
    except UnknownUnit as wrong:
        text = say("rounds.unknown_unit", value=code or '""', allowed=wrong.allowed)
        raise typer.BadParameter(text) from wrong


def asked_depth(code: str, level: str, deepest: int = 4) -> int:
    """How deep the units of a level lie; without a level, those just below the code."""
    at = depth_of(code)
    allowed = [name for name, depth in LEVELS.items() if at < depth <= deepest]
    if level and level not in allowed:
        text = say("rounds.wrong_level", unit=code, value=level, allowed=", ".join(allowed) or "-")
        raise typer.BadParameter(text)
    return LEVELS[level] if level else at + 1
