"""The ids that rule packs define: enough for intake to check a report without knowing the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class PackOutline:
    """A pack's id, version and indicator ids in order."""

    pack_id: str
    version: str
    indicators: tuple[str, ...]


def load_outlines(folder: Path) -> Mapping[str, PackOutline]:
    """Outlines of all packs in a folder, by pack id; FileNotFoundError when there is none."""
    outlines = [_outline(path) for path in sorted(folder.glob("*.yaml"))]
    if not outlines:
        raise FileNotFoundError(f"no rule pack (*.yaml) in {folder}; set SANSE_PACKS_DIR")
    return {outline.pack_id: outline for outline in outlines}


def _outline(path: Path) -> PackOutline:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    ids = tuple(item["id"] for item in content["indicators"])
    return PackOutline(content["id"], str(content["version"]), ids)
