"""What an official did on a phone, as a command of the log."""

from __future__ import annotations

from collections.abc import Sequence

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from services.notifier.domain.acts import Act, ActKind, EvidenceGiven

_EVIDENCE = {
    "written_reply": cases_pb2.EVIDENCE_KIND_WRITTEN_REPLY,
    "document": cases_pb2.EVIDENCE_KIND_DOCUMENT,
    "review": cases_pb2.EVIDENCE_KIND_REVIEW,
}


def command_batch(lane: int, act: Act) -> bytes:
    """The value of a record on the commands topic for one human act."""
    command = cases_pb2.Command(
        command_id=act.command_id,
        case_id=act.case_id,
        subject_id=act.subject_id,
        actor_id=act.official_id,
        at_ms=act.at_ms,
        via=act.via,
    )
    _fill(command, act)
    return cases_pb2.CommandBatch(lane=lane, commands=[command]).SerializeToString()


def _fill(command: cases_pb2.Command, act: Act) -> None:
    match act.kind:
        case ActKind.ACKNOWLEDGE:
            command.acknowledge.SetInParent()
        case ActKind.VISIT:
            command.record_visit.SetInParent()
        case ActKind.READ:
            command.note_read.SetInParent()
        case ActKind.ASK_SUPPORT:
            command.ask_support.SetInParent()
        case ActKind.FULFIL:
            command.fulfil_duty.duty_id = act.duty_id
        case ActKind.EVIDENCE:
            command.add_evidence.CopyFrom(_evidence(act.given))
        case ActKind.APPROVE_CLOSING:
            command.approve_closing.SetInParent()
        case ActKind.RETURN_CLOSING:
            command.return_closing.reason = act.how
        case ActKind.RESOLVE:
            command.resolve.how = act.how


def _evidence(given: EvidenceGiven) -> cases_pb2.AddEvidence:
    words = common_pb2.SealedText.FromString(given.sealed) if given.sealed else None
    return cases_pb2.AddEvidence(kind=_EVIDENCE[given.kind], sha256=given.sha256, remarks=words)


def read_commands(value: bytes) -> Sequence[cases_pb2.Command]:
    """The commands of a record, for those who check what was written."""
    return cases_pb2.CommandBatch.FromString(value).commands
