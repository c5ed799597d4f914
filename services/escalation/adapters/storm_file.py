"""Reads what storm control may do from deploy/storm/storm.yaml; errors name file, line and path."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from services.common.clock import SHANGHAI, to_ms
from services.common.text import Text
from services.common.yaml_nodes import Node, open_file
from services.escalation.domain.storm import Storm, Window

_PLACE = re.compile(r"\d{6}(\d{3}(\d{3})?)?")
_MOMENT = "%Y-%m-%d %H:%M"


def load_storm(file: Path) -> Storm:
    """What storm control may do; nothing when there is no file. FileError where it cannot be used."""
    return read_storm(file) if file.exists() else Storm()


def read_storm(file: Path) -> Storm:
    """The file, checked."""
    keys = open_file(file).keys(("version", "group", "silence_lower_reminders", "windows"))
    keys["version"].text()
    return Storm(
        keys["group"].flag(),
        keys["silence_lower_reminders"].flag(),
        tuple(_window(item) for item in keys["windows"].items()),
    )


def _window(node: Node) -> Window:
    part = node.keys(("from", "to"), ("place",))
    begins, ends = _moment(part["from"]), _moment(part["to"])
    if ends <= begins:
        raise part["to"].fail(
            Text("结束不晚于开始", "not after its beginning"),
            Text("晚于 from", "a time after from"),
        )
    place = part["place"].text() if "place" in part else ""
    if "place" in part and not _PLACE.fullmatch(place):
        problem = Text(f"{place!r} 不是区划代码", f"{place!r} is no division code")
        raise part["place"].fail(problem, Text("6、9 或 12 位", "6, 9 or 12 digits"))
    return Window(begins, ends, place)


def _moment(node: Node) -> int:
    value = node.text()
    try:
        return to_ms(datetime.strptime(value, _MOMENT).replace(tzinfo=SHANGHAI))
    except ValueError as wrong:
        problem = Text(f"{value!r} 不是时间", f"{value!r} is no moment")
        raise node.fail(problem, Text("如 2026-12-05 22:00", "like 2026-12-05 22:00")) from wrong
