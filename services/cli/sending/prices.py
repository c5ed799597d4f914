"""Reads deploy/templates/prices.yaml: what a message costs, and what a unit may spend in a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from services.notifier.adapters.template_file import keys_are, mapping_at
from services.notifier.domain.templates import TemplateWrong


@dataclass(frozen=True, slots=True)
class Prices:
    """Money in `currency`; per_segment by channel, monthly_budget by division code."""

    currency: str
    per_segment: Mapping[str, Decimal]
    monthly_budget: Mapping[str, Decimal]
    alarm_at_percent: Decimal

    def cost(self, channel: str, segments: int) -> Decimal:
        """What so many parts, or calls, cost on a channel."""
        return self.per_segment.get(channel, Decimal(0)) * segments


def load_prices(path: Path) -> Prices:
    """The prices; TemplateWrong names file, place and what is allowed."""
    try:
        content = mapping_at(yaml.safe_load(path.read_text(encoding="utf-8")), "file")
        keys_are(content, ("currency", "per_segment", "monthly_budget", "alarm_at_percent"), "file")
        return Prices(
            str(content["currency"]),
            _amounts(content, "per_segment"),
            _amounts(content, "monthly_budget"),
            _amount(content["alarm_at_percent"], "alarm_at_percent"),
        )
    except TemplateWrong as wrong:
        raise TemplateWrong(f"{path}: {wrong}") from None


def _amounts(content: Mapping[str, Any], place: str) -> dict[str, Decimal]:
    given = mapping_at(content[place], place)
    return {str(key): _amount(value, f"{place}.{key}") for key, value in given.items()}


def _amount(value: object, place: str) -> Decimal:
    """Exact: a price is written in quotes, or as a whole number."""
    try:
        found = Decimal(value) if isinstance(value, str | int) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or found < 0:
        raise TemplateWrong(f'{place}: {value!r} must be 0 or more, in quotes, like "0.045"')
    return found
