"""Where in a YAML file a path stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml


def lines_of(file: Path) -> dict[str, int]:
    """The line of every path of the file."""
    found: dict[str, int] = {}
    root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    waiting = [("", root)] if root else []
    while waiting:
        path, node = waiting.pop()
        found.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{path}.{key.value}".lstrip(".")
                found[name] = key.start_mark.line + 1
                waiting.append((name, value))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(f"{path}[{at}]", item) for at, item in enumerate(node.value)]
    return found


def nearest(lines: Mapping[str, int], path: str) -> int:
    """The line of a path, or of the nearest part around it that the file has."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 0)
