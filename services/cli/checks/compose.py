"""Checks docker-compose.yml: its syntax by the compose command, and what we promise of every container."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from services.common.settings import REPOSITORY

_FILE = REPOSITORY / "docker-compose.yml"
# A package of the development environment carries the command; no engine is needed to check a file.
_COMPOSE = Path(sys.executable).with_name("docker-compose")


def main() -> int:
    """Print what is wrong; 1 when something is."""
    services = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["services"]
    wrong = [line for name, service in services.items() for line in _broken(name, service)]
    env = {**os.environ, "SANSE_HOME": "/etc/sanse"}
    done = subprocess.run([str(_COMPOSE), "-f", str(_FILE), "config", "-q"], env=env, check=False)
    if done.returncode:
        wrong.append("compose: docker compose config refused the file")
    print("\n".join(wrong) if wrong else f"compose: {len(services)} services, all promises kept")
    return 1 if wrong else 0


def _broken(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    once = service.get("restart") == "no"
    promises = {
        "a healthcheck": bool(service.get("healthcheck")) or once,
        "limits": bool(service.get("deploy", {}).get("resources", {}).get("limits")),
        "a read-only root": service.get("read_only") is True,
        "no capabilities": service.get("cap_drop") == ["ALL"],
        "a user other than root": str(service.get("user", "")).split(":")[0]
        not in ("", "0", "root"),
    }
    for promise, kept in promises.items():
        if not kept:
            yield f"compose: {name} lacks {promise}"


if __name__ == "__main__":
    sys.exit(main())
