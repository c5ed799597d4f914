"""The lane handler of scoring: a record of events or of the ledger in, decisions and new profiles out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.common import log
from services.common.lane_types import LaneOutcome, LaneRecord, Restored
from services.common.topics import Topic, TopicNames
from services.risk_scoring.adapters import profile_codec
from services.risk_scoring.adapters.cases_codec import ReadLedger, read_ledger
from services.risk_scoring.adapters.events_codec import EventsReader, ReadBatch
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.report import ReportKind
from services.risk_scoring.domain.serious import SeriousKinds
from services.risk_scoring.domain.triage_rules import TriageRules
from services.risk_scoring.service.ledger_work import LedgerWork, dead_record
from services.risk_scoring.service.report_work import ReportWork

_OTHER = ReportKind.OTHER
_log = log.get("scoring")


class ScoringHandler:
    """State key: subject id. State value: HouseholdProfile bytes, the same as on the profiles topic."""

    def __init__(
        self,
        packs: Mapping[str, Pack],
        triage: TriageRules,
        names: TopicNames | None = None,
        serious: SeriousKinds | None = None,
    ) -> None:
        self._packs = packs
        self._triage = triage
        self._cases_topic = (names or TopicNames())(Topic.CASES)
        self._events = EventsReader(packs, serious or SeriousKinds())

    def decode(self, record: LaneRecord) -> ReadBatch | ReadLedger:
        """The record's reports, or changes of level; PoisonRecord when it is neither."""
        if record.topic == self._cases_topic:
            return read_ledger(record.value)
        return self._events.read(record.value)

    def wanted(self, decoded: ReadBatch | ReadLedger) -> Sequence[str]:
        """The subjects whose profiles are needed; grievances and their like need none."""
        if isinstance(decoded, ReadLedger):
            return list({change.subject_id for change in decoded.changes})
        return list({report.subject_id for report in decoded.reports if report.kind is not _OTHER})

    def decide(
        self,
        record: LaneRecord,
        decoded: ReadBatch | ReadLedger,
        state: Mapping[str, bytes],
        now_ms: int,
    ) -> LaneOutcome:
        """Apply what came in order. The clock plays no part: a replay gives the same bytes."""
        if isinstance(decoded, ReadLedger):
            return LedgerWork(record, self._packs, state, now_ms).outcome(decoded)
        outputs = []
        for one in decoded.unreadable:
            _log.error("event.dead", topic=record.topic, offset=record.offset, error=one.error)
            outputs.append(dead_record(record, one.batch, one.error, now_ms))
        work = ReportWork(record, self._packs, self._triage, state)
        # Stage by stage over the whole record: each stage's code stays in the processor's cache.
        work.open(self.wanted(decoded))
        for report in decoded.reports:
            if report.kind is not _OTHER:
                work.take(report)
        outcome = work.outcome()
        return LaneOutcome([*outputs, *outcome.outputs], outcome.puts)

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
