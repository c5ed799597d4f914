"""How units fulfil their duties in a period: each obligation, notice and case counted once, from the ledger alone.

A unit answers for itself and the tiers below it, not for the tier above: a township's figures leave out what the
county owed in its area. An obligation belongs to the period it falls due in, and to whoever held it when it did.
Cases count where the household lives, in every unit around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

from services.common.divisions import code_at
from services.common.spans import DAY_MS
from services.common.terms import NoticeColour, Tier
from services.escalation.domain.cases import Case, NextAct
from services.escalation.domain.events import EntryType
from services.escalation.domain.notices import NoticeState, notice_state

# A household that needs a case again within this time was not helped for good.
REOPENED_WITHIN_MS = 90 * DAY_MS
_TIERS = (Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY, Tier.PREFECTURE)
_PERFORMS = {
    NextAct.ACKNOWLEDGE: frozenset({EntryType.ACKNOWLEDGED, EntryType.VISITED, EntryType.RESOLVED}),
    NextAct.FIRST_VISIT: frozenset({EntryType.VISITED}),
    NextAct.REVISIT: frozenset({EntryType.VISITED}),
}


class Period(NamedTuple):
    """From `start_ms` up to and without `end_ms`, as it was known at `as_of_ms`."""

    start_ms: int
    end_ms: int
    as_of_ms: int

    def holds(self, at_ms: int) -> bool:
        """Whether a moment lies in it and was not yet to come when it was looked at."""
        return self.start_ms <= at_ms < self.end_ms and at_ms <= self.as_of_ms


class Step(NamedTuple):
    """What one record of the ledger says of a case: the entries by type and time, and the case after them."""

    entries: tuple[tuple[EntryType, int], ...]
    case: Case

    @property
    def at_ms(self) -> int:
        """When its last entry was made."""
        return self.entries[-1][1]

    def performed_at(self, act: NextAct) -> int:
        """When an act was done in it, 0 when it was not."""
        does = _PERFORMS.get(act, frozenset())
        return next((at_ms for kind, at_ms in self.entries if kind in does), 0)


@dataclass(slots=True)
class Standing:
    """Counts of one unit. `due`: obligations that fell due; `on_time`: of these, done by then."""

    opened: int = 0
    reopened: int = 0
    resolved: int = 0
    open: int = 0
    due: int = 0
    on_time: int = 0
    white: int = 0
    yellow: int = 0
    red: int = 0
    answered: int = 0
    answered_late: int = 0
    unanswered: int = 0

    def add(self, name: str) -> None:
        """Count one more."""
        setattr(self, name, getattr(self, name) + 1)

    @property
    def on_time_share(self) -> float | None:
        """On-time rate, None where nothing fell due."""
        return self.on_time / self.due if self.due else None

    def facts(self) -> dict[str, int]:
        """The counts by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


class _Owed(NamedTuple):
    """The act a case waits for behind any legal duty, by when, and whose it is."""

    act: NextAct
    due_ms: int
    tier: Tier


class LeagueFold:
    """Steps in; standings of every unit out. Steps of one case come in their order, cases in any."""

    def __init__(self, period: Period, reopened_within_ms: int = REOPENED_WITHIN_MS) -> None:
        self._period = period
        self._within_ms = reopened_within_ms
        self._newest: dict[str, Case] = {}
        self._owed: dict[str, _Owed] = {}
        # Legal duties and resolutions belong to the tier that held the case when they fell due.
        self._held: dict[tuple[str, str], Tier] = {}
        self._standings: dict[str, Standing] = {}

    def take(self, step: Step) -> None:
        """One step; a later one than the report looks at, or one seen before, is left out."""
        if step.at_ms > self._period.as_of_ms:
            return
        case = step.case
        known = self._newest.get(case.case_id)
        if known is not None and known.ledger_length >= case.ledger_length:
            return
        self._settle(step, _owed_in(case))
        for name, due_ms in _dated(case):
            if step.at_ms <= due_ms or (case.case_id, name) not in self._held:
                self._held[case.case_id, name] = case.tier
        self._newest[case.case_id] = case

    def standings(self) -> Mapping[str, Standing]:
        """The counts of every unit that has any; call once, when all steps are in."""
        for case_id, owed in self._owed.items():
            self._count_obligation(self._newest[case_id], owed.tier, owed.due_ms, 0)
        ended: dict[tuple[str, str], list[Case]] = {}
        for case in self._newest.values():
            self._count_case(case)
            self._count_dated(case)
            self._count_notices(case)
            if case.resolved_at_ms:
                key = (case.subject_id, case.pack_id)
                ended.setdefault(key, []).append(case)
        for case in self._newest.values():
            self._count_reopened(case, ended.get((case.subject_id, case.pack_id), ()))
        return self._standings

    def _settle(self, step: Step, owed: _Owed | None) -> None:
        """What became of the act owed so far, if it is no longer owed in this form."""
        case, former = step.case, self._owed.get(step.case.case_id)
        if owed is not None and former is not None and owed[:2] == former[:2]:
            # The same obligation: whoever holds it when it falls due answers for it.
            if step.at_ms <= former.due_ms:
                self._owed[case.case_id] = owed
            return
        if former is not None:
            done_ms = step.performed_at(former.act)
            if done_ms or step.at_ms > former.due_ms:
                self._count_obligation(case, former.tier, former.due_ms, done_ms)
            del self._owed[case.case_id]
        if owed is not None:
            self._owed[case.case_id] = owed

    def _count_dated(self, case: Case) -> None:
        done = {f"duty:{one.duty_id}": one.fulfilled_at_ms for one in case.legal_duties}
        done["resolve"] = case.resolved_at_ms
        for name, due_ms in _dated(case):
            tier = self._held[case.case_id, name]
            self._count_obligation(case, tier, due_ms, done[name])

    def _count_obligation(self, case: Case, tier: Tier, due_ms: int, done_ms: int) -> None:
        if not self._period.holds(due_ms):
            return
        for unit in self._units(case, tier):
            unit.due += 1
            unit.on_time += 0 < done_ms <= due_ms

    def _count_case(self, case: Case) -> None:
        opened, resolved = self._period.holds(case.opened_at_ms), case.resolved_at_ms
        end_ms = min(self._period.end_ms - 1, self._period.as_of_ms)
        still_open = case.opened_at_ms <= end_ms and not 0 < resolved <= end_ms
        for unit in self._units(case, Tier.VILLAGE):
            unit.opened += opened
            unit.resolved += bool(resolved) and self._period.holds(resolved)
            unit.open += still_open

    def _count_reopened(self, case: Case, ended: Iterable[Case]) -> None:
        """A case of a home whose former case for the same risk had been resolved shortly before."""
        opened = case.opened_at_ms
        again = any(
            one.case_id != case.case_id and 0 <= opened - one.resolved_at_ms <= self._within_ms
            for one in ended
        )
        if again and self._period.holds(opened):
            for unit in self._units(case, Tier.VILLAGE):
                unit.reopened += 1

    def _count_notices(self, case: Case) -> None:
        for notice in case.notices:
            if not self._period.holds(notice.issued_at_ms) or notice.colour is NoticeColour.NONE:
                continue
            state = notice_state(notice, self._period.as_of_ms)
            for unit in self._units(case, notice.tier or Tier.VILLAGE):
                unit.add(notice.colour.name.lower())
                if state in _COUNTED:
                    unit.add(state.value)

    def _units(self, case: Case, tier: Tier) -> Iterator[Standing]:
        """The units around the case's place that answer for what `tier` owed there."""
        for at in _TIERS:
            code = code_at(case.jurisdiction_code, at) if at >= tier else ""
            if code:
                standing = self._standings.get(code)
                if standing is None:
                    standing = self._standings[code] = Standing()
                yield standing


_COUNTED = frozenset({NoticeState.ANSWERED, NoticeState.ANSWERED_LATE, NoticeState.UNANSWERED})


def ranked(standings: Mapping[str, Standing]) -> list[tuple[int, str, Standing]]:
    """Place, unit and counts: the highest on-time rate first, then fewer red, yellow and white notices.

    Units for which nothing fell due come last and share no place with others: 0.
    """
    counted = [(code, one) for code, one in standings.items() if one.due]
    counted.sort(key=lambda row: (_order(row[1]), row[0]))
    places: list[tuple[int, str, Standing]] = []
    for number, (code, one) in enumerate(counted, 1):
        same = places and _order(places[-1][2]) == _order(one)
        places.append((places[-1][0] if same else number, code, one))
    idle = sorted(code for code, one in standings.items() if not one.due)
    return places + [(0, code, standings[code]) for code in idle]


def _order(one: Standing) -> tuple[float, int, int, int]:
    return -(one.on_time_share or 0.0), one.red, one.yellow, one.white


def _owed_in(case: Case) -> _Owed | None:
    """The visit or acknowledgement a case waits for; resolutions and legal duties have their own dates."""
    if not case.is_open:
        return None
    if case.broken_due_ms:
        # An acknowledgement that became void: what it promised is still the one act missed.
        return _Owed(case.broken_act, case.broken_due_ms, case.tier)
    behind = case.next_act is NextAct.LEGAL_DUTY
    act, due_ms = (
        (case.after_duty_act, case.after_duty_due_ms)
        if behind
        else (case.next_act, case.next_due_ms)
    )
    return _Owed(act, due_ms, case.tier) if act in _PERFORMS else None


def _dated(case: Case) -> Iterator[tuple[str, int]]:
    """What has a date of its own beside the next act: each legal duty, and the resolution."""
    for one in case.legal_duties:
        yield f"duty:{one.duty_id}", one.due_ms
    if case.resolve_due_ms:
        yield "resolve", case.resolve_due_ms
