"""Reads what officials are told in the mornings from deploy/mornings/mornings.yaml; errors name file, line and path."""

from __future__ import annotations

import re
from pathlib import Path

from services.common.text import Text
from services.common.yaml_nodes import Node, open_file
from services.escalation.domain.mornings import Digests, Mornings

DAYS_MOST, PER_MINUTE_MOST = 60, 100_000
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def load_mornings(file: Path) -> Mornings:
    """What is told in the mornings; nothing when there is no file. FileError where it cannot be used."""
    return read_mornings(file) if file.exists() else Mornings()


def read_mornings(file: Path) -> Mornings:
    """The file, checked."""
    keys = open_file(file).keys(
        (
            "version",
            "from",
            "until",
            "digest",
            "roster_gaps_days_ahead",
            "per_minute",
            "reassessments_per_minute",
        )
    )
    keys["version"].text()
    begins, ends = _minute(keys["from"]), _minute(keys["until"])
    if ends <= begins:
        raise keys["until"].fail(
            Text("结束不晚于开始", "not after its beginning"),
            Text("晚于 from", "a time after from"),
        )
    return Mornings(
        Digests(keys["digest"].choice(*Digests)),
        begins,
        ends,
        keys["roster_gaps_days_ahead"].integer(0, DAYS_MOST),
        keys["per_minute"].integer(1, PER_MINUTE_MOST),
        keys["reassessments_per_minute"].integer(0, PER_MINUTE_MOST),
    )


def _minute(node: Node) -> int:
    found = _TIME.fullmatch(node.text())
    if found is None:
        problem = Text(f"{node.text()!r} 不是时刻", f"{node.text()!r} is no time of day")
        raise node.fail(problem, Text('如 "08:30"', 'like "08:30"'))
    return int(found.group(1)) * 60 + int(found.group(2))
