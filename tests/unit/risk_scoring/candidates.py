"""Candidate packs made from the live ones, for tests of change management."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from services.common.lane_types import LaneRecord
from services.risk_scoring.domain.pack import Pack
from tests.unit.risk_scoring.makers import PACKS_DIR


def changed(pack: Pack, version: str = "9.0.0", **fields: Any) -> Pack:
    """A pack as a new version with other thresholds or clocks; its tables stay."""
    return replace(pack, version=version, **fields)


def content_of(pack_id: str) -> dict[str, Any]:
    """The data of a live pack's file."""
    loaded: dict[str, Any] = yaml.safe_load(
        (PACKS_DIR / f"{pack_id}.yaml").read_text(encoding="utf-8")
    )
    return loaded


def written(folder: Path, content: dict[str, Any], name: str = "") -> Path:
    """A pack's file in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name or content['id']}.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def small_pack(version: str = "1.0.0", red_at: int = 6) -> dict[str, Any]:
    """A pack of three questions, enough to be usable; `red_at` is 6 at most."""
    some = {"zh": "有", "en": "some"}
    return {
        "id": "small",
        "version": version,
        "title": {"zh": "小包", "en": "Small"},
        "effective": {"from": date(2026, 1, 1)},
        "review": {"reviewer": "R", "reviewed_on": date(2025, 12, 1)},
        "sources": [
            {"id": "test", "kind": "practice", "name": some, "population": some, "licence": some}
        ],
        "thresholds": {"yellow_at": 3, "red_at": red_at, "chosen_by": "R", "why": some},
        "unknowns": {"max_share": 0.5, "visit_within_hours": 72},
        "lowering": {"dwell_days": {"red": 14, "yellow": 30}},
        "recency": {"within_30_days": 2, "within_90_days": 1, "within_365_days": 1, "cap": 4},
        "change": {"per_newly_yes": 0, "cap": 0},
        "scope": {"categories": ["quarrel"], "refuses": ["traffic"], "accepts_other": True},
        "reassess_hours": {
            "red_trigger": 72,
            "red": 168,
            "yellow": 720,
            "green": 1440,
            "none": 2880,
            "tighter_days": 90,
        },
        "indicators": [
            _indicator("hit_someone", 3),
            _indicator("broke_things", 2),
            _indicator("shouted", 1),
        ],
        "cases": [
            {"name": "hit alone", "hits": ["hit_someone"], "level": "yellow"},
            {"name": "broke alone", "hits": ["broke_things"], "level": "green"},
            {"name": "shouted alone", "hits": ["shouted"], "level": "green"},
            {"name": "broke and shouted", "hits": ["broke_things", "shouted"], "level": "yellow"},
            {"name": "all", "hits": ["hit_someone", "broke_things", "shouted"], "level": "red"},
            {"name": "nothing known", "rest": "unknown", "level": "green", "cannot_rate": True},
        ],
    }


def _indicator(name: str, weight: int) -> dict[str, Any]:
    return {
        "id": name,
        "text": {"zh": name, "en": name},
        "nature": "act",
        "weight": weight,
        "provenance": {"cites": ["test 1"], "mark": "V"},
    }


def records(values: list[bytes]) -> Iterator[LaneRecord]:
    """Record values as they stand in one partition."""
    for offset, value in enumerate(values):
        yield LaneRecord("test.events.v1", 0, offset, 0, value)
