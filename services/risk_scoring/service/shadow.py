"""Candidate packs run in shadow: the same handler on the same events, in a state of its own, on a topic of its own.

Nothing acts on what it writes. A trial is a set of candidates in one content: with another candidate a new trial begins
at the start of the log, and the state of the old one is let go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import risk_pb2
from services.common import log
from services.common.ids import derived_id
from services.common.kafka_out import LaneProducer
from services.common.lane_types import LaneOutcome, LaneRecord, Outgoing, PoisonRecord, Restored
from services.common.topics import Topic
from services.risk_scoring.adapters import profile_codec
from services.risk_scoring.adapters.events_codec import ReadBatch
from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.pack_versions import SHADOW, identity
from services.risk_scoring.adapters.risk_codec import decisions_in
from services.risk_scoring.adapters.wire_views import ShadowBatchView
from services.risk_scoring.domain.pack import Pack, Text
from services.risk_scoring.domain.pack_identity import PackIdentity
from services.risk_scoring.domain.triage_rules import TriageRules
from services.risk_scoring.service.handler import ScoringHandler

STEM = "risk_shadow"
_log = log.get("shadow")


@dataclass(frozen=True, slots=True)
class Trial:
    """The packs a shadow rates with: the live ones, the candidates in the place of theirs."""

    packs: Mapping[str, Pack]
    candidates: tuple[PackIdentity, ...]

    @property
    def trial_id(self) -> str:
        """Derived from what the candidates say; a changed one is another trial."""
        return derived_id("shadow", *(part for one in self.candidates for part in one))[:8]

    @property
    def service(self) -> str:
        """The name of its consumer group and of its state in Redis."""
        return f"{STEM}-{self.trial_id}"


def load_trial(folder: Path) -> Trial:
    """The trial of the candidates in the folder's shadow/; PackError when there is none, or one cannot be used."""
    place = folder / SHADOW
    files = sorted(place.glob("*.yaml"))
    if not files:
        nothing = Text("没有候选规则包", "there is no candidate pack")
        raise PackError(place, "", nothing, Text("*.yaml", "*.yaml"))
    packs = {**load_packs(folder), **load_packs(place)}
    return Trial(packs, tuple(identity(file) for file in files))


class ShadowHandler:
    """Turns what scoring would send into one record of the shadow topic."""

    def __init__(self, trial: Trial, triage: TriageRules) -> None:
        self._trial = trial
        self._scoring = ScoringHandler(trial.packs, triage)
        self._stamps = {(one.pack_id, one.version) for one in trial.candidates}

    def decode(self, record: LaneRecord) -> ReadBatch:
        """The record's reports; PoisonRecord when it is no EventBatch."""
        decoded = self._scoring.decode(record)
        if not isinstance(decoded, ReadBatch):
            raise PoisonRecord("a shadow reads events only")
        return decoded

    def wanted(self, decoded: ReadBatch) -> Sequence[str]:
        """The subjects whose profiles are needed."""
        return self._scoring.wanted(decoded)

    def decide(
        self, record: LaneRecord, decoded: ReadBatch, state: Mapping[str, bytes], now_ms: int
    ) -> LaneOutcome:
        """The candidates' decisions and the shadow's profiles; what cannot be read is the live worker's to report."""
        outcome = self._scoring.decide(record, decoded, state, now_ms)
        if not outcome.puts:
            return LaneOutcome()
        out = ShadowBatchView()
        out.lane, out.trial = record.lane, self._trial.trial_id
        out.source.topic, out.source.partition = record.topic, record.partition
        out.source.offset = record.offset
        for one in outcome.outputs:
            if one.topic is Topic.RISK:
                out.decisions.extend(filter(self._of_candidate, decisions_in(one.value)))
        out.profiles.extend(put for put in outcome.puts.values() if put is not None)
        return LaneOutcome([Outgoing(Topic.SHADOW, out.SerializeToString())], outcome.puts)

    def _of_candidate(self, raw: bytes) -> bool:
        one = risk_pb2.RiskDecision.FromString(raw)
        return (one.pack_id, one.pack_version) in self._stamps

    def restore(self, topic: Topic, value: bytes) -> Restored | None:
        """The state after one record of this trial. A record holds all of its profiles, so it names its position."""
        if topic is not Topic.SHADOW:
            return None
        batch = ShadowBatchView.FromString(value)
        if batch.trial != self._trial.trial_id:
            return None
        puts: dict[str, bytes | None] = {
            profile_codec.message_of(profile).subject_id: profile for profile in batch.profiles
        }
        source: common_pb2.SourcePosition = batch.source
        return Restored(batch.lane, LaneOutcome(puts=puts), {source.topic: source.offset})


class ShadowProducer(LaneProducer):
    """Writes to the shadow topic and to no other, whatever it is given."""

    async def send(self, records: Iterable[tuple[int, Outgoing]]) -> None:
        """Write the shadow's records; anything else is withheld and logged."""
        kept = []
        for lane, record in records:
            if record.topic is Topic.SHADOW:
                kept.append((lane, record))
            else:
                _log.info("shadow.withheld", topic=record.topic.name, lane=lane)
        await super().send(kept)


async def forget_other_trials(redis: Redis, prefix: str, trial: Trial) -> None:
    """Delete the state of trials that are over."""
    own = f"{prefix}:{trial.service}:".encode()
    async for key in redis.scan_iter(f"{prefix}:{STEM}-*", count=1000):
        if not key.startswith(own):
            await redis.unlink(key)
