"""A candidate pack for measuring: a live pack with other thresholds, and cases of its own that each rule decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from services.common.terms import Answer
from services.risk_scoring.adapters.pack_loader import read_pack
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.pack_cases import outcome_of


def with_thresholds(live: Path, folder: Path, version: str, yellow_at: int, red_at: int) -> Path:
    """Write the pack as a new version into `folder`."""
    content = yaml.safe_load(live.read_text(encoding="utf-8"))
    content["version"] = version
    content["thresholds"] |= {"yellow_at": yellow_at, "red_at": red_at}
    folder.mkdir(parents=True, exist_ok=True)
    pack = replace(read_pack(live), yellow_at=yellow_at, red_at=red_at)
    content["cases"] = [_restated(pack, one) for one in _asked(pack)]
    file = folder / live.name
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def stricter(live: Path, folder: Path) -> Path:
    """The pack with red two points lower."""
    pack = read_pack(live)
    red_at = max(pack.yellow_at + 1, pack.red_at - 2)
    return with_thresholds(live, folder, f"{pack.version}-candidate", pack.yellow_at, red_at)


def _asked(pack: Pack) -> Iterator[dict[str, Any]]:
    """What the cases ask: nothing, everything unknown, and for each rule the answers that it tips."""
    yield {"name": "nothing found"}
    yield {"name": "nothing known", "rest": "unknown"}
    yield {"name": "an incident a while ago", "incidents_days_ago": [100]}
    for threshold in (pack.yellow_at, pack.red_at):
        for at, one in enumerate(pack.indicators):
            hits = [one.id, *_tipped_by(pack, at, threshold)]
            yield {"name": f"{one.id} tips {threshold}", "hits": hits}


def _tipped_by(pack: Pack, at: int, threshold: int) -> Iterator[str]:
    """Others, none with a floor, that stay under a threshold until this one is added."""
    own = pack.indicators[at].weight
    total = 0
    for other in sorted(pack.indicators, key=lambda one: one.weight):
        fits = not other.floor and other.weight > 0 and total + other.weight < threshold
        if other.id != pack.indicators[at].id and fits and total + own < threshold:
            total += other.weight
            yield other.id


def _restated(pack: Pack, asked: dict[str, Any]) -> dict[str, Any]:
    """A case as it comes out."""
    model = replace(
        pack.cases[0],
        hits=tuple(asked.get("hits", ())),
        unknown=(),
        rest=Answer.UNKNOWN if "rest" in asked else Answer.NO,
        incidents_days_ago=tuple(asked.get("incidents_days_ago", ())),
        newly_yes=0,
        duties=(),
    )
    outcome = outcome_of(pack, model)
    level, unrated = outcome.level.name.lower(), outcome.cannot_rate
    return {**asked, "level": level, "cannot_rate": unrated}
