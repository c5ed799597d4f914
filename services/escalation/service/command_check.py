"""Checks a command at the door, before it is written to the log; the log's own checks come after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.terms import Level
from services.escalation.domain.closing import HANDED_IN, SHA256_BYTES
from services.escalation.domain.draft import REASON_CODE
from services.escalation.domain.notices import WITHDRAWALS

ID_LETTERS_MOST = 100
REMARKS_BYTES_MOST = 64 * 1024
HUMAN_ACTS = (
    "acknowledge",
    "record_visit",
    "fulfil_duty",
    "resolve",
    "reassign",
    "raise_level",
    "request_lowering",
    "approve_lowering",
    "reply_notice",
    "withdraw_notice",
    "change_policy",
    "add_evidence",
    "approve_closing",
    "return_closing",
    "note_read",
    "accept_reassignment",
    "decline_reassignment",
    "ask_support",
)
_EVIDENCE = {kind.value: kind.name.lower() for kind in HANDED_IN}
_LEVELS = {level.value: level.name.lower() for level in Level if level is not Level.NONE}


@dataclass(frozen=True, slots=True)
class WrongField:
    """The field, its value, and what is allowed."""

    field: str
    value: object
    allowed: str


def wrong_field(command: pb.Command, outcomes: Sequence[str]) -> WrongField | None:
    """The first field that is wrong; None when the command may be written. `outcomes`: how the case may end."""
    kind = command.WhichOneof("act")
    if kind not in HUMAN_ACTS:
        return WrongField("act", kind or "", ", ".join(HUMAN_ACTS))
    if len(command.command_id) > ID_LETTERS_MOST:
        return WrongField("command_id", len(command.command_id), f"<= {ID_LETTERS_MOST}")
    if kind == "resolve" and command.resolve.how not in outcomes:
        return WrongField("resolve.how", command.resolve.how[:40], ", ".join(outcomes))
    if kind == "add_evidence":
        return _wrong_evidence(command.add_evidence) or _wrong_in_act(kind, command)
    return _wrong_in_act(kind, command)


def _wrong_in_act(kind: str, command: pb.Command) -> WrongField | None:
    act = getattr(command, kind)
    if kind == "fulfil_duty" and not REASON_CODE.fullmatch(act.duty_id):
        return WrongField("fulfil_duty.duty_id", act.duty_id[:40], REASON_CODE.pattern)
    if kind == "change_policy":
        return _wrong_in_change(act)
    if hasattr(act, "serial_no") and not 0 < len(act.serial_no) <= ID_LETTERS_MOST:
        return WrongField(f"{kind}.serial_no", act.serial_no[:40], f"1 … {ID_LETTERS_MOST}")
    if kind == "withdraw_notice" and act.reason not in WITHDRAWALS:
        return WrongField("withdraw_notice.reason", act.reason[:40], ", ".join(WITHDRAWALS))
    for field in ("level", "to_level"):
        if hasattr(act, field) and getattr(act, field) not in _LEVELS:
            return WrongField(f"{kind}.{field}", getattr(act, field), ", ".join(_LEVELS.values()))
    reason = getattr(act, "reason", "")
    if reason and not REASON_CODE.fullmatch(reason):
        return WrongField(f"{kind}.reason", reason[:40], REASON_CODE.pattern)
    if hasattr(act, "remarks") and len(act.remarks.ciphertext) > REMARKS_BYTES_MOST:
        size = len(act.remarks.ciphertext)
        return WrongField(f"{kind}.remarks", f"{size} B", f"<= {REMARKS_BYTES_MOST} B")
    return None


def _wrong_evidence(given: pb.AddEvidence) -> WrongField | None:
    if given.kind not in _EVIDENCE:
        return WrongField("add_evidence.kind", given.kind, ", ".join(_EVIDENCE.values()))
    size = len(given.sha256)
    words_do = given.kind != pb.EVIDENCE_KIND_DOCUMENT and given.HasField("remarks")
    if size != SHA256_BYTES and (size or not words_do):
        return WrongField("add_evidence.sha256", f"{size} B", f"{SHA256_BYTES} B")
    return None


def _wrong_in_change(change: pb.ChangePolicy) -> WrongField | None:
    """Versions and persons are all named; whether they exist and may is the log's to judge."""
    for field in ("from_version", "to_version", "proposed_by", "approved_by"):
        value = getattr(change, field)
        if not 0 < len(value) <= ID_LETTERS_MOST:
            return WrongField(f"change_policy.{field}", value[:40], f"1 … {ID_LETTERS_MOST}")
    return None
