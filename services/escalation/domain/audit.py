"""What an auditor who trusts nobody demands of every case: pure rules over what the log and the store say."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from services.escalation.domain.cases import Case, NextAct


@dataclass(frozen=True, slots=True)
class AuditPolicy:
    """How late is too late, and how much the auditor may do about it: the page deploy/audit/audit.yaml."""

    # A deadline may fire this much late before it counts as missed.
    fire_within_ms: int
    # A notice may be without a first delivery for so long.
    taken_up_within_ms: int
    # Something is due and the ledger stands still, or no process of a service takes part: so long.
    silent_after_ms: int
    # A group leaves records waiting and works none of them: so long.
    still_after_ms: int
    # No pass could be completed: so long.
    incomplete_after_ms: int
    redrives_an_hour: int
    redrives_a_pass: int
    alarm_again_ms: int


# What a finding about the whole engine is about.
ENGINE = "engine"


class Fault(StrEnum):
    """What can be wrong."""

    LEDGER_BROKEN = "ledger_broken"
    LEDGER_LOST = "ledger_lost"
    RECORD_UNREADABLE = "record_unreadable"
    NO_NEXT_ACT = "no_next_act"
    DEADLINE_MISSED = "deadline_missed"
    DEADLINE_NOT_STORED = "deadline_not_stored"
    STATE_DIFFERS = "state_differs"
    NOTICE_MISSING = "notice_missing"
    DELIVERY_MISSING = "delivery_missing"
    ENGINE_SILENT = "engine_silent"
    REDRIVES_SPENT = "redrives_spent"
    REDRIVE_REFUSED = "redrive_refused"
    SERVICE_SILENT = "service_silent"
    GROUP_STANDS_STILL = "group_stands_still"
    AUDIT_INCOMPLETE = "audit_incomplete"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault; `about` is a case, a notice or a place in the log, never a person."""

    fault: Fault
    about: str
    detail: str = ""
    # The ledger's length when it was found: a suspicion counts only if it outlives a second look.
    at_entry: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store holds of a case: its deadlines by member, and whether its state is the ledger's."""

    deadlines: dict[str, int]
    is_same: bool


def act_faults(case: Case) -> Iterator[Finding]:
    """An open case has one act with a due time, a resolved one none."""
    if case.is_open and case.next_act is NextAct.NONE:
        yield _of(case, Fault.NO_NEXT_ACT, "open_without_act")
    elif case.is_open and not case.next_due_ms:
        yield _of(case, Fault.NO_NEXT_ACT, "act_without_due_time")
    elif not case.is_open and case.next_act is not NextAct.NONE:
        yield _of(case, Fault.NO_NEXT_ACT, "resolved_with_act")


def missed_faults(case: Case, now_ms: int, within_ms: int) -> Iterator[Finding]:
    """A deadline that is past its bound has its entry in the ledger, which then names a later one.

    A notice that waits for its official number is one of them: nobody is told of it meanwhile.
    """
    for name, due_ms in (
        ("act", case.deadline_ms),
        ("reply", case.chase_due_ms),
        ("number", case.number_wanted_ms),
    ):
        if due_ms is not None and due_ms + within_ms < now_ms:
            yield _of(case, Fault.DEADLINE_MISSED, name)


def stored_faults(case: Case, wanted: dict[str, int | None], stored: Stored) -> Iterator[Finding]:
    """The store holds the ledger's deadlines and the ledger's state."""
    for member, due_ms in wanted.items():
        if stored.deadlines.get(member) != due_ms:
            yield _of(case, Fault.DEADLINE_NOT_STORED, member)
    if not stored.is_same:
        yield _of(case, Fault.STATE_DIFFERS)


def notice_faults(case: Case, told: Container[str], since_ms: int) -> Iterator[Finding]:
    """Every supervision notice of the ledger that does not wait for its number stands on the notices' topic."""
    for notice in case.notices:
        is_due = not notice.awaits_number and notice.issued_at_ms >= since_ms
        if is_due and notice.notice_id not in told:
            yield _of(case, Fault.NOTICE_MISSING, notice.notice_id)


def lost_faults(known: Iterable[str], in_ledger: Container[str]) -> Iterator[Finding]:
    """Every case the store knows, by its id, has entries in the ledger."""
    for case_id in known:
        if case_id not in in_ledger:
            yield Finding(Fault.LEDGER_LOST, case_id)


def delivery_faults(undelivered: dict[str, int], now_ms: int, within_ms: int) -> Iterator[Finding]:
    """A notice, by its id and when it was written, is taken up by the notifier within the bound."""
    for notice_id, created_ms in undelivered.items():
        if created_ms + within_ms < now_ms:
            yield Finding(Fault.DELIVERY_MISSING, notice_id)


def silence_faults(
    oldest_due_ms: int | None, progress_ms: int, now_ms: int, after_ms: int
) -> Iterator[Finding]:
    """Something is due, and the ledger has not moved since.

    `progress_ms`: when the ledger was last seen to grow; 0 when it never was.
    """
    if oldest_due_ms is not None and now_ms - max(oldest_due_ms, progress_ms) >= after_ms:
        yield Finding(Fault.ENGINE_SILENT, ENGINE)


def confirmed(first: Iterable[Finding], second: Iterable[Finding]) -> list[Finding]:
    """What both looks found, each once: the engine may have been in the midst of a step during the first."""
    return sorted(set(first) & set(second))


def _of(case: Case, fault: Fault, detail: str = "") -> Finding:
    return Finding(fault, case.case_id, detail, case.ledger_length)


@dataclass(slots=True)
class Redrives:
    """How often the auditor did the engine's work for a case in the past hour, as the log says."""

    limit: int
    _done: dict[str, deque[int]] = field(default_factory=dict)

    def done(self, case_id: str, at_ms: int) -> None:
        """One stands in the log."""
        self._done.setdefault(case_id, deque()).append(at_ms)

    def is_spent(self, case_id: str) -> bool:
        """Whether none is left for now."""
        return len(self._done.get(case_id, ())) >= self.limit

    def forget(self, before_ms: int) -> None:
        """Those done before, or at that time, count no longer; a case without any is not kept."""
        for case_id in list(self._done):
            done = self._done[case_id]
            while done and done[0] <= before_ms:
                done.popleft()
            if not done:
                del self._done[case_id]

    def __len__(self) -> int:
        return len(self._done)


@dataclass(slots=True)
class Alarms:
    """Says once what is new, and again after a while what is still so."""

    again_ms: int
    _told: frozenset[tuple[Fault, str]] = frozenset()
    _told_ms: int = 0

    def is_owed(self, findings: Iterable[Finding], now_ms: int) -> bool:
        """Whether whoever watches must be told of these findings."""
        found = {(one.fault, one.about) for one in findings}
        is_new = not found <= self._told
        return bool(found) and (is_new or now_ms - self._told_ms >= self.again_ms)

    def told(self, findings: Iterable[Finding], now_ms: int) -> None:
        """The alarm was taken by its receiver."""
        self._told = frozenset((one.fault, one.about) for one in findings)
        self._told_ms = now_ms
