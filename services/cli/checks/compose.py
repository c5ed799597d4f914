"""Checks docker-compose.yml: its syntax by the compose command, and what we promise of every container."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from services.common.settings import REPOSITORY

_FILE = REPOSITORY / "docker-compose.yml"
_HOW = "install the docker compose plugin"


def main() -> int:
    """Print what is wrong; 1 when something is."""
    services = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["services"]
    wrong = [line for name, service in services.items() for line in _broken(name, service)]
    command = _compose()
    if command is None:
        # Debian 12 has only the first compose, which cannot read this file; the promises are checked all the same.
        print(f"compose: THE COMPOSE COMMAND (v2) IS MISSING, SYNTAX NOT CHECKED; {_HOW}")
    else:
        env = {**os.environ, "SANSE_HOME": "/etc/sanse"}
        done = subprocess.run([*command, "-f", str(_FILE), "config", "-q"], env=env, check=False)
        if done.returncode:
            wrong.append("compose: docker compose config refused the file")
    print("\n".join(wrong) if wrong else f"compose: {len(services)} services, all promises kept")
    return 1 if wrong else 0


def _compose() -> list[str] | None:
    if (
        shutil.which("docker")
        and not subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False
        ).returncode
    ):
        return ["docker", "compose"]
    return None


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
