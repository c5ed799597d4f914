"""The files the services need for a simulated prefecture: divisions, roster, API keys."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import yaml

from services.cli.simulate.keys import key_entries
from services.cli.simulate.world import World
from services.common.roster import COLUMNS, Official


def write_world_files(folder: Path, world: World) -> Mapping[str, str]:
    """Write the files; gives the settings that point at them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "divisions.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["code", "name"])
        rows.writerows((unit.code, unit.name) for unit in world.divisions())
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, COLUMNS)
        table.writeheader()
        table.writerows(_row(official) for official in world.officials)
    entries = [entry.as_yaml() for entry in key_entries(world.seed)]
    (folder / "api_keys.yaml").write_text(yaml.safe_dump(entries, allow_unicode=True))
    return {
        "SANSE_DIVISIONS_FILE": str(folder / "divisions.csv"),
        "SANSE_ROSTER_FILE": str(folder / "roster.csv"),
        "SANSE_API_KEYS_FILE": str(folder / "api_keys.yaml"),
    }


def _row(official: Official) -> dict[str, str]:
    return {
        "official_id": official.official_id,
        "jurisdiction_code": official.jurisdiction_code,
        "tier": official.tier.name.lower(),
        "post": official.post,
        "language": official.language.name.lower(),
        "channels": "|".join(official.channels),
        "mobile": official.mobile,
        "wecom_id": official.wecom_id,
        "email": official.email,
    }
