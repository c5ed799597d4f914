"""Storm control: fewer messages for the same duties; no deadline of an act moves, no first notice is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.common.divisions import contains
from services.common.terms import NoticeColour
from services.escalation.domain.cases import Case, SubjectCases
from services.escalation.domain.events import NoticeKind, NoticeOwed

# What may reach an official in one message. A supervision notice is a document and always stands alone.
GROUPED = frozenset(
    {
        NoticeKind.DUTY_ASSIGNED,
        NoticeKind.LEVEL_RAISED,
        NoticeKind.TAKEN_OVER,
        NoticeKind.ROSTER_GAP,
        NoticeKind.REMINDER,
        NoticeKind.READ_BUT_IDLE,
    }
)


@dataclass(frozen=True, slots=True)
class Window:
    """Planned maintenance of a place, or of all places (""), from a moment until before another."""

    from_ms: int
    to_ms: int
    place: str = ""

    def holds(self, at_ms: int, jurisdiction_code: str) -> bool:
        """Whether a moment lies in it, for a place."""
        here = not self.place or contains(self.place, jurisdiction_code)
        return here and self.from_ms <= at_ms < self.to_ms


@dataclass(frozen=True, slots=True)
class Storm:
    """What the operators allow; nothing of it by default."""

    group: bool = False
    silence_lower: bool = False
    windows: tuple[Window, ...] = ()

    def reminder_due(self, due_ms: int, colour: NoticeColour, jurisdiction_code: str) -> int:
        """When a reminder due at a moment is sent: then, or after the windows it falls into; a red one always then."""
        if colour is NoticeColour.RED:
            return due_ms
        for window in sorted(self.windows, key=lambda one: one.from_ms):
            if window.holds(due_ms, jurisdiction_code):
                due_ms = window.to_ms
        return due_ms

    def silences(self, subject: SubjectCases, case: Case) -> bool:
        """Whether a case's reminders stay silent since its household has an open case at a higher level."""
        return self.silence_lower and any(
            other.is_open and other.level > case.level for other in subject.cases
        )


NO_STORM = Storm()


def grouped(notices: Sequence[NoticeOwed]) -> list[NoticeOwed]:
    """The notices of one record, those that belong together marked: one is sent, and names the others' cases.

    The one sent is the highest in level, then the first due. A notice that carries duties of the law is sent
    itself: its page has a button for each.
    """
    groups: dict[tuple[object, ...], list[NoticeOwed]] = {}
    for notice in notices:
        if notice.kind in GROUPED:
            groups.setdefault((notice.subject_id, notice.recipient_id, notice.kind), []).append(
                notice
            )
    changed: dict[str, NoticeOwed] = {}
    for members in groups.values():
        # Nearly every notice of a bulk import stands alone.
        if len(members) == 1:
            continue
        changed.update((one.notice_id, one) for one in _together(members))
    return [changed.get(notice.notice_id, notice) for notice in notices]


def _together(members: Sequence[NoticeOwed]) -> list[NoticeOwed]:
    first = max(members, key=lambda one: (one.level, -one.act_due_ms))
    others = [
        one
        for one in members
        if one.notice_id != first.notice_id and one.case_id != first.case_id and not one.duty_ids
    ]
    if not others:
        return []
    lead = replace(
        first,
        other_case_ids=tuple(dict.fromkeys(one.case_id for one in others)),
        other_case_nos=tuple(dict.fromkeys(one.case_no for one in others)),
    )
    return [lead, *(replace(one, grouped_into=lead.notice_id) for one in others)]
