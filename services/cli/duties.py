"""Who carries how much, and what one official has to know today or hand over: counted from cases as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from services.common.spans import DAY_MS


@dataclass(slots=True)
class Load:
    """The open duties of one official."""

    official_id: str
    cases: int = 0
    red: int = 0
    yellow: int = 0
    overdue: int = 0
    due_within_a_day: int = 0
    # Supervision notices to this official that wait for an answer, in any case.
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """One official's day, or what a successor takes over."""

    official_id: str
    new: Sequence[pb.Case] = ()
    overdue: Sequence[pb.Case] = ()
    due_today: Sequence[pb.Case] = ()
    later: Sequence[pb.Case] = ()
    # Cases in which a notice to this official waits for an answer.
    to_answer: Sequence[tuple[pb.Case, pb.NoticeIssued]] = ()
    # Own cases in which a lowering waits for a second person.
    lowering_waits: Sequence[pb.Case] = ()
    legal_duties: Sequence[tuple[pb.Case, pb.LegalDutyOwed]] = field(default_factory=tuple)


def loads(cases: Iterable[pb.Case], now_ms: int) -> list[Load]:
    """Each official with an open case or a notice to answer: most overdue first, then most cases."""
    found: dict[str, Load] = {}
    for case in cases:
        for notice in case.notices:
            if _waits(notice):
                _of(found, notice.recipient_id).unanswered += 1
        if is_open(case):
            _count(_of(found, case.owner_id), case, now_ms)
    return sorted(found.values(), key=lambda one: (-one.overdue, -one.cases, one.official_id))


def digest(cases: Iterable[pb.Case], official_id: str, now_ms: int) -> Digest:
    """What is open for an official: each open case stands in exactly one of overdue, due today, later."""
    known = sorted(cases, key=lambda one: (one.next_due_ms, one.case_id))
    own = [case for case in known if is_open(case) and case.owner_id == official_id]
    ahead = [case for case in own if not is_overdue(case, now_ms)]
    return Digest(
        official_id,
        new=[case for case in own if case.opened_at_ms > now_ms - DAY_MS],
        overdue=[case for case in own if is_overdue(case, now_ms)],
        due_today=[case for case in ahead if case.next_due_ms <= now_ms + DAY_MS],
        later=[case for case in ahead if case.next_due_ms > now_ms + DAY_MS],
        to_answer=[
            (case, notice)
            for case in known
            for notice in case.notices
            if notice.recipient_id == official_id and _waits(notice)
        ],
        lowering_waits=[case for case in own if case.HasField("lowering")],
        legal_duties=[
            (case, owed) for case in own for owed in case.legal_duties if not owed.fulfilled_at_ms
        ],
    )


def is_open(case: pb.Case) -> bool:
    """Whether somebody still owes an act."""
    return case.status != pb.CASE_STATUS_RESOLVED


def is_overdue(case: pb.Case, now_ms: int) -> bool:
    """Whether the act owed is late."""
    return case.ladder_step > 0 or case.next_due_ms <= now_ms


def _waits(notice: pb.NoticeIssued) -> bool:
    told = not notice.awaits_number
    return told and not (notice.answered_at_ms or notice.withdrawn_at_ms)


def _of(found: dict[str, Load], official_id: str) -> Load:
    return found.setdefault(official_id, Load(official_id))


def _count(load: Load, case: pb.Case, now_ms: int) -> None:
    load.cases += 1
    load.red += case.level == common_pb2.LEVEL_RED
    load.yellow += case.level == common_pb2.LEVEL_YELLOW
    late = is_overdue(case, now_ms)
    load.overdue += late
    load.due_within_a_day += not late and case.next_due_ms <= now_ms + DAY_MS
