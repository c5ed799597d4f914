"""A candidate pack for measuring: a live pack with other thresholds, its own cases restated to what they then give."""

from __future__ import annotations

from pathlib import Path

import yaml

from services.risk_scoring.adapters.pack_loader import read_pack
from services.risk_scoring.domain.pack_checks import rate_case


def with_thresholds(live: Path, folder: Path, version: str, yellow_at: int, red_at: int) -> Path:
    """Write the pack as a new version into `folder`."""
    content = yaml.safe_load(live.read_text(encoding="utf-8"))
    content["version"] = version
    content["thresholds"] = {"yellow_at": yellow_at, "red_at": red_at}
    file = folder / live.name
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    pack = read_pack(file)
    for case, stated in zip(pack.cases, content["cases"], strict=True):
        rating = rate_case(pack, case)
        stated["level"] = rating.level.name.lower()
        stated["cannot_rate"] = rating.cannot_rate
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def stricter(live: Path, folder: Path) -> Path:
    """The pack with red two points lower."""
    pack = read_pack(live)
    red_at = max(pack.yellow_at + 1, pack.red_at - 2)
    return with_thresholds(live, folder, f"{pack.version}-candidate", pack.yellow_at, red_at)
