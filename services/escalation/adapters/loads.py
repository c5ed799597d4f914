"""Who carries how much: the open duties of each official, counted from cases as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    # When the cases that are overdue or due within a day were or are due, and their numbers.
    pressing: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Load) -> None:
        """Carry another's duties as well, as a stand-in does."""
        for name in ("cases", "red", "yellow", "overdue", "due_within_a_day", "unanswered"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.pressing += other.pressing


class LoadFold:
    """Cases in, loads out; a case may come once."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self.found: dict[str, Load] = {}

    def take(self, case: pb.Case) -> None:
        """Count one case for its owner, and its notices for who must answer them."""
        for notice in case.notices:
            if awaits_answer(notice):
                self._of(notice.recipient_id).unanswered += 1
        if is_open(case):
            _count(self._of(case.owner_id), case, self._now_ms)

    def _of(self, official_id: str) -> Load:
        return self.found.setdefault(official_id, Load(official_id))


def loads(cases: Iterable[pb.Case], now_ms: int) -> list[Load]:
    """Each official with an open case or a notice to answer: most overdue first, then most cases."""
    fold = LoadFold(now_ms)
    for case in cases:
        fold.take(case)
    return sorted(fold.found.values(), key=lambda one: (-one.overdue, -one.cases, one.official_id))


def with_stand_ins(found: Mapping[str, Load], stand_in: Callable[[str], str]) -> dict[str, Load]:
    """Somebody on leave reads nothing: whoever stands in has those duties beside the own ones.

    `stand_in`: who stands in for an official now; "" where nobody does.
    """
    carried = {official_id: Load(official_id) for official_id in found}
    for official_id, load in found.items():
        for who in filter(None, (official_id, stand_in(official_id))):
            carried.setdefault(who, Load(who)).add(load)
    return carried


def is_open(case: pb.Case) -> bool:
    """Whether somebody still owes an act."""
    return case.status != pb.CASE_STATUS_RESOLVED


def is_overdue(case: pb.Case, now_ms: int) -> bool:
    """Whether the act owed is late."""
    return case.ladder_step > 0 or case.next_due_ms <= now_ms


def awaits_answer(notice: pb.NoticeIssued) -> bool:
    """Whether somebody was told of a notice and has not answered it."""
    told = not notice.awaits_number
    return told and not (notice.answered_at_ms or notice.withdrawn_at_ms)


def _count(load: Load, case: pb.Case, now_ms: int) -> None:
    load.cases += 1
    load.red += case.level == common_pb2.LEVEL_RED
    load.yellow += case.level == common_pb2.LEVEL_YELLOW
    late = is_overdue(case, now_ms)
    soon = not late and case.next_due_ms <= now_ms + DAY_MS
    load.overdue += late
    load.due_within_a_day += soon
    if late or soon:
        load.pressing.append((case.next_due_ms, case.case_no))
