"""The ids that rule packs define, and the words of their duties: enough for services that do not rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.common.terms import Language


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


def load_duties(folder: Path) -> Mapping[tuple[str, str], Mapping[Language, str]]:
    """The words of each duty of the law, with its clause: (pack id, duty id) to language to text."""
    return {
        (content["id"], duty["id"]): {
            Language.ZH: f"{duty['text']['zh']}（{duty['source']}）",
            Language.EN: f"{duty['text']['en']} ({duty['source']})",
        }
        for content in map(_content, sorted(folder.glob("*.yaml")))
        for duty in content.get("duties") or ()
    }


def _content(path: Path) -> Mapping[str, Any]:
    content: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _outline(path: Path) -> PackOutline:
    content = _content(path)
    ids = tuple(item["id"] for item in content["indicators"])
    return PackOutline(content["id"], str(content["version"]), ids)
