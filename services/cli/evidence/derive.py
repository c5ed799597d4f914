"""What follows from the ledger alone: the export writes it down, and whoever verifies a file computes it again."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

from sanse.escalation.v1 import cases_pb2 as pb
from services.cli.evidence import codes
from services.cli.evidence.case_file import (
    CaseFile,
    Decision,
    Duty,
    Entry,
    Notice,
    Supervision,
    Visit,
    Words,
)
from services.cli.evidence.codes import code, when
from services.common.ids import derived_id
from services.common.terms import NoticeColour
from services.escalation.domain.cases import NoticeIssued
from services.escalation.domain.notices import notice_state
from services.escalation.domain.reasons import Reason

# Entries that say who is responsible from now on, if they name somebody: the rise of a resolved case names nobody.
_OWNING = frozenset(
    {
        "opened",
        "reassigned",
        "reassignment_lapsed",
        "level_raised",
        "escalated",
        "closing_requested",
        "closing_returned",
    }
)
# Entries that say where the case stands.
_STATUS_AFTER = {
    "opened": "opened",
    "level_raised": "opened",
    "acknowledged": "acknowledged",
    "unacknowledged": "opened",
    "visited": "in_progress",
    "resolved": "resolved",
}


class Happened(NamedTuple):
    """What an entry says of who owes what: its type, whom it names, and why it was made."""

    type: str
    recipient: str
    reason: str


def owner_of(entries: Iterable[Happened]) -> str:
    """Who is responsible after all entries. Whoever approved a closing gives the case back with it."""
    owner, lent_by = "", ""
    for one in entries:
        if one.type == "closing_requested":
            lent_by = owner
        if one.type in _OWNING and one.recipient:
            owner = one.recipient
        if one.type in ("resolved", "closing_returned"):
            owner, lent_by = (lent_by if one.type == "resolved" else "") or owner, ""
    return owner


def status_of(entries: Iterable[Happened]) -> str:
    """Where the case stands after all entries."""
    status = ""
    for one in entries:
        closed = one.type == "level_raised" and not one.recipient
        if not closed and one.reason != Reason.VISITED_BEFORE_RAISE:
            status = _STATUS_AFTER.get(one.type, status)
    return status


def entry_of(event: pb.CaseEvent, prev_hash: bytes, own_hash: bytes, raw: bytes) -> Entry:
    """An entry in words and codes, from its bytes alone."""
    remarks = event.remarks.ciphertext
    return Entry(
        sequence=event.sequence,
        type=code(codes.EVENT, event.type),
        at=when(event.at_ms),
        actor=event.actor_id,
        cause=event.cause_id,
        reason=event.reason,
        level=code(codes.LEVEL, event.level),
        tier=code(codes.TIER, event.tier),
        colour=code(codes.COLOUR, event.colour),
        serial_no=event.serial_no,
        recipient=event.recipient_id,
        duty=event.duty_id,
        reply_due=when(event.reply_due_ms),
        sealed_remarks_sha256=sha256(remarks).hexdigest() if remarks else "",
        prev_hash=prev_hash.hex(),
        hash=own_hash.hex(),
        raw=b64encode(raw).decode(),
    )


def visits_in(events: Iterable[pb.CaseEvent]) -> tuple[Visit, ...]:
    """The visits recorded, oldest first."""
    visited = pb.CASE_EVENT_TYPE_VISITED
    return tuple(
        Visit(event.sequence, when(event.at_ms), event.actor_id)
        for event in events
        if event.type == visited
    )


def supervision_in(events: Sequence[pb.CaseEvent], as_of_ms: int) -> tuple[Supervision, ...]:
    """Each supervision notice and what had become of it at a moment."""
    ends = (pb.CASE_EVENT_TYPE_NOTICE_ANSWERED, pb.CASE_EVENT_TYPE_NOTICE_WITHDRAWN)
    ended = {event.serial_no: event for event in events if event.type in ends}
    issued = [event for event in events if event.type == pb.CASE_EVENT_TYPE_NOTICE_ISSUED]
    return tuple(_supervision(one, ended.get(one.serial_no), as_of_ms) for one in issued)


def official_no_of(file: CaseFile, serial_no: str) -> str:
    """The official number of a notice, from the chained bytes of the ledger; "" when it has none."""
    for entry in file.ledger:
        if entry.type == "notice_numbered" and entry.serial_no == serial_no:
            return pb.CaseEvent.FromString(b64decode(entry.raw)).official_no
    return ""


def _supervision(issued: pb.CaseEvent, end: pb.CaseEvent | None, as_of_ms: int) -> Supervision:
    answered = end is not None and end.type == pb.CASE_EVENT_TYPE_NOTICE_ANSWERED
    end_ms = end.at_ms if end else 0
    notice = NoticeIssued(
        notice_id="",
        colour=NoticeColour.NONE,
        serial_no=issued.serial_no,
        issued_at_ms=issued.at_ms,
        recipient_id=issued.recipient_id,
        reply_due_ms=issued.reply_due_ms,
        answered_at_ms=end_ms if answered else 0,
        withdrawn_at_ms=0 if answered else end_ms,
    )
    return Supervision(
        serial_no=issued.serial_no,
        colour=code(codes.COLOUR, issued.colour),
        recipient=issued.recipient_id,
        issued_at=when(issued.at_ms),
        entry=issued.sequence,
        reply_due=when(issued.reply_due_ms),
        state=notice_state(notice, as_of_ms).value,
        ended_at=when(end_ms),
        ended_by=end.actor_id if end else "",
        ended_entry=end.sequence if end else 0,
        ended_reason=end.reason if end else "",
    )


def duties_in(
    events: Iterable[pb.CaseEvent],
    decisions: Mapping[str, Decision],
    texts: Mapping[str, Words],
) -> tuple[Duty, ...]:
    """What the law demanded: arisen by an entry, due by its decision, fulfilled by a later entry."""
    found: list[Duty] = []
    for event in events:
        if event.type == pb.CASE_EVENT_TYPE_DUTY_AROSE:
            found.append(_arisen(event, decisions.get(event.cause_id), texts))
        elif event.type == pb.CASE_EVENT_TYPE_DUTY_FULFILLED:
            _fulfil(found, event)
    return tuple(found)


def _arisen(event: pb.CaseEvent, decision: Decision | None, texts: Mapping[str, Words]) -> Duty:
    begun = decision.legal_duties if decision else ()
    due = next((one.due for one in begun if one.duty == event.duty_id), "")
    text = texts.get(event.duty_id, Words())
    return Duty(event.duty_id, text, event.sequence, event.cause_id, due, "", "", 0)


def _fulfil(found: list[Duty], event: pb.CaseEvent) -> None:
    for at, owed in enumerate(found):
        if owed.duty == event.duty_id and not owed.fulfilled_entry:
            found[at] = replace(
                owed,
                fulfilled_at=when(event.at_ms),
                fulfilled_by=event.actor_id,
                fulfilled_entry=event.sequence,
            )
            return


def place(notice: Notice, events: Sequence[pb.CaseEvent], case_id: str) -> Notice:
    """The notice with the ledger entry it belongs to; entry 0 when its id follows from no entry of the ledger.

    A notice's id is derived from case, cause, kind and recipient: no record is needed to tell where it belongs.
    """
    kind = notice.kind.upper()
    for cause in dict.fromkeys(event.cause_id for event in events):
        if derived_id(case_id, cause, kind, notice.recipient) == notice.notice:
            entry = _entry_for(notice, [event for event in events if event.cause_id == cause])
            return replace(notice, cause=cause, entry=entry.sequence, rule=entry.reason)
    return replace(notice, cause="", entry=0, rule="")


def _entry_for(notice: Notice, caused: Sequence[pb.CaseEvent]) -> pb.CaseEvent:
    """Of the entries of one cause, the one that says why this official is told."""
    for event in caused:
        if notice.serial_no and event.serial_no == notice.serial_no:
            return event
    for event in caused:
        if event.recipient_id == notice.recipient and not event.serial_no:
            return event
    return caused[0]
