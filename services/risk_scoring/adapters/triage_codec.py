"""Writes triage decisions as TriageBatch bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import triage_pb2
from services.common.lane_types import LaneRecord
from services.risk_scoring.domain.report import Report
from services.risk_scoring.domain.triage import Happened, Triage, triage_id


class Triaged(Protocol):
    """A triage of a report, with what it knew."""

    @property
    def report(self) -> Report:
        """The incident's report."""

    @property
    def happened(self) -> Happened:
        """What triage knew of it."""

    @property
    def triage(self) -> Triage:
        """What was decided."""


def encoded_triage(record: LaneRecord, made: Iterable[Triaged]) -> bytes:
    """The TriageBatch of the decisions made from one record."""
    source = common_pb2.SourcePosition(
        topic=record.topic, partition=record.partition, offset=record.offset
    )
    batch = triage_pb2.TriageBatch(lane=record.lane, source=source)
    batch.decisions.extend(_message(one) for one in made)
    return batch.SerializeToString()


def _message(made: Triaged) -> triage_pb2.TriageDecision:
    report, happened, decided = made.report, made.happened, made.triage
    return triage_pb2.TriageDecision(
        triage_id=triage_id(report.event_id, decided.rule_set),
        event_id=report.event_id,
        subject_id=report.subject_id,
        jurisdiction_code=report.jurisdiction_code,
        category=happened.category,
        reporter_role=happened.role,
        rule_set=decided.rule_set,
        rule_id=decided.rule_id,
        route=triage_pb2.TriageRoute.ValueType(decided.route),
        reason=triage_pb2.TriageReason.ValueType(decided.reason),
        tier=common_pb2.Tier.ValueType(decided.tier),
        departments=[
            triage_pb2.DepartmentTask(
                department_id=task.department_id,
                tier=common_pb2.Tier.ValueType(task.tier),
                lead=task.lead,
            )
            for task in decided.departments
        ],
        facts=decided.facts,
        incidents_30d=happened.incidents_30d,
        incidents_90d=happened.incidents_90d,
        occurred_at_ms=report.occurred_at_ms,
        accepted_at_ms=report.accepted_at_ms,
        decided_at_ms=report.accepted_at_ms,
        accept_due_ms=decided.accept_due_ms,
        finish_due_ms=decided.finish_due_ms,
        rated_by=report.pack.id if report.pack else "",
        trace_id=report.trace_id,
    )
