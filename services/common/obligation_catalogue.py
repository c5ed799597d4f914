"""The kinds of obligation by id, with their titles: enough for services that neither own nor supervise them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.common.terms import Language
from services.common.yaml_nodes import open_file

_KEYS = ("id", "version", "valid_from", "title", "comes_from")


@dataclass(frozen=True, slots=True)
class KindOutline:
    """A kind's id, its title by language, and whether a list (a task report) opens it."""

    kind_id: str
    title: Mapping[Language, str]
    by_task: bool


def load_kinds(folder: Path) -> Mapping[str, KindOutline]:
    """The newest version of each kind in a folder; none when there is no folder. FileError names file and line."""
    found = {}
    for path in sorted(folder.glob("*.yaml"), key=_begins):
        keys = open_file(path).some(_KEYS)
        title = keys["title"].keys(("zh", "en"))
        by_task = keys["comes_from"].some(("event",))["event"].text() == "task"
        words = {Language.ZH: title["zh"].text(), Language.EN: title["en"].text()}
        found[keys["id"].text()] = KindOutline(keys["id"].text(), words, by_task)
    return found


def _begins(path: Path) -> tuple[str, str]:
    keys = open_file(path).some(_KEYS)
    return keys["valid_from"].day().isoformat(), keys["version"].text()
