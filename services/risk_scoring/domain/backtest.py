"""A candidate pack beside the live ones: the same log replayed twice by the same `decide`, then counted exactly.

The ratchet holds in both histories, so levels in force hide falls; the computed levels, what the rules alone
say of the newest answers, are counted beside them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from services.common.divisions import code_at
from services.common.spans import DAY_MS, HOUR_MS
from services.common.terms import Level, Tier
from services.risk_scoring.domain.decide import decide
from services.risk_scoring.domain.moves import moved
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import PackState, Profile
from services.risk_scoring.domain.report import Report, ReportKind

# The household as a whole: the highest level of all its packs.
ANY_PACK = "*"
WINDOWS_DAYS = (7, 30)
_INCIDENT, _NONE = ReportKind.INCIDENT, Level.NONE
_UNRATED = (_NONE, _NONE)
_Counts = defaultdict[tuple[str, str, Level, Level], int]


class Side(StrEnum):
    """One of the two histories."""

    LIVE = "live"
    CANDIDATE = "candidate"


class Term(StrEnum):
    """A deadline that a level brings."""

    REASSESSMENT = "reassessment"
    # Only of households that the candidate raises above their live level: the others have their case already.
    FIRST_VISIT = "first_visit"


class When(StrEnum):
    """Where a deadline stands at the moment of the backtest; the windows overlap: 7 days lie within 30."""

    MISSED = "missed"
    IN_7_DAYS = "in_7_days"
    IN_30_DAYS = "in_30_days"


class Measure(StrEnum):
    """What is counted of a group of households.

    The last three exclude one another: were "red under the candidate" or "raised" counted whole, a small and
    hidden count would be the difference of two large ones.
    """

    RATED = "rated"
    RED_LIVE = "red_live"
    NEWLY_RED = "newly_red"
    RAISED_OTHER = "raised_other"
    LOWERED = "lowered"


MOVES = (Measure.NEWLY_RED, Measure.RAISED_OTHER, Measure.LOWERED)


class FlowKey(NamedTuple):
    """Subjects of one unit that one pack puts at a pair of levels."""

    pack_id: str
    unit: str
    live: Level
    candidate: Level


class DeadlineKey(NamedTuple):
    """Deadlines of one unit in one history."""

    unit: str
    side: Side
    term: Term
    when: When


class GroupKey(NamedTuple):
    """Households of one group: the column of the subgroup file, and the group's label in it."""

    column: str
    label: str
    measure: Measure


class Pair(NamedTuple):
    """A subject's two histories; the same object twice while they do not differ."""

    live: Profile
    candidate: Profile


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: about which pack, at which moment, with how many hours to a first visit by level."""

    pack_id: str
    as_of_ms: int
    visit_hours: Mapping[Level, float]


Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of subjects as (column, label) pairs; those no line of the file names are a group too."""

    by_subject: Mapping[str, Labels] = field(default_factory=dict)
    unnamed: Labels = ()

    def of(self, subject_id: str) -> Labels:
        """The groups of one subject."""
        return self.by_subject.get(subject_id, self.unnamed)


@dataclass(slots=True)
class Tally:
    """Everything counted; tallies of different subjects add up."""

    subjects: int = 0
    in_force: Counter[FlowKey] = field(default_factory=Counter)
    computed: Counter[FlowKey] = field(default_factory=Counter)
    deadlines: Counter[DeadlineKey] = field(default_factory=Counter)
    groups: Counter[GroupKey] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Take in the counts of other subjects."""
        self.subjects += other.subjects
        self.in_force.update(other.in_force)
        self.computed.update(other.computed)
        self.deadlines.update(other.deadlines)
        self.groups.update(other.groups)


class Sides(NamedTuple):
    """The packs of both histories, by id."""

    live: Mapping[str, Pack]
    candidate: Mapping[str, Pack]


def replayed(pair: Pair, live: Report | None, candidate: Report | None, sides: Sides) -> Pair:
    """Both histories after one event; None where a side cannot read it."""
    same = live is candidate and pair.live is pair.candidate and live is not None
    if same and live is not None and live.moving is None:
        profile = decide(pair.live, live).profile
        return Pair(profile, profile)
    return Pair(
        _after(pair.live, live, sides.live), _after(pair.candidate, candidate, sides.candidate)
    )


def _after(profile: Profile, report: Report | None, packs: Mapping[str, Pack]) -> Profile:
    if report is None:
        return profile
    if report.moving is not None:
        return moved(profile, report, report.moving, packs).profile
    return decide(profile, report).profile


def same_for_both(report: Report | None, pack_id: str) -> bool:
    """Whether a report read with the live packs reads the same with the candidate for `pack_id`."""
    if report is None or report.kind is _INCIDENT:
        return False
    return report.pack is None or report.pack.id != pack_id


def tally(pairs: Iterable[Pair], question: Question, groups: Groups) -> Tally:
    """Count the subjects that either side rated; grievances and their like rate nobody."""
    total = Tally()
    units: dict[str, str] = {}
    # Counted by plain tuples, which are made in a third of the time; they get their names at the end.
    in_force: _Counts = defaultdict(int)
    computed: _Counts = defaultdict(int)
    for pair in pairs:
        if not pair.live.packs and not pair.candidate.packs:
            continue
        total.subjects += 1
        code = pair.candidate.jurisdiction_code or pair.live.jurisdiction_code
        unit = units.get(code)
        if unit is None:
            unit = units[code] = _unit(code)
        _count_levels(pair, unit, in_force, computed)
        _count_deadlines(total, pair, unit, question)
        _count_groups(total, pair, question.pack_id, groups)
    total.in_force.update({FlowKey(*key): count for key, count in in_force.items()})
    total.computed.update({FlowKey(*key): count for key, count in computed.items()})
    return total


def _unit(code: str) -> str:
    """The township of a place, else its county, else what there is."""
    return code_at(code, Tier.TOWNSHIP) or code_at(code, Tier.COUNTY) or code


def _count_levels(pair: Pair, unit: str, in_force: _Counts, computed: _Counts) -> None:
    highest_before = highest_after = _NONE
    for pack_id, live, candidate in _states(pair):
        before, alone_before = (live.level, live.computed_level) if live else _UNRATED
        after, alone_after = (candidate.level, candidate.computed_level) if candidate else _UNRATED
        in_force[pack_id, unit, before, after] += 1
        computed[pack_id, unit, alone_before, alone_after] += 1
        if before > highest_before:
            highest_before = before
        if after > highest_after:
            highest_after = after
    in_force[ANY_PACK, unit, highest_before, highest_after] += 1


def _count_deadlines(total: Tally, pair: Pair, unit: str, question: Question) -> None:
    live, candidate = (
        pair.live.state_of(question.pack_id),
        pair.candidate.state_of(question.pack_id),
    )
    for key in _deadlines(unit, live, candidate, question):
        total.deadlines[key] += 1


def _states(pair: Pair) -> Iterator[tuple[str, PackState | None, PackState | None]]:
    if pair.live is pair.candidate:
        for state in pair.live.packs:
            yield state.pack_id, state, state
        return
    for state in pair.live.packs:
        yield state.pack_id, state, pair.candidate.state_of(state.pack_id)
    for state in pair.candidate.packs:
        if pair.live.state_of(state.pack_id) is None:
            yield state.pack_id, None, state


def _deadlines(
    unit: str, live: PackState | None, candidate: PackState | None, question: Question
) -> Iterator[DeadlineKey]:
    for side, state in ((Side.LIVE, live), (Side.CANDIDATE, candidate)):
        if state is not None:
            for when in _when(state.reassess_due_ms, question.as_of_ms):
                yield DeadlineKey(unit, side, Term.REASSESSMENT, when)
    if candidate is not None and candidate.level > (live.level if live else _NONE):
        hours = question.visit_hours.get(candidate.level)
        if hours is not None:
            due = candidate.level_since_ms + int(hours * HOUR_MS)
            for when in _when(due, question.as_of_ms):
                yield DeadlineKey(unit, Side.CANDIDATE, Term.FIRST_VISIT, when)


def _when(due_ms: int, as_of_ms: int) -> tuple[When, ...]:
    if due_ms < as_of_ms:
        return (When.MISSED,)
    if due_ms < as_of_ms + WINDOWS_DAYS[0] * DAY_MS:
        return (When.IN_7_DAYS, When.IN_30_DAYS)
    return (When.IN_30_DAYS,) if due_ms < as_of_ms + WINDOWS_DAYS[1] * DAY_MS else ()


def _count_groups(total: Tally, pair: Pair, pack_id: str, groups: Groups) -> None:
    labels = groups.of(pair.candidate.subject_id)
    if not labels:
        return
    live, candidate = pair.live.state_of(pack_id), pair.candidate.state_of(pack_id)
    before, after = live.level if live else _NONE, candidate.level if candidate else _NONE
    if before is _NONE and after is _NONE:
        return
    measures = [Measure.RATED]
    measures += [Measure.RED_LIVE] * (before is Level.RED)
    if after is not before:
        risen = Measure.NEWLY_RED if after is Level.RED else Measure.RAISED_OTHER
        measures.append(risen if after > before else Measure.LOWERED)
    for column, label in labels:
        for measure in measures:
            total.groups[GroupKey(column, label, measure)] += 1
