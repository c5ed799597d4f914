"""The kinds of obligation by id, with their titles: enough for services that neither own nor supervise them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.common.terms import Language
from services.common.yaml_nodes import Node, open_file

_KEYS = ("id", "version", "valid_from", "title", "comes_from", "outcomes", "evidence")


@dataclass(frozen=True, slots=True)
class KindOutline:
    """A kind's id, its title and outcomes by language, its evidence, and whether a list (a task report) opens it."""

    kind_id: str
    title: Mapping[Language, str]
    by_task: bool
    outcomes: Mapping[str, Mapping[Language, str]]
    evidence: tuple[str, ...]


def load_kinds(folder: Path) -> Mapping[str, KindOutline]:
    """The newest version of each kind in a folder; none when there is no folder. FileError names file and line."""
    found = {}
    for path in sorted(folder.glob("*.yaml"), key=_begins):
        keys = open_file(path).some(_KEYS)
        by_task = keys["comes_from"].some(("event",))["event"].text() == "task"
        outcomes = {
            item.some(("code",))["code"].text(): _words(item) for item in keys["outcomes"].items()
        }
        evidence = keys["evidence"].texts()
        kind_id, title = keys["id"].text(), _words(keys["title"])
        found[kind_id] = KindOutline(kind_id, title, by_task, outcomes, evidence)
    return found


def _words(node: Node) -> Mapping[Language, str]:
    keys = node.some(("zh", "en"))
    return {Language.ZH: keys["zh"].text(), Language.EN: keys["en"].text()}


def _begins(path: Path) -> tuple[str, str]:
    keys = open_file(path).some(_KEYS)
    return keys["valid_from"].day().isoformat(), keys["version"].text()
