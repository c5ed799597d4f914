"""The reports of one record, applied in order to the profiles they concern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.common import log
from services.common.lane_types import LaneOutcome, LaneRecord, Outgoing
from services.common.topics import Topic
from services.risk_scoring.adapters import moves_codec, profile_codec
from services.risk_scoring.adapters.profile_codec import ProfileWriter
from services.risk_scoring.adapters.reviews_codec import encoded_reviews
from services.risk_scoring.adapters.risk_codec import encoded_batch
from services.risk_scoring.adapters.triage_codec import encoded_triage
from services.risk_scoring.domain.decide import Applied, Decision, decide
from services.risk_scoring.domain.moves import follow, moved
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import Carried, Move, Report
from services.risk_scoring.domain.serious import SeriousEvent, set_against
from services.risk_scoring.domain.triage_rules import TriageRules
from services.risk_scoring.service.measures import SERIOUS_EVENTS
from services.risk_scoring.service.triage_step import Triaged, triaged

_DECIDED, _DUPLICATE = Applied.DECIDED, Applied.DUPLICATE
_log = log.get("scoring")


class ReportWork:
    """Mutable only while one record is worked on."""

    __slots__ = (
        "_changed",
        "_decisions",
        "_handed",
        "_onward",
        "_packs",
        "_profiles",
        "_record",
        "_serious",
        "_state",
        "_triage",
    )

    def __init__(
        self,
        record: LaneRecord,
        packs: Mapping[str, Pack],
        triage: TriageRules,
        state: Mapping[str, bytes],
    ) -> None:
        self._record = record
        self._packs = packs
        self._triage = triage
        self._state = state
        self._profiles: dict[str, Profile] = {}
        self._changed: dict[str, None] = {}
        self._decisions: list[Decision] = []
        self._handed: list[Triaged] = []
        self._serious: list[SeriousEvent] = []
        self._onward: list[Outgoing] = []

    def open(self, subjects: Iterable[str]) -> None:
        """Read the profiles of these subjects."""
        state = self._state
        for subject in subjects:
            known = state.get(subject)
            self._profiles[subject] = (
                profile_codec.read(known) if known is not None else Profile(subject)
            )

    def take(self, report: Report) -> None:
        """Apply one report."""
        if report.moving is not None:
            self._move(report, report.moving)
            return
        subject = report.subject_id
        if report.serious:
            self._set_against(report)
        profile, decision, applied = decide(self._profiles[subject], report)
        self._profiles[subject] = profile
        if report.incident is not None and applied is not _DUPLICATE:
            self._handed.append(triaged(report, profile, self._triage))
            self._changed[subject] = None
        if decision is None:
            _log.debug("event.passed", event_id=report.event_id, reason=applied.value)
            return
        self._decisions.append(decision)
        self._changed[subject] = None
        onward = follow(profile, decision) if profile.moved_to else None
        if onward is not None:
            self._onward.append(moves_codec.outgoing(onward))

    def outcome(self) -> LaneOutcome:
        """The outputs, and the profiles that changed as state and as snapshots."""
        record, outputs = self._record, self._onward
        if self._decisions:
            outputs.append(Outgoing(Topic.RISK, encoded_batch(record, self._decisions)))
        if self._handed:
            outputs.append(Outgoing(Topic.TRIAGE, encoded_triage(record, self._handed)))
        if self._serious:
            outputs.append(Outgoing(Topic.REVIEWS, encoded_reviews(record, self._serious)))
        if not self._changed:
            return LaneOutcome(outputs)
        writer = ProfileWriter(record)
        puts = {subject: writer.write(self._profiles[subject]) for subject in self._changed}
        outputs += [
            Outgoing(Topic.PROFILES, put, subject.encode()) for subject, put in puts.items()
        ]
        return LaneOutcome(outputs, puts)

    def _set_against(self, report: Report) -> None:
        """Before a serious event is rated itself: the question is what was known until then."""
        subject = report.subject_id
        self._profiles[subject], event = set_against(self._profiles[subject], report)
        for told in _told(event):
            self._serious.append(told)
            self._changed[subject] = None

    def _move(self, report: Report, moving: Move | Carried) -> None:
        subject = report.subject_id
        result = moved(self._profiles[subject], report, moving, self._packs)
        self._profiles[subject] = result.profile
        self._decisions += result.decisions
        if result.applied is _DECIDED:
            self._changed[subject] = None
        if result.onward is not None:
            self._onward.append(moves_codec.outgoing(result.onward))


def _told(event: SeriousEvent | None) -> list[SeriousEvent]:
    """The event if it is new, counted and logged."""
    if event is None:
        return []
    SERIOUS_EVENTS.labels(event.reason.name.lower()).inc()
    _log.warning("event.serious", event_id=event.report.event_id, reason=event.reason.name.lower())
    return [event]
