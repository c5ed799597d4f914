"""The rules between the fields of support plans: what a category allows, and that no number tells the category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.common.spans import DAY_MS
from services.intake.domain.codes import ReportKind
from services.intake.domain.facts import SupportPlan
from services.intake.domain.fields import Scope
from services.intake.domain.problems import Reason

_UNLESS_REVOKED = ("category", "visit_every_days", "first_visit_due_at", "ends_at", "visitor")


def support_plan(
    read: Mapping[str, Any], top: Mapping[str, Any], scope: Scope
) -> SupportPlan | None:
    """The plan; None with the problems noted. `top` holds the checked fields above the body."""
    revoked = read.get("revoked", False)
    if not revoked:
        for name in _UNLESS_REVOKED:
            if name not in read:
                scope.add(Reason.FIELD_MISSING, f"support_plan.{name}")
    if scope.found:
        return None
    if revoked:
        return SupportPlan(read["plan"], "", 0, 0, 0, "", True)
    _check_times(read, top["occurred_at"], scope)
    return SupportPlan(
        read["plan"],
        read["category"],
        read["visit_every_days"],
        read["first_visit_due_at"],
        read["ends_at"],
        read["visitor"],
        False,
    )


def refuse_shown_category(
    kind: ReportKind, read: Mapping[str, Any], top: Mapping[str, Any], scope: Scope
) -> None:
    """Numbers of a plan or a visit go through topics and lists in the clear."""
    words = scope.context.rules.support.words
    shown = {
        "source_id": top.get("source_id", ""),
        f"{kind.value}.plan": read.get("plan", ""),
        f"{kind.value}.visitor": read.get("visitor", ""),
    }
    for path, text in shown.items():
        if words.named_in(text):
            scope.add(Reason.SUPPORT_CATEGORY_SHOWN, path)


def _check_times(read: Mapping[str, Any], occurred_ms: int, scope: Scope) -> None:
    terms = scope.context.rules.support.terms[read["category"]]
    every, ends_ms = read["visit_every_days"], read["ends_at"]
    if every > terms.visit_every_days:
        scope.add(Reason.SUPPORT_INTERVAL_LONG, "support_plan.visit_every_days")
    if ends_ms > terms.ends_ms:
        scope.add(Reason.SUPPORT_ENDS_LATE, "support_plan.ends_at")
    if ends_ms <= occurred_ms:
        scope.add(Reason.SUPPORT_ENDS_EARLY, "support_plan.ends_at")
    elif read["first_visit_due_at"] > min(occurred_ms + every * DAY_MS, ends_ms):
        scope.add(Reason.SUPPORT_FIRST_VISIT_LATE, "support_plan.first_visit_due_at")
