"""Follows what persons did to a level: one may raise it; two may lower it, on a fresh assessment, after its dwell time.

Escalation checks the same before it lets a second person approve. What gets here all the same, because an incident
crossed the approval on its way or an entry is forged, is refused with a reason, and the level in force stays.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from services.common.ids import derived_id
from services.common.spans import DAY_MS, HOUR_MS
from services.common.terms import Level
from services.risk_scoring.domain.change import ChangeKind, LevelChange
from services.risk_scoring.domain.decide import Decision
from services.risk_scoring.domain.dwell import Dwell
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import (
    NO_INCIDENTS,
    PackState,
    Profile,
    counts_before,
    with_applied,
    with_state,
)
from services.risk_scoring.domain.report import Report, ReportKind
from services.risk_scoring.domain.trail import extended
from services.risk_scoring.domain.verdict import Reason, Verdict, judge

# Actors that are no persons.
_NOT_PERSONS = frozenset({"", "machine", "clock"})


class Outcome(Enum):
    """What became of a change; all but FOLLOWED leave the profile as it was."""

    FOLLOWED = "followed"
    DUPLICATE = "duplicate"
    NEVER_RATED = "never_rated"
    LEVEL_NOT_HIGHER = "level_not_higher"
    LEVEL_NOT_LOWER = "level_not_lower"
    PERSON_MISSING = "person_missing"
    SECOND_PERSON_MISSING = "second_person_missing"
    # The rule pack changed since the fresh assessment: what its answers mean now is not known.
    PACK_CHANGED = "pack_changed"
    # None since the level was set, or an incident or a higher assessment came after it.
    FRESH_ASSESSMENT_MISSING = "fresh_assessment_missing"
    ASSESSMENT_FOUND_HIGHER = "assessment_found_higher"
    ANSWERS_GIVE_HIGHER = "answers_give_higher"
    FLOOR_UNDERCUT = "floor_undercut"
    DWELL_NOT_OVER = "dwell_not_over"


# Nobody with the right to do so wrote such an entry: escalation never does.
FORGED = frozenset({Outcome.PERSON_MISSING, Outcome.SECOND_PERSON_MISSING})


class Followed(NamedTuple):
    """The profile after a change, the decision if it was followed, and what became of it."""

    profile: Profile
    decision: Decision | None
    outcome: Outcome


def follow(profile: Profile, change: LevelChange, pack: Pack, dwell: Dwell) -> Followed:
    """Apply a change of level by persons. Depends on nothing but its arguments."""
    if change.kind is ChangeKind.LOWERED:
        return lower(profile, change, pack, dwell)
    return raised(profile, change, pack, dwell)


def lower(profile: Profile, change: LevelChange, pack: Pack, dwell: Dwell) -> Followed:
    """Lower a level that two persons agreed to lower, or say why not.

    Lowering always starts above green, so a second person is always needed.
    """
    state = profile.state_of(pack.id)
    refused = _persons(change) or _known(profile, state, change)
    if refused or state is None:
        return Followed(profile, None, refused or Outcome.NEVER_RATED)
    refused = _unfounded(state, change, pack) or _too_early(state, change, dwell)
    if refused:
        return Followed(profile, None, refused)
    verdict = _verdict(profile, state, change, pack)
    if verdict.level > change.to_level:
        floor = verdict.rating is not None and verdict.rating.floor > change.to_level
        why = Outcome.FLOOR_UNDERCUT if floor else Outcome.ANSWERS_GIVE_HIGHER
        return Followed(profile, None, why)
    if verdict.rating is None or verdict.rating.highest > change.to_level:
        return Followed(profile, None, Outcome.ANSWERS_GIVE_HIGHER)
    return _done(profile, state, change, verdict, Reason.LOWERED_BY_PERSON, dwell)


def raised(profile: Profile, change: LevelChange, pack: Pack, dwell: Dwell) -> Followed:
    """Raise a level that a person raised. A raise is never refused for what the answers say."""
    state = profile.state_of(pack.id)
    if change.approved_by in _NOT_PERSONS:
        return Followed(profile, None, Outcome.PERSON_MISSING)
    if state is None:
        return Followed(profile, None, Outcome.NEVER_RATED)
    if change.change_id in profile.applied:
        return Followed(profile, None, Outcome.DUPLICATE)
    if change.to_level <= state.level:
        return Followed(profile, None, Outcome.LEVEL_NOT_HIGHER)
    verdict = _verdict(profile, state, change, pack)
    # The level a person named is reached exactly: if the answers gave more, it would be in force already.
    verdict = verdict._replace(level=change.to_level)
    return _done(profile, state, change, verdict, Reason.RAISED_BY_PERSON, dwell)


def _persons(change: LevelChange) -> Outcome | None:
    if change.requested_by in _NOT_PERSONS or change.approved_by in _NOT_PERSONS:
        return Outcome.PERSON_MISSING
    if change.requested_by == change.approved_by:
        return Outcome.SECOND_PERSON_MISSING
    return None


def _known(profile: Profile, state: PackState | None, change: LevelChange) -> Outcome | None:
    if change.change_id in profile.applied:
        return Outcome.DUPLICATE
    if state is None:
        return Outcome.NEVER_RATED
    lowers = Level.NONE < change.to_level < state.level
    return None if lowers else Outcome.LEVEL_NOT_LOWER


def _unfounded(state: PackState, change: LevelChange, pack: Pack) -> Outcome | None:
    """Why the assessment named is no ground: it and all after it must support the level asked for."""
    if state.pack_version != pack.version:
        return Outcome.PACK_CHANGED
    places = [
        at
        for at, fall in enumerate(state.falls)
        if fall.decision_id == change.assessment_decision_id
    ]
    if not places:
        return Outcome.FRESH_ASSESSMENT_MISSING
    supported = max(fall.supports for fall in state.falls[places[0] :])
    return Outcome.ASSESSMENT_FOUND_HIGHER if supported > change.to_level else None


def _too_early(state: PackState, change: LevelChange, dwell: Dwell) -> Outcome | None:
    ends_ms = dwell.ends_ms(state.level, state.level_since_ms)
    return Outcome.DWELL_NOT_OVER if change.at_ms < ends_ms else None


def _verdict(profile: Profile, state: PackState, change: LevelChange, pack: Pack) -> Verdict:
    """What the answers in force say at the time of the act, upon the level persons named."""
    times = profile.incident_times_ms
    moment = max(change.at_ms, times[-1]) if times else change.at_ms
    points = counts_before(times, moment).points(pack.recency)
    tighter = bool(times) and times[-1] >= moment - pack.clocks.tighter_days * DAY_MS
    # Answers to another version of the pack stand in another order; they are not read as these.
    same = state.pack_version == pack.version
    answers = state.answers if same else pack.tables.blank
    return judge(pack, answers, points, int(change.to_level), tighter)


def _done(
    profile: Profile,
    state: PackState,
    change: LevelChange,
    verdict: Verdict,
    reason: Reason,
    dwell: Dwell,
) -> Followed:
    verdict = verdict._replace(previous=state.level, reason=reason)
    due_ms = change.at_ms + verdict.hours * HOUR_MS
    decision = Decision(
        derived_id("level_change", change.change_id),
        _report(profile, change, verdict.pack),
        verdict,
        NO_INCIDENTS,
        due_ms,
        lowering_from_ms=dwell.ends_ms(change.to_level, change.at_ms),
        change=change,
    )
    after = state._replace(
        level=change.to_level,
        level_since_ms=change.at_ms,
        decision_id=decision.decision_id,
        reassess_due_ms=due_ms,
        falls=(),
        trail=extended(state.trail, decision.decision_id, change.at_ms, change.to_level),
    )
    profile = profile._replace(
        packs=with_state(profile.packs, after),
        applied=with_applied(profile.applied, change.change_id),
        revision=profile.revision + 1,
    )
    return Followed(profile, decision, Outcome.FOLLOWED)


def _report(profile: Profile, change: LevelChange, pack: Pack) -> Report:
    """The act in the form of a report, for what all decisions share."""
    return Report(
        event_id=change.change_id,
        subject_id=profile.subject_id,
        jurisdiction_code=profile.jurisdiction_code,
        occurred_at_ms=change.at_ms,
        accepted_at_ms=change.at_ms,
        trace_id="",
        kind=ReportKind.CASE,
        pack=pack,
    )
