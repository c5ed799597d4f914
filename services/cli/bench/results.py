"""What a measurement reports, and where all of them are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `params` says under which conditions."""

    name: str
    unit: str
    value: float
    params: Mapping[str, str | int | float] = field(default_factory=dict)


def save(figures: Iterable[Figure], path: Path) -> None:
    """Write figures as a list; figures of other names already in the file stay."""
    fresh = [asdict(figure) for figure in figures]
    names = {figure["name"] for figure in fresh}
    old = json.loads(path.read_text()) if path.exists() else []
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = [figure for figure in old if figure["name"] not in names]
    path.write_text(json.dumps(sorted(kept + fresh, key=lambda f: f["name"]), indent=2))
