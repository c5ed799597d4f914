"""Reads the pages of deploy/monitors: what counts as a serious event, and when agreement is too good to be true."""

from __future__ import annotations

from pathlib import Path

from services.risk_scoring.adapters.pack_reader import Node, PackError, open_file
from services.risk_scoring.domain.agreement import Limits
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.serious import SeriousKinds

SERIOUS_PAGE, AGREEMENT_PAGE = "serious_events.yaml", "agreement.yaml"


def load_serious_kinds(folder: Path) -> SeriousKinds:
    """The kinds that tell of a serious event; PackError says what is wrong and where."""
    keys = _page(folder, SERIOUS_PAGE).keys(("incidents", "outcomes"))
    return SeriousKinds(_kinds(keys["incidents"]), _kinds(keys["outcomes"]))


def load_limits(folder: Path) -> Limits:
    """The limits of the agreement monitor; PackError says what is wrong and where."""
    keys = _page(folder, AGREEMENT_PAGE).keys(("near_total", "one_level", "shown_from"))
    near = keys["near_total"].keys(("assessments", "agreement"))
    return Limits(
        near_total_from=near["assessments"].integer(1, 1_000_000),
        near_total_share=near["agreement"].share(),
        one_level_from=keys["one_level"]
        .keys(("assessments",))["assessments"]
        .integer(2, 1_000_000),
        shown_from=keys["shown_from"].integer(1, 1_000_000),
    )


def _page(folder: Path, name: str) -> Node:
    file = folder / name
    if not file.exists():
        missing = Text(
            "文件不存在；请检查 SANSE_MONITORS_DIR", "no such file; see SANSE_MONITORS_DIR"
        )
        raise PackError(file, "", missing, Text(name, name))
    return open_file(file)


def _kinds(node: Node) -> frozenset[str]:
    found = node.texts()
    if not found or not all(found):
        raise node.fail(
            Text("列表为空", "the list is empty"), Text("至少一个类别", "at least one kind")
        )
    return frozenset(found)
