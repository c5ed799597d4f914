"""One record of the ledger: follows the changes of level by persons, and answers those it does not follow."""

from __future__ import annotations

from collections.abc import Mapping

from sanse.common.v1 import common_pb2
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2
from services.common import log
from services.common.ids import derived_id
from services.common.lane_types import LaneOutcome, LaneRecord, Outgoing
from services.common.topics import Topic
from services.risk_scoring.adapters import profile_codec
from services.risk_scoring.adapters.cases_codec import ReadLedger
from services.risk_scoring.adapters.profile_codec import ProfileWriter
from services.risk_scoring.adapters.risk_codec import encoded_batch
from services.risk_scoring.domain.change import ChangeKind, LevelChange
from services.risk_scoring.domain.decide import Decision
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.ratchet import FORGED, Followed, Outcome, follow
from services.risk_scoring.service.measures import CHANGES

_log = log.get("ratchet")


def dead_record(record: LaneRecord, value: bytes, error: str, now_ms: int) -> Outgoing:
    """A part of a record that cannot be used, kept for people to look at."""
    dead = notify_pb2.DeadRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        value=value,
        error=error,
        service="risk_scoring",
        at_ms=now_ms,
    )
    return Outgoing(Topic.DEAD, dead.SerializeToString())


class LedgerWork:
    """What one record leads to."""

    def __init__(
        self, record: LaneRecord, packs: Mapping[str, Pack], state: Mapping[str, bytes], now_ms: int
    ) -> None:
        self._record = record
        self._packs = packs
        self._state = state
        self._now_ms = now_ms
        self._profiles: dict[str, Profile] = {}
        self._decisions: list[Decision] = []
        self._refused: list[risk_pb2.ChangeRefused] = []
        self._dead: list[Outgoing] = []

    def outcome(self, ledger: ReadLedger) -> LaneOutcome:
        """Follow the changes in order."""
        for broken in ledger.broken:
            _log.error("change.broken", topic=self._record.topic, offset=self._record.offset)
            CHANGES.labels("broken_entry").inc()
            self._dead.append(dead_record(self._record, broken.batch, broken.error, self._now_ms))
        for change in ledger.changes:
            self._follow(change)
        outputs = list(self._dead)
        if self._decisions or self._refused:
            risk = encoded_batch(self._record, self._decisions, self._refused)
            outputs.append(Outgoing(Topic.RISK, risk))
        writer = ProfileWriter(self._record)
        changed = dict.fromkeys(decision.report.subject_id for decision in self._decisions)
        puts = {subject: writer.write(self._profiles[subject]) for subject in changed}
        outputs += [Outgoing(Topic.PROFILES, put, key.encode()) for key, put in puts.items()]
        return LaneOutcome(outputs, puts)

    def _follow(self, change: LevelChange) -> None:
        profile = self._profile(change.subject_id)
        pack = self._packs.get(change.pack_id)
        if pack is None:
            # Its answers cannot be read any more, as after a change of version.
            followed = Followed(profile, None, Outcome.PACK_CHANGED)
        else:
            followed = follow(profile, change, pack, pack.dwell)
        CHANGES.labels(followed.outcome.value).inc()
        self._profiles[change.subject_id] = followed.profile
        if followed.decision is not None:
            self._decisions.append(followed.decision)
            _log.info("change.followed", case_id=change.case_id, kind=change.kind.value)
        elif followed.outcome is not Outcome.DUPLICATE:
            self._refuse(profile, change, followed.outcome)

    def _refuse(self, profile: Profile, change: LevelChange, outcome: Outcome) -> None:
        """Nothing is refused in silence: the log, a metric, and where a level would differ, the case itself."""
        _log.warning("change.refused", case_id=change.case_id, reason=outcome.value)
        if outcome in FORGED:
            error = f"case {change.case_id}: {outcome.value}"
            self._dead.append(dead_record(self._record, self._record.value, error, self._now_ms))
        state = profile.state_of(change.pack_id)
        if state is None or change.kind is ChangeKind.RAISED or state.level <= change.to_level:
            return
        self._refused.append(
            risk_pb2.ChangeRefused(
                refusal_id=derived_id("refused", change.change_id),
                case_id=change.case_id,
                subject_id=change.subject_id,
                pack_id=change.pack_id,
                level=common_pb2.Level.ValueType(state.level),
                reason=outcome.value,
                at_ms=change.at_ms,
                jurisdiction_code=profile.jurisdiction_code,
            )
        )

    def _profile(self, subject: str) -> Profile:
        if subject not in self._profiles:
            stored = self._state.get(subject)
            self._profiles[subject] = profile_codec.read(stored) if stored else Profile(subject)
        return self._profiles[subject]
