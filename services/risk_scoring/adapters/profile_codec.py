"""HouseholdProfile bytes to and from profiles: the state in Redis and the compacted snapshot are the same bytes."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import risk_pb2
from services.common.lane_types import LaneRecord, PoisonRecord
from services.common.terms import Level
from services.risk_scoring.adapters.wire_views import ProfileView
from services.risk_scoring.domain.profile import Fall, PackState, Profile

_LEVELS = tuple(Level)


def message_of(value: bytes) -> risk_pb2.HouseholdProfile:
    """The message; PoisonRecord when the bytes are none."""
    try:
        return risk_pb2.HouseholdProfile.FromString(value)
    except DecodeError as wrong:
        raise PoisonRecord(f"not a HouseholdProfile: {wrong}") from wrong


def read(value: bytes) -> Profile:
    """A profile from its bytes."""
    message = message_of(value)
    return Profile(
        message.subject_id,
        message.jurisdiction_code,
        tuple([read_state(state) for state in message.packs]),
        tuple(message.incident_times_ms),
        tuple(message.applied_event_ids),
        message.revision,
        message.moved_to,
        message.moved_to_jurisdiction,
        message.moved_at_ms,
        tuple(message.serious_event_ids),
    )


class ProfileWriter:
    """Writes profiles as they stand after one record."""

    def __init__(self, record: LaneRecord) -> None:
        self._lane = record.lane
        self._source = common_pb2.SourcePosition(
            topic=record.topic, partition=record.partition, offset=record.offset
        ).SerializeToString()

    def write(self, profile: Profile) -> bytes:
        """The bytes of a profile."""
        out = ProfileView()
        out.subject_id = profile.subject_id
        out.lane = self._lane
        out.jurisdiction_code = profile.jurisdiction_code
        add = out.packs.add
        for state in profile.packs:
            write_state(add(), state)
        if profile.incident_times_ms:
            out.incident_times_ms.extend(profile.incident_times_ms)
        out.applied_event_ids.extend(profile.applied)
        out.revision = profile.revision
        out.source = self._source
        if profile.moved_to:
            out.moved_to = profile.moved_to
            out.moved_to_jurisdiction = profile.moved_to_jurisdiction
            out.moved_at_ms = profile.moved_at_ms
        if profile.serious:
            out.serious_event_ids.extend(profile.serious)
        encoded: bytes = out.SerializeToString()
        return encoded


def read_state(state: risk_pb2.PackState) -> PackState:
    """The state of one pack."""
    return PackState(
        state.pack_id,
        state.pack_version,
        _LEVELS[state.level],
        _LEVELS[state.computed_level],
        state.points,
        state.answers_packed,
        state.assessed_at_ms,
        state.level_since_ms,
        state.decision_id,
        state.reassess_due_ms,
        state.change_points,
        tuple([Fall(fall.decision_id, _LEVELS[fall.supports]) for fall in state.falls])
        if state.falls
        else (),
        state.trail_packed,
    )


def write_state(out: Any, state: PackState) -> None:
    """The state of one pack into its message."""
    out.pack_id = state.pack_id
    out.pack_version = state.pack_version
    out.level = state.level
    out.computed_level = state.computed_level
    out.points = state.points
    out.answers_packed = state.answers
    out.assessed_at_ms = state.answers_at_ms
    out.level_since_ms = state.level_since_ms
    out.decision_id = state.decision_id
    out.reassess_due_ms = state.reassess_due_ms
    if state.change_points:
        out.change_points = state.change_points
    out.trail_packed = state.trail
    for fall in state.falls:
        out.falls.add(decision_id=fall.decision_id, supports=fall.supports)
