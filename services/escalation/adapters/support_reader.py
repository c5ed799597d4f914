"""Reads support plans and visits from EventBatch bytes. A category is opened for its end date and then forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sanse.intake.v1 import events_pb2
from services.common.crypto import Keys, Sealed
from services.escalation.domain.support import NEVER_MS, Fact, PlanReport, Visit, VisitResult


class SupportReader:
    """Turns events into facts about plans.

    `category_ends_ms`: when each category ends. Without keys, or where a seal does not open, the plan's own end
    holds alone, and `unopened` counts it.
    """

    def __init__(self, category_ends_ms: Mapping[str, int], keys: Keys | None) -> None:
        self._ends = category_ends_ms
        self._keys = keys
        self.unopened = 0

    def facts(self, value: bytes) -> Iterator[Fact]:
        """The plans and visits of one record; ValueError for a visit result of a newer version."""
        for event in events_pb2.EventBatch.FromString(value).events:
            kind = event.WhichOneof("body")
            if kind == "support_plan":
                yield self._plan(event)
            elif kind == "support_visit":
                yield _visit(event)

    def _plan(self, event: events_pb2.Event) -> PlanReport:
        body = event.support_plan
        return PlanReport(
            event_id=event.event_id,
            source=event.source,
            plan_id=body.plan_id,
            household_id=event.household_id,
            jurisdiction_code=event.jurisdiction_code,
            at_ms=event.occurred_at_ms,
            visit_every_days=body.visit_every_days,
            first_visit_due_ms=body.first_visit_due_ms,
            ends_ms=body.ends_ms,
            visitor_id=body.visitor_id,
            revoked=body.revoked,
            category_ends_ms=NEVER_MS if body.revoked else self._category_ends(event),
        )

    def _category_ends(self, event: events_pb2.Event) -> int:
        """When the plan's category ends; a category that is no longer in the file has ended."""
        seal = event.support_plan.sealed_category
        try:
            if self._keys is None:
                raise ValueError("no master key")
            sealed = Sealed(seal.key_id, seal.nonce, seal.ciphertext)
            category = self._keys.open(event.subject_id, sealed).strip()
        except ValueError:
            # Never a reason to stop helping: the plan's own end holds, and the caller says how many.
            self.unopened += 1
            return NEVER_MS
        return self._ends.get(category, 0)


def _visit(event: events_pb2.Event) -> Visit:
    body = event.support_visit
    return Visit(
        event.event_id,
        event.source,
        body.plan_id,
        event.household_id,
        event.occurred_at_ms,
        VisitResult(body.result),
    )
