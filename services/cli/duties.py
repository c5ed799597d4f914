"""What one official has to know today or hand over, from cases as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.spans import DAY_MS
from services.escalation.adapters.loads import awaits_answer, is_open, is_overdue


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
            if notice.recipient_id == official_id and awaits_answer(notice)
        ],
        lowering_waits=[case for case in own if case.HasField("lowering")],
        legal_duties=[
            (case, owed) for case in own for owed in case.legal_duties if not owed.fulfilled_at_ms
        ],
    )
