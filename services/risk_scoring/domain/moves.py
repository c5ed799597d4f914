"""A household or a person moves: what is known of the risk follows to the household moved to, and stays there.

A level may rise by it, never fall, like by any other report. The household left keeps what it had: whoever
stays there is not safer for it. Of a person who left, the household left remembers nothing: nobody may
learn from it where somebody went.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

from services.common.ids import derived_id
from services.common.spans import DAY_MS, HOUR_MS
from services.common.terms import Level
from services.risk_scoring.domain.answers import merged
from services.risk_scoring.domain.decide import Applied, Decision
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import (
    PackState,
    Profile,
    counts_before,
    with_applied,
    with_incident,
    with_state,
)
from services.risk_scoring.domain.report import Carried, Move, Report
from services.risk_scoring.domain.trail import extended
from services.risk_scoring.domain.verdict import Reason, Verdict, judge


class Onward(NamedTuple):
    """What goes on to another household, and the report that caused it."""

    cause: Report
    to_subject_id: str
    to_jurisdiction_code: str
    carried: Carried


class Moved(NamedTuple):
    """The profile after a move, the decisions where a level rose, and what goes on from here."""

    profile: Profile
    decisions: tuple[Decision, ...]
    onward: Onward | None
    applied: Applied


def moved(
    profile: Profile, report: Report, moving: Move | Carried, packs: Mapping[str, Pack]
) -> Moved:
    """Apply a report of moving, at the end it starts from or the end it comes to."""
    if isinstance(moving, Move):
        return leave(profile, report, moving)
    return arrive(profile, report, moving, packs)


def leave(profile: Profile, report: Report, move: Move) -> Moved:
    """A household, or a person of it, goes: send on what is known."""
    if report.event_id in profile.applied:
        return Moved(profile, (), None, Applied.DUPLICATE)
    after = profile._replace(
        applied=with_applied(profile.applied, report.event_id), revision=profile.revision + 1
    )
    if move.whole:
        after = after._replace(
            moved_to=move.to_subject_id,
            moved_to_jurisdiction=move.to_jurisdiction_code,
            moved_at_ms=report.occurred_at_ms,
        )
    onward = _onward(after, report, move.to_subject_id, move.to_jurisdiction_code, ())
    return Moved(after, (), onward, Applied.DECIDED)


def follow(profile: Profile, decision: Decision) -> Onward | None:
    """A late report on a household that had moved by then concerns who moved: it follows them too."""
    report = decision.report
    if not profile.moved_to or report.occurred_at_ms >= profile.moved_at_ms:
        return None
    return _onward(profile, report, profile.moved_to, profile.moved_to_jurisdiction, ())


def arrive(profile: Profile, report: Report, carried: Carried, packs: Mapping[str, Pack]) -> Moved:
    """What is known of a household that moved here joins what is known here."""
    if report.event_id in profile.applied:
        return Moved(profile, (), None, Applied.DUPLICATE)
    times = reduce(with_incident, carried.incident_times_ms, profile.incident_times_ms)
    after = profile._replace(
        subject_id=report.subject_id,
        jurisdiction_code=profile.jurisdiction_code or report.jurisdiction_code,
        incident_times_ms=times,
        applied=with_applied(profile.applied, report.event_id),
        revision=profile.revision + 1,
    )
    decisions = []
    for theirs in carried.packs:
        pack = packs.get(theirs.pack_id)
        own = profile.state_of(theirs.pack_id)
        if pack is None:
            # A pack no longer in force cannot be judged by; its level is kept all the same.
            after = _with_state(after, _higher(own, theirs))
            continue
        decision = _judged(after, report, pack, own, theirs)
        after = _with_state(after, _state(decision, own, theirs))
        if decision.verdict.level > decision.verdict.previous:
            decisions.append(decision)
    onward = None
    if after.moved_to and after.moved_to not in carried.through:
        place = after.moved_to_jurisdiction
        onward = _onward(after, report, after.moved_to, place, carried.through)
    return Moved(after, tuple(decisions), onward, Applied.DECIDED)


def _onward(
    profile: Profile, cause: Report, to: str, jurisdiction: str, through: tuple[str, ...]
) -> Onward | None:
    """None when there is nothing to tell."""
    if not profile.packs and not profile.incident_times_ms:
        return None
    through = (*through, profile.subject_id)
    return Onward(
        cause, to, jurisdiction, Carried(profile.packs, profile.incident_times_ms, through)
    )


def _judged(
    profile: Profile, report: Report, pack: Pack, own: PackState | None, theirs: PackState
) -> Decision:
    before = own.level if own else Level.NONE
    in_force = max(before, theirs.level)
    times = profile.incident_times_ms
    moment = max(report.occurred_at_ms, times[-1]) if times else report.occurred_at_ms
    incidents = counts_before(times, moment)
    tighter = bool(times) and times[-1] >= moment - pack.clocks.tighter_days * DAY_MS
    answers = merged(_answers(own, pack), _answers(theirs, pack))
    verdict = judge(pack, answers, incidents.points(pack.recency), int(in_force), tighter)
    verdict = verdict._replace(previous=before, reason=_reason(before, verdict))
    return Decision(
        derived_id(report.event_id, pack.id, pack.version),
        report._replace(pack=pack, answers=answers),
        verdict,
        incidents,
        _due(report, verdict, own, theirs),
        lowering_from_ms=pack.dwell.ends_ms(verdict.level, _since(own, verdict.level, report)),
    )


def _answers(state: PackState | None, pack: Pack) -> bytes:
    """A state's answers; all unknown when they were given to another version of the pack."""
    if state is None or state.pack_version != pack.version:
        return pack.tables.blank
    return state.answers


def _reason(before: Level, verdict: Verdict) -> Reason:
    if before is Level.NONE:
        return Reason.FIRST_RATING
    return Reason.RAISED if verdict.level > before else Reason.UNCHANGED


def _due(report: Report, verdict: Verdict, own: PackState | None, theirs: PackState) -> int:
    """No time is won by moving; what was overdue there is due here within the hour."""
    now = report.accepted_at_ms
    due = min(now + verdict.hours * HOUR_MS, max(theirs.reassess_due_ms, now + HOUR_MS))
    return min(due, own.reassess_due_ms) if own else due


def _state(decision: Decision, own: PackState | None, theirs: PackState) -> PackState:
    verdict, rating = decision.verdict, decision.verdict.rating
    stays = own is not None and own.level is verdict.level
    trail = own.trail if own else theirs.trail
    if not stays:
        at_ms = decision.report.accepted_at_ms
        trail = extended(trail, decision.decision_id, at_ms, verdict.level)
    return PackState(
        verdict.pack.id,
        verdict.pack.version,
        verdict.level,
        verdict.computed,
        rating.points if rating else 0,
        verdict.answers,
        max(own.answers_at_ms if own else 0, theirs.answers_at_ms),
        _since(own, verdict.level, decision.report),
        own.decision_id if own and stays else decision.decision_id,
        decision.reassess_due_ms,
        # Whatever arrives speaks against a fall that was noted before.
        falls=(),
        trail=trail,
    )


def _since(own: PackState | None, level: Level, report: Report) -> int:
    """Since when the level stands in this home."""
    return own.level_since_ms if own and own.level is level else report.accepted_at_ms


def _higher(own: PackState | None, theirs: PackState) -> PackState:
    return theirs if own is None or theirs.level > own.level else own


def _with_state(profile: Profile, state: PackState) -> Profile:
    return profile._replace(packs=with_state(profile.packs, state))
