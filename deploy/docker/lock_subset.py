"""Prints the part of requirements.lock that some packages need: only that is fetched and checked for the image."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*])?==")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def main(roots: list[str]) -> None:
    """Print the pins and hashes of the roots, without roots of pyproject's dependencies, and of all they need."""
    blocks = dict(_blocks(Path("requirements.lock").read_text(encoding="utf-8")))
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {_normal(root) for root in roots or project["dependencies"]}
    missing = wanted - blocks.keys()
    if missing:
        sys.exit(f"requirements.lock does not pin {', '.join(sorted(missing))}: run make lock")
    grown = True
    while grown:
        needed = {name for name, block in blocks.items() if _wanted_by(block) & wanted}
        grown = not needed <= wanted
        wanted |= needed
    sys.stdout.write("".join(blocks[name] for name in blocks if name in wanted))


def _blocks(lock: str) -> Iterator[tuple[str, str]]:
    """Each pin with the hashes and the "via" lines below it."""
    for block in re.split(r"^(?=\S)", lock, flags=re.MULTILINE):
        pinned = _PINNED.match(block)
        if pinned:
            yield _normal(pinned.group(1)), block


def _wanted_by(block: str) -> set[str]:
    """The packages named in the comment lines: those that asked for this one."""
    comments = re.findall(r"^ +# +(?:via +)?(\S+)", block, flags=re.MULTILINE)
    return {_normal(name) for name in comments if name != "via"}


def _normal(requirement: str) -> str:
    named = _NAME.match(requirement.strip())
    return re.sub(r"[-_.]+", "-", named.group(0)).lower() if named else ""


if __name__ == "__main__":
    main(sys.argv[1:])
