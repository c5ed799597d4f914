"""Checks the pages of deploy/monitors before a worker reads them: a misspelt kind would open no review, in silence."""

from __future__ import annotations

from collections.abc import Iterable, Set
from pathlib import Path

from services.intake.domain.codes import INCIDENT_CATEGORIES, OUTCOME_KINDS
from services.risk_scoring.adapters.monitor_pages import (
    SERIOUS_PAGE,
    load_limits,
    load_serious_kinds,
)
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.yaml_lines import lines_of, nearest
from services.risk_scoring.service.rules_check import Finding, unreadable


def check_monitors(folder: Path) -> list[Finding]:
    """Pages that cannot be read, and kinds that intake would never let in; empty when all is well."""
    findings: list[Finding] = []
    try:
        load_limits(folder)
    except PackError as error:
        findings.append(unreadable(error))
    try:
        kinds = load_serious_kinds(folder)
    except PackError as error:
        return [*findings, unreadable(error)]
    return [
        *findings,
        *_unknown(folder, "incidents", kinds.incidents, INCIDENT_CATEGORIES),
        *_unknown(folder, "outcomes", kinds.outcomes, OUTCOME_KINDS),
    ]


def _unknown(folder: Path, path: str, named: Set[str], known: Iterable[str]) -> list[Finding]:
    file, allowed = folder / SERIOUS_PAGE, ", ".join(known)
    return [
        Finding(
            code="monitor.unknown_kind",
            file=str(file),
            line=nearest(lines_of(file), path),
            path=path,
            message_zh=f"没有 {kind} 这一类别，此类报告不会开启复盘",
            message_en=f"there is no kind {kind}: no report of it would open a review",
            fix=allowed,
        )
        for kind in sorted(named - set(known))
    ]
