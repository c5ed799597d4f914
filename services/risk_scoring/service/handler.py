"""The lane handler of scoring: a record of events in, decisions and new profiles out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sanse.notify.v1 import notify_pb2
from services.common import log
from services.common.lane_types import LaneOutcome, LaneRecord, Outgoing, Restored
from services.common.topics import Topic
from services.risk_scoring.adapters import profile_codec
from services.risk_scoring.adapters.events_codec import EventsReader, ReadBatch, Unreadable
from services.risk_scoring.adapters.profile_codec import ProfileWriter
from services.risk_scoring.adapters.risk_codec import encoded_batch
from services.risk_scoring.adapters.triage_codec import encoded_triage
from services.risk_scoring.domain.decide import Applied, Decision, decide
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import ReportKind
from services.risk_scoring.domain.triage_rules import TriageRules
from services.risk_scoring.service.triage_step import Triaged, triaged

_OTHER, _DUPLICATE = ReportKind.OTHER, Applied.DUPLICATE
_log = log.get("scoring")


class ScoringHandler:
    """State key: subject id. State value: HouseholdProfile bytes, the same as on the profiles topic."""

    def __init__(self, packs: Mapping[str, Pack], triage: TriageRules) -> None:
        self._events = EventsReader(packs)
        self._triage = triage

    def decode(self, record: LaneRecord) -> ReadBatch:
        """The record's reports; PoisonRecord when it is no EventBatch."""
        return self._events.read(record.value)

    def wanted(self, decoded: ReadBatch) -> Sequence[str]:
        """The subjects whose profiles are needed; grievances and their like need none."""
        return list({report.subject_id for report in decoded.reports if report.kind is not _OTHER})

    def decide(
        self, record: LaneRecord, decoded: ReadBatch, state: Mapping[str, bytes], now_ms: int
    ) -> LaneOutcome:
        """Apply the reports in order. The clock plays no part: a replay gives the same bytes."""
        # Stage by stage over the whole record: each stage's code stays in the processor's cache.
        profiles = {
            subject: profile_codec.read(state[subject]) if subject in state else Profile(subject)
            for subject in self.wanted(decoded)
        }
        decisions: list[Decision] = []
        handed: list[Triaged] = []
        for report in decoded.reports:
            if report.kind is _OTHER:
                continue
            subject = report.subject_id
            profiles[subject], decision, applied = decide(profiles[subject], report)
            if report.incident is not None and applied is not _DUPLICATE:
                handed.append(triaged(report, profiles[subject], self._triage))
            if decision is not None:
                decisions.append(decision)
            else:
                _log.debug("event.passed", event_id=report.event_id, reason=applied.value)
        outputs = [_dead(record, one, now_ms) for one in decoded.unreadable]
        if decisions:
            outputs.append(Outgoing(Topic.RISK, encoded_batch(record, decisions)))
        if handed:
            outputs.append(Outgoing(Topic.TRIAGE, encoded_triage(record, handed)))
        writer = ProfileWriter(record)
        told = [decision.report for decision in decisions] + [one.report for one in handed]
        changed = dict.fromkeys(report.subject_id for report in told)
        puts = {subject: writer.write(profiles[subject]) for subject in changed}
        outputs += [
            Outgoing(Topic.PROFILES, put, subject.encode()) for subject, put in puts.items()
        ]
        return LaneOutcome(outputs, puts)

    def restore(self, topic: Topic, value: bytes) -> Restored | None:
        """A profile snapshot as state of its lane.

        It names no position: the profiles of one record are several snapshots, and a crash may have kept
        the last ones from being written. What is read again is dropped by its event id.
        """
        if topic is not Topic.PROFILES:
            return None
        message = profile_codec.message_of(value)
        return Restored(
            lane=message.lane,
            outcome=LaneOutcome(puts={message.subject_id: value}),
            positions={},
        )


def _dead(record: LaneRecord, one: Unreadable, now_ms: int) -> Outgoing:
    """One event of a record that cannot be rated; the others go on."""
    _log.error("event.dead", topic=record.topic, offset=record.offset, error=one.error)
    dead = notify_pb2.DeadRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        value=one.batch,
        error=one.error,
        service="risk_scoring",
        at_ms=now_ms,
    )
    return Outgoing(Topic.DEAD, dead.SerializeToString())
