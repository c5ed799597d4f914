"""The lane handler of scoring: a record of events or of the ledger in, decisions and new profiles out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.common import log
from services.common.lane_types import LaneOutcome, LaneRecord, Outgoing, Restored
from services.common.topics import Topic, TopicNames
from services.risk_scoring.adapters import moves_codec, profile_codec
from services.risk_scoring.adapters.cases_codec import ReadLedger, read_ledger
from services.risk_scoring.adapters.events_codec import EventsReader, ReadBatch
from services.risk_scoring.adapters.profile_codec import ProfileWriter
from services.risk_scoring.adapters.reviews_codec import encoded_reviews
from services.risk_scoring.adapters.risk_codec import encoded_batch
from services.risk_scoring.domain.decide import Applied, Decision, decide
from services.risk_scoring.domain.moves import Moved, arrive, follow, leave
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import Carried, Move, Report, ReportKind
from services.risk_scoring.domain.serious import SeriousEvent, SeriousKinds, set_against
from services.risk_scoring.service.ledger_work import LedgerWork, dead_record
from services.risk_scoring.service.measures import SERIOUS_EVENTS

_OTHER = ReportKind.OTHER
_log = log.get("scoring")


class ScoringHandler:
    """State key: subject id. State value: HouseholdProfile bytes, the same as on the profiles topic."""

    def __init__(
        self,
        packs: Mapping[str, Pack],
        names: TopicNames | None = None,
        serious: SeriousKinds | None = None,
    ) -> None:
        self._packs = packs
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
        outcome = self._rated(record, decoded, state)
        return LaneOutcome([*outputs, *outcome.outputs], outcome.puts)

    def _rated(
        self, record: LaneRecord, decoded: ReadBatch, state: Mapping[str, bytes]
    ) -> LaneOutcome:
        # Stage by stage over the whole record: each stage's code stays in the processor's cache.
        profiles = {
            subject: profile_codec.read(state[subject]) if subject in state else Profile(subject)
            for subject in self.wanted(decoded)
        }
        decisions: list[Decision] = []
        outputs: list[Outgoing] = []
        changed: dict[str, None] = {}
        serious: list[SeriousEvent] = []
        for report in decoded.reports:
            if report.kind is _OTHER:
                continue
            subject = report.subject_id
            if report.moving is not None:
                moved = self._moved(profiles[subject], report, report.moving)
                profiles[subject], applied = moved.profile, moved.applied
                decisions += moved.decisions
                onward = moved.onward
                if applied is Applied.DECIDED:
                    changed[subject] = None
            else:
                if report.serious:
                    # Before it is rated itself: the question is what was known until then.
                    profiles[subject], event = set_against(profiles[subject], report)
                    serious += _told(event)
                profiles[subject], decision, applied = decide(profiles[subject], report)
                if decision is None:
                    _log.debug("event.passed", event_id=report.event_id, reason=applied.value)
                    continue
                decisions.append(decision)
                changed[subject] = None
                onward = follow(profiles[subject], decision) if profiles[subject].moved_to else None
            if onward is not None:
                outputs.append(moves_codec.outgoing(onward))
        changed |= dict.fromkeys(event.report.subject_id for event in serious)
        if decisions:
            outputs.append(Outgoing(Topic.RISK, encoded_batch(record, decisions)))
        if serious:
            outputs.append(Outgoing(Topic.REVIEWS, encoded_reviews(record, serious)))
        return _with_profiles(record, outputs, {name: profiles[name] for name in changed})

    def _moved(self, profile: Profile, report: Report, moving: Move | Carried) -> Moved:
        if isinstance(moving, Move):
            return leave(profile, report, moving)
        return arrive(profile, report, moving, self._packs)

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


def _with_profiles(
    record: LaneRecord, outputs: list[Outgoing], changed: Mapping[str, Profile]
) -> LaneOutcome:
    """The outputs, and the profiles that changed as state and as snapshots."""
    if not changed:
        return LaneOutcome(outputs)
    writer = ProfileWriter(record)
    puts = {subject: writer.write(profile) for subject, profile in changed.items()}
    snapshots = [Outgoing(Topic.PROFILES, put, subject.encode()) for subject, put in puts.items()]
    return LaneOutcome([*outputs, *snapshots], puts)


def _told(event: SeriousEvent | None) -> list[SeriousEvent]:
    """The event if it is new, counted and logged."""
    if event is None:
        return []
    SERIOUS_EVENTS.labels(event.reason.name.lower()).inc()
    _log.warning("event.serious", event_id=event.report.event_id, reason=event.reason.name.lower())
    return [event]
