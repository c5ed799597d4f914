"""The verb of scoring: a report becomes a decision, which may raise a level and never lowers one.

Evidence of danger counts whenever it comes: after persons lowered a level, a report about a time before their
assessment still raises it when its answers say so. Only a level that merely stood before does not come back.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from services.common.ids import derived_id
from services.common.spans import DAY_MS, HOUR_MS
from services.common.terms import Level
from services.risk_scoring.domain.answers import YES, filled, merged, newly_yes
from services.risk_scoring.domain.change import LevelChange
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import (
    NO_INCIDENTS,
    Fall,
    IncidentCounts,
    PackState,
    Profile,
    counts_before,
    with_applied,
    with_incident,
    with_state,
)
from services.risk_scoring.domain.report import Report, ReportKind
from services.risk_scoring.domain.trail import extended
from services.risk_scoring.domain.verdict import Verdict, judge, not_assessed

# More assessments than this between two falls of a level are not waited for.
_FALLS_KEPT = 8
_GREEN = Level.GREEN
_ASSESSMENT, _NOT_ASSESSED = ReportKind.ASSESSMENT, ReportKind.NOT_ASSESSED
_INCIDENT = ReportKind.INCIDENT
_UNRATED = (ReportKind.OTHER, ReportKind.OUTCOME, ReportKind.CASE)


class Applied(Enum):
    """What became of a report."""

    DECIDED = "decided"
    # The same event was applied before.
    DUPLICATE = "duplicate"
    # Grievances, tasks, visits, outcomes, and incidents that no pack accepts.
    NOT_RATED = "not_rated"


_DECIDED, _DUPLICATE, _NOT_RATED = Applied.DECIDED, Applied.DUPLICATE, Applied.NOT_RATED


class LegalDuty(NamedTuple):
    """A duty of the law that arose with a report, whatever the level."""

    duty_id: str
    due_ms: int


class Judged(NamedTuple):
    """A verdict, with the history that weighed in it: incidents by window, and what is newly reported."""

    verdict: Verdict
    incidents: IncidentCounts = NO_INCIDENTS
    newly: tuple[int, ...] = ()
    change_points: int = 0


class Decision(NamedTuple):
    """A verdict on a report, with its id, when to assess again, and the duties that arose with it.

    newly: the indicators that were no at the assessment before and are yes now. lowering_from_ms: before this
    persons may not lower the level; 0 when it cannot fall. `change` is the act of persons that was followed,
    if that is what was decided on.
    """

    decision_id: str
    report: Report
    verdict: Verdict
    incidents: IncidentCounts
    reassess_due_ms: int
    newly: tuple[int, ...] = ()
    change_points: int = 0
    legal_duties: tuple[LegalDuty, ...] = ()
    lowering_from_ms: int = 0
    change: LevelChange | None = None


class Step(NamedTuple):
    """The profile after a report, the decision if there is one, and what became of the report."""

    profile: Profile
    decision: Decision | None
    applied: Applied


def decide(profile: Profile, report: Report) -> Step:
    """Apply one report. Depends on nothing but its arguments, so a replay gives the same bytes."""
    pack, kind = report.pack, report.kind
    if kind in _UNRATED:
        return Step(profile, None, _NOT_RATED)
    if report.event_id in profile.applied:
        return Step(profile, None, _DUPLICATE)
    if pack is None:
        return Step(_unrated(profile, report), None, _NOT_RATED)
    state = profile.state_of(pack.id)
    if kind is _NOT_ASSESSED:
        return _without_rating(profile, report, pack, state)
    times = profile.incident_times_ms
    if kind is _INCIDENT:
        times = with_incident(times, report.occurred_at_ms)
    late = state is not None and report.occurred_at_ms < state.answers_at_ms
    judged = _judged(report, pack, state, times, late)
    verdict = judged.verdict
    decision = Decision(
        derived_id(report.event_id, pack.id, pack.version),
        report,
        verdict,
        judged.incidents,
        _due(report, state, verdict, late),
        judged.newly,
        judged.change_points,
        _legal_duties(report, state, verdict) if verdict.duties else (),
        _lowering_from(state, verdict, report),
    )
    after = _late_state(state, decision) if state and late else _state(state, decision)
    return Step(_profile(profile, report, times, after), decision, _DECIDED)


def _judged(
    report: Report, pack: Pack, state: PackState | None, times: tuple[int, ...], late: bool
) -> Judged:
    """Judge a report with what is known by now: the level is about the present, also when it is late."""
    previous = int(state.level) if state else 0
    incidents, points, tighter = NO_INCIDENTS, 0, False
    if times:
        moment = max(report.occurred_at_ms, times[-1])
        incidents = counts_before(times, moment)
        points = incidents.points(pack.recency)
        tighter = times[-1] >= moment - pack.clocks.tighter_days * DAY_MS
    answers = report.answers
    # Answers given to another version of the pack stand in another order; they are not read as these.
    if state is None or state.pack_version != pack.version:
        return Judged(judge(pack, answers, points, previous, tighter), incidents)
    if report.kind is _INCIDENT:
        answers = merged(state.answers, answers)
    elif not late and YES in answers:
        newly = newly_yes(state.answers, answers)
        change_points = pack.change.points(len(newly))
        verdict = judge(pack, answers, points + change_points, previous, tighter)
        return Judged(verdict, incidents, newly, change_points)
    verdict = judge(pack, answers, points, previous, tighter)
    if late:
        # Filling the gaps of newer answers, a late report may weigh more than on its own.
        joined = judge(pack, filled(answers, state.answers), points, previous, tighter)
        verdict = max(verdict, joined, key=_severity)
    return Judged(verdict, incidents)


def _legal_duties(
    report: Report, state: PackState | None, verdict: Verdict
) -> tuple[LegalDuty, ...]:
    """The duties that begin now: each incident brings its own; an assessment those that did not hold before."""
    pack, before = verdict.pack, b""
    if state is not None and state.pack_version == pack.version and report.kind is _ASSESSMENT:
        before = state.answers
    held = {
        name
        for name, when in pack.tables.duties
        if before and any(before[at] == YES for at in when)
    }
    return tuple(
        LegalDuty(name, report.accepted_at_ms + pack.duty(name).within_hours * HOUR_MS)
        for name in verdict.duties
        if name not in held
    )


def _severity(verdict: Verdict) -> tuple[int, int]:
    return verdict.computed, verdict.rating.points if verdict.rating else 0


def _due(report: Report, state: PackState | None, verdict: Verdict, late: bool) -> int:
    """An assessment starts the clock anew from when it was made; anything else can only bring it forward."""
    clock_ms = verdict.hours * HOUR_MS
    if report.kind is _ASSESSMENT and not late:
        return _ahead(report.occurred_at_ms + clock_ms, report, verdict.pack)
    due = report.accepted_at_ms + clock_ms
    return _ahead(min(due, state.reassess_due_ms), report, verdict.pack) if state else due


def _ahead(due_ms: int, report: Report, pack: Pack) -> int:
    """A time in the future: one that has passed already becomes the shortest clock of the pack."""
    if due_ms > report.accepted_at_ms:
        return due_ms
    return report.accepted_at_ms + pack.clocks.steps[0] * HOUR_MS


def _since(state: PackState | None, verdict: Verdict, report: Report) -> int:
    """Since when the level of the verdict is in force."""
    stays = state is not None and state.level is verdict.level
    return state.level_since_ms if state and stays else report.accepted_at_ms


def _lowering_from(state: PackState | None, verdict: Verdict, report: Report) -> int:
    """Before this persons may not lower the level; 0 when it cannot fall."""
    if verdict.level <= _GREEN:
        return 0
    return verdict.pack.dwell.ends_ms(verdict.level, _since(state, verdict, report))


def _falls(state: PackState, decision: Decision) -> tuple[Fall, ...]:
    """What a lowering may rest on after a decision.

    An incident, and an assessment that finds as much as is in force or cannot be rated, take every ground away.
    An assessment made before the level was set is none. An unknown answer is never a no: a fall supports no
    level below the highest possible one.
    """
    report, rating = decision.report, decision.verdict.rating
    # The common case first: nothing fell.
    if rating is None or rating.level >= state.level:
        return ()
    if report.kind is _INCIDENT or rating.cannot_rate:
        return ()
    if report.occurred_at_ms <= state.level_since_ms:
        return state.falls
    return (*state.falls, Fall(decision.decision_id, rating.highest))[-_FALLS_KEPT:]


def _without_rating(profile: Profile, report: Report, pack: Pack, state: PackState | None) -> Step:
    """The level in force and its clock stay; a subject never rated gets the longest clock."""
    verdict = not_assessed(pack, int(state.level) if state else 0)
    due = report.accepted_at_ms + verdict.hours * HOUR_MS
    if state is not None:
        due = _ahead(state.reassess_due_ms, report, pack)
        state = state._replace(reassess_due_ms=due)
    decision = Decision(
        derived_id(report.event_id, pack.id, pack.version),
        report,
        verdict,
        NO_INCIDENTS,
        due,
        lowering_from_ms=_lowering_from(state, verdict, report),
    )
    after = _profile(profile, report, profile.incident_times_ms, state)
    return Step(after, decision, _DECIDED)


def _state(state: PackState | None, decision: Decision) -> PackState:
    """The pack's state from a decision on the newest report."""
    report, verdict, rating = decision.report, decision.verdict, decision.verdict.rating
    return PackState(
        verdict.pack.id,
        verdict.pack.version,
        verdict.level,
        verdict.computed,
        rating.points if rating else 0,
        verdict.answers,
        report.occurred_at_ms,
        _since(state, verdict, report),
        decision.decision_id,
        decision.reassess_due_ms,
        decision.change_points,
        _falls(state, decision) if state else (),
        _trail(state, decision),
    )


def _late_state(state: PackState, decision: Decision) -> PackState:
    """A late report may raise the level and fill gaps; it never replaces newer answers."""
    report, verdict = decision.report, decision.verdict
    answers = state.answers
    if state.pack_version == verdict.pack.version:
        answers = filled(report.answers, answers)
    return state._replace(
        level=verdict.level,
        answers=answers,
        level_since_ms=_since(state, verdict, report),
        decision_id=decision.decision_id,
        reassess_due_ms=decision.reassess_due_ms,
        falls=_falls(state, decision),
        trail=_trail(state, decision),
    )


def _trail(state: PackState | None, decision: Decision) -> bytes:
    before = state.trail if state else b""
    at_ms, level = decision.report.accepted_at_ms, decision.verdict.level
    return extended(before, decision.decision_id, at_ms, level)


def _unrated(profile: Profile, report: Report) -> Profile:
    """Nothing is rated and no incident counted; the event is remembered, so that triage too decides on it once."""
    return _profile(profile, report, profile.incident_times_ms, None)


def _profile(
    before: Profile, report: Report, times: tuple[int, ...], state: PackState | None
) -> Profile:
    return Profile(
        report.subject_id,
        report.jurisdiction_code or before.jurisdiction_code,
        with_state(before.packs, state) if state is not None else before.packs,
        times,
        with_applied(before.applied, report.event_id),
        before.revision + 1,
        before.moved_to,
        before.moved_to_jurisdiction,
        before.moved_at_ms,
        before.serious,
    )
