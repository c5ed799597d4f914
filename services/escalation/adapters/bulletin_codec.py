"""Bulletins as protobuf: the clock's proposal, the entry of the log, the notice, and the state of a lane."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.common.ids import derived_id
from services.common.lanes import lane_of
from services.escalation.adapters.numbers import BULLETINS, number
from services.escalation.domain.bulletins import (
    Bulletin,
    BulletinKind,
    DutyCounts,
    GapAhead,
    Told,
    remember,
)
from services.escalation.domain.messages import CLOCK


def told_key(recipient_id: str) -> str:
    """State key of what an official was told by bulletins."""
    return f"b:{recipient_id}"


def bulletin_to(bulletin: Bulletin) -> pb.Command:
    """What the clock writes into the recipient's lane."""
    counts = bulletin.counts
    return pb.Command(
        command_id=bulletin.command_id,
        subject_id=bulletin.recipient_id,
        actor_id=CLOCK,
        at_ms=bulletin.at_ms,
        via=CLOCK,
        send_bulletin=pb.SendBulletin(
            kind=number(bulletin.kind),
            day=bulletin.day,
            jurisdiction_code=bulletin.jurisdiction_code,
            counts=_counts_to(counts),
            case_nos=bulletin.case_nos,
            gaps=[_gap_to(gap) for gap in bulletin.gaps],
        ),
    )


def bulletin_from(command: pb.Command) -> Bulletin:
    """The proposal in a command; KeyError for a kind not known here."""
    sent = command.send_bulletin
    counts = sent.counts
    return Bulletin(
        command_id=command.command_id,
        kind=BULLETINS[sent.kind],
        recipient_id=command.subject_id,
        day=sent.day,
        at_ms=command.at_ms,
        jurisdiction_code=sent.jurisdiction_code,
        counts=DutyCounts(
            counts.open, counts.red, counts.overdue, counts.due_within_a_day, counts.unanswered
        ),
        case_nos=tuple(sent.case_nos),
        gaps=tuple(_gap_from(gap) for gap in sent.gaps),
    )


def bulletin_id(kind: BulletinKind, recipient_id: str, day: str) -> str:
    """Id of a morning's bulletin: of the proposal and of the notice it becomes."""
    return derived_id("bulletin", kind.name, recipient_id, day)


def notice_of(bulletin: Bulletin) -> notify_pb2.Notice:
    """The message to the recipient; it is about no case, and its subject is the recipient."""
    first = bulletin.gaps[0] if bulletin.gaps else None
    return notify_pb2.Notice(
        notice_id=bulletin_id(bulletin.kind, bulletin.recipient_id, bulletin.day),
        case_no=bulletin.case_nos[0] if bulletin.case_nos else "",
        other_case_nos=bulletin.case_nos[1:],
        subject_id=bulletin.recipient_id,
        kind=number(bulletin.kind),
        recipient_id=bulletin.recipient_id,
        jurisdiction_code=bulletin.jurisdiction_code,
        act=pb.NEXT_ACT_NONE,
        created_at_ms=bulletin.at_ms,
        counts=_counts_to(bulletin.counts) if bulletin.kind is BulletinKind.DIGEST else None,
        first_gap=_gap_to(first) if first else None,
        more_gaps=max(len(bulletin.gaps) - 1, 0),
    )


def sent_to(bulletin: Bulletin) -> pb.BulletinSent:
    """The entry of the log for a bulletin that goes out."""
    return pb.BulletinSent(
        recipient_id=bulletin.recipient_id,
        kind=number(bulletin.kind),
        day=bulletin.day,
        at_ms=bulletin.at_ms,
        cause_id=bulletin.command_id,
        gaps=[_gap_to(gap) for gap in bulletin.gaps],
    )


def told_from(recipient_id: str, value: bytes | None) -> Told:
    """What a lane keeps of an official."""
    stored = pb.Bulletins.FromString(value or b"")
    gaps = tuple(_gap_from(gap) for gap in stored.gaps)
    return Told(recipient_id, stored.digest_day, stored.outlook_day, gaps)


def told_to(told: Told) -> bytes:
    """The same as bytes to store."""
    return pb.Bulletins(
        recipient_id=told.recipient_id,
        digest_day=told.digest_day,
        outlook_day=told.outlook_day,
        gaps=[_gap_to(gap) for gap in told.gaps],
    ).SerializeToString()


class BulletinFold:
    """Puts together again, from the log, what officials were told; an entry that stands twice counts once."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}

    def take(self, entries: Iterable[pb.BulletinSent]) -> None:
        """Take the entries of one record, in the order of the log."""
        for entry in entries:
            told = self._told.get(entry.recipient_id, Told(entry.recipient_id))
            if entry.kind == pb.BULLETIN_KIND_DIGEST:
                told = replace(told, digest_day=entry.day)
            elif entry.day > told.outlook_day:
                gaps = tuple(_gap_from(gap) for gap in entry.gaps)
                told = remember(told, entry.day, gaps, entry.at_ms)
            self._told[entry.recipient_id] = told

    def state(self, lane: int) -> dict[str, bytes]:
        """What the lane keeps."""
        return {
            told_key(one.recipient_id): told_to(one)
            for one in self._told.values()
            if lane_of(one.recipient_id) == lane
        }


def _counts_to(counts: DutyCounts) -> pb.DutyCounts:
    return pb.DutyCounts(
        open=counts.open,
        red=counts.red,
        overdue=counts.overdue,
        due_within_a_day=counts.due_within_a_day,
        unanswered=counts.unanswered,
    )


def _gap_to(gap: GapAhead) -> pb.GapAhead:
    return pb.GapAhead(
        post=gap.post,
        jurisdiction_code=gap.jurisdiction_code,
        duty=gap.duty,
        from_ms=gap.from_ms,
        until_ms=gap.until_ms,
    )


def _gap_from(gap: pb.GapAhead) -> GapAhead:
    return GapAhead(gap.post, gap.jurisdiction_code, gap.duty, gap.from_ms, gap.until_ms)
