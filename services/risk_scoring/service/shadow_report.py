"""Compares a trial's candidate with the live pack from both topics, partition by partition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sanse.risk.v1 import risk_pb2
from services.common.lane_types import LaneRecord
from services.common.settings import CommonSettings
from services.common.terms import Level
from services.common.topics import Topic
from services.risk_scoring.adapters.log_reader import partitions_of, read_partition
from services.risk_scoring.domain.comparison import Comparison, Decided, compare
from services.risk_scoring.domain.pack_identity import PackIdentity
from services.risk_scoring.service.shadow import Trial

FORMAT = "sanse.shadow/1"
_LEVELS = tuple(Level)


def compared(settings: CommonSettings, trial: Trial, candidate: PackIdentity) -> Comparison:
    """The whole comparison of one candidate; LogAway without a broker."""
    total = Comparison()
    for partition in partitions_of(settings, Topic.SHADOW):
        shadow = _shadow(read_partition(settings, Topic.SHADOW, partition), trial, candidate)
        live = _live(read_partition(settings, Topic.RISK, partition), candidate.pack_id)
        total.add(compare(shadow, live))
    return total


def report(found: Comparison, candidate: PackIdentity, wanted: int) -> dict[str, Any]:
    """The comparison as plain data: what the signers sign. `wanted`: decisions a trial needs to be complete."""
    return {
        "format": FORMAT,
        "candidate": candidate._asdict(),
        "wanted": wanted,
        "compared": found.compared,
        "complete": found.compared >= wanted,
        "agree": found.agree,
        "higher": found.higher,
        "lower": found.lower,
        "alone": found.alone,
        "rises": [
            {
                "subject": rise.subject_id,
                "live": rise.live.name.lower(),
                "shadow": rise.shadow.name.lower(),
            }
            for rise in found.rises
        ],
    }


def _shadow(
    records: Iterable[LaneRecord], trial: Trial, candidate: PackIdentity
) -> dict[str, Decided]:
    found = {}
    for record in records:
        batch = risk_pb2.ShadowBatch.FromString(record.value)
        if batch.trial == trial.trial_id:
            for one in batch.decisions:
                if (one.pack_id, one.pack_version) == (candidate.pack_id, candidate.version):
                    found[one.event_id] = _decided(one)
    return found


def _live(records: Iterable[LaneRecord], pack_id: str) -> dict[str, Decided]:
    """The live decisions of any version: the shadow is compared with what was in force at each event."""
    found = {}
    for record in records:
        for one in risk_pb2.RiskBatch.FromString(record.value).decisions:
            if one.pack_id == pack_id:
                found[one.event_id] = _decided(one)
    return found


def _decided(one: risk_pb2.RiskDecision) -> Decided:
    return Decided(one.subject_id, _LEVELS[one.level])
