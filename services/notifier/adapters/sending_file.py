"""Reads deploy/templates/sending.yaml: how the notifier tries, by which providers, and how often a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.notifier.adapters.template_file import keys_are, mapping_at
from services.notifier.domain.limits import PersonPolicy
from services.notifier.domain.order import SpreadPolicy
from services.notifier.domain.planner import SendingPolicy
from services.notifier.domain.providers import ProviderPolicy, Tolerance
from services.notifier.domain.templates import TemplateWrong

_NUMBERS = ("tries_per_channel", "back_off_s", "patience_s", "receipt_within_h", "link_valid_h")
_PARTS = ("ask_receipt_s", "per_minute", "kinds", "health", "person", "spread")
_SPREAD = ("mass_from", "duties_s", "others_s")
_PERSON = ("per_hour", "bundle_every_s", "bundle_most")
_HEALTH = ("failing", "slow", "least", "slow_answer_s", "slow_arrival_s")
_TOLERANCE = ("half_in_s", "worst_at", "doubt")


@dataclass(frozen=True, slots=True)
class SendingPage:
    """The page as a whole. per_minute: messages a minute by channel, 0 for no limit."""

    policy: SendingPolicy
    per_minute: Mapping[str, float]
    providers: ProviderPolicy
    person: PersonPolicy
    spread: SpreadPolicy


def load_sending(path: Path) -> SendingPage:
    """The page; TemplateWrong names file, path and what is allowed."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        return _page(mapping_at(content, "file"))
    except (TemplateWrong, TypeError, ValueError) as wrong:
        raise TemplateWrong(f"{path}: {wrong}") from None


def _page(content: Mapping[str, Any]) -> SendingPage:
    keys_are(content, (*_NUMBERS, *_PARTS), "file")
    rates = mapping_at(content["per_minute"], "per_minute")
    return SendingPage(
        policy=_policy(content),
        per_minute={name: float(rate) for name, rate in rates.items()},
        providers=_providers(content, rates),
        person=_person(mapping_at(content["person"], "person")),
        spread=_spread(mapping_at(content["spread"], "spread")),
    )


def _policy(content: Mapping[str, Any]) -> SendingPolicy:
    policy = SendingPolicy(
        tries_per_channel=int(content["tries_per_channel"]),
        back_off_ms=tuple(_ms(wait) for wait in content["back_off_s"]),
        patience_ms=_ms(content["patience_s"]),
        receipt_within_ms=int(float(content["receipt_within_h"]) * 3_600_000),
        ask_receipt_ms=tuple(_ms(wait) for wait in content["ask_receipt_s"]),
        link_valid_ms=int(float(content["link_valid_h"]) * 3_600_000),
    )
    if policy.tries_per_channel < 1 or not policy.back_off_ms:
        raise TemplateWrong("tries_per_channel must be 1 or more, back_off_s must not be empty")
    return policy


def _providers(content: Mapping[str, Any], channels: Mapping[str, Any]) -> ProviderPolicy:
    health = mapping_at(content["health"], "health")
    keys_are(health, _HEALTH, "health")
    kinds = mapping_at(content["kinds"], "kinds")
    return ProviderPolicy(
        kinds={name: _weights(kinds[name], f"kinds.{name}", channels) for name in kinds},
        failing=_tolerance(health["failing"], "health.failing"),
        slow=_tolerance(health["slow"], "health.slow"),
        least=_between(health["least"], 0.0, 1.0, "health.least"),
        slow_answer_ms=_ms(health["slow_answer_s"]),
        slow_arrival_ms=_ms(health["slow_arrival_s"]),
    )


def _person(given: Mapping[str, Any]) -> PersonPolicy:
    keys_are(given, _PERSON, "person")
    return PersonPolicy(
        per_hour=int(_between(given["per_hour"], 0, 1e6, "person.per_hour")),
        bundle_every_ms=_ms(_between(given["bundle_every_s"], 1, 86_400, "person.bundle_every_s")),
        bundle_most=int(_between(given["bundle_most"], 2, 200, "person.bundle_most")),
    )


def _spread(given: Mapping[str, Any]) -> SpreadPolicy:
    """A message with a deadline is attempted within a minute, whatever the page says."""
    keys_are(given, _SPREAD, "spread")
    return SpreadPolicy(
        mass_from=int(_between(given["mass_from"], 0, 1e6, "spread.mass_from")),
        duties_ms=_ms(_between(given["duties_s"], 0, 60, "spread.duties_s")),
        others_ms=_ms(_between(given["others_s"], 0, 1800, "spread.others_s")),
    )


def _weights(entry: Any, place: str, channels: Mapping[str, Any]) -> dict[str, float]:
    """Every channel of a kind stands in per_minute as well: so a misspelt one is found."""
    given = mapping_at(entry, place)
    if place.removeprefix("kinds.") in channels:
        raise TemplateWrong(f"{place}: is a channel; a kind needs a name of its own")
    keys_are(given, list(channels), place, complete=False)
    return {name: _between(given[name], 0.0, 1e6, f"{place}.{name}") for name in given}


def _tolerance(entry: Any, place: str) -> Tolerance:
    given = mapping_at(entry, place)
    keys_are(given, _TOLERANCE, place)
    return Tolerance(
        half_in_ms=_ms(_between(given["half_in_s"], 1.0, 86_400.0, f"{place}.half_in_s")),
        worst_at=_between(given["worst_at"], 0.01, 1.0, f"{place}.worst_at"),
        doubt=_between(given["doubt"], 0.0, 1e6, f"{place}.doubt"),
    )


def _between(value: Any, least: float, most: float, place: str) -> float:
    number = float(value)
    if not least <= number <= most:
        raise TemplateWrong(f"{place}: is {value}, must be between {least:g} and {most:g}")
    return number


def _ms(seconds: Any) -> int:
    return int(float(seconds) * 1000)
