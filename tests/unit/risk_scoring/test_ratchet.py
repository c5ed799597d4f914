"""The laws of the ratchet: the machine raises, persons lower, and nothing is lowered in silence."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.lane_types import LaneRecord
from services.common.spans import DAY_MS
from services.common.terms import Level
from services.risk_scoring.adapters.profile_codec import ProfileWriter, read
from services.risk_scoring.adapters.risk_codec import encoded_batch
from services.risk_scoring.domain.change import ChangeKind, LevelChange
from services.risk_scoring.domain.decide import Decision, decide
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.ratchet import Outcome, follow
from services.risk_scoring.domain.rating import rate
from services.risk_scoring.domain.report import Report, ReportKind
from services.risk_scoring.domain.verdict import Reason
from tests.unit.risk_scoring.makers import (
    DAY_0,
    HOUSEHOLD,
    PACKS,
    UNKNOWN,
    answers_of,
    applied,
    assessed,
    incident,
    level,
    packs,
    report,
    reports,
    row,
)

HOUR_MS = 3_600_000
ALL_NO = row(HOUSEHOLD)
PERSONS = ("CT-1", "PF-1", "", "machine")
LAW = settings(max_examples=120)
Message = Report | LevelChange


class Played(NamedTuple):
    """One message, what was known before and after, and what it led to."""

    message: Message
    before: Profile
    after: Profile
    decision: Decision | None
    outcome: Outcome | None


def take(profile: Profile, message: Message) -> Played:
    """What the service does with a message."""
    if isinstance(message, Report):
        step = decide(profile, message)
        return Played(message, profile, step.profile, step.decision, None)
    pack = PACKS[message.pack_id]
    followed = follow(profile, message, pack, pack.dwell)
    return Played(message, profile, followed.profile, followed.decision, followed.outcome)


def lowering(
    profile: Profile, number: object, to: Level = Level.GREEN, after_ms: int = 0, **details: Any
) -> LevelChange:
    """A lowering as escalation writes it, when the dwell time is over and its ground there: the newest fall."""
    pack = PACKS[details.pop("pack_id", HOUSEHOLD.id)]
    state = profile.state_of(pack.id)
    falls = state.falls if state else ()
    ends_ms = pack.dwell.ends_ms(state.level, state.level_since_ms) if state else DAY_0
    facts: dict[str, Any] = {
        "change_id": f"lowering-{number}",
        "kind": ChangeKind.LOWERED,
        "case_id": "017-abc",
        "subject_id": profile.subject_id,
        "pack_id": pack.id,
        "to_level": to,
        "requested_by": "CT-1",
        "approved_by": "PF-1",
        "reason": "calm_again",
        "assessment_decision_id": falls[-1].decision_id if falls else "none",
        "at_ms": max(ends_ms, state.answers_at_ms if state else DAY_0, DAY_0) + after_ms,
    }
    return LevelChange(**(facts | details))


def raising(profile: Profile, number: object, to: Level, at_ms: int = DAY_0) -> LevelChange:
    """A raise by one person."""
    made = lowering(profile, number, to)
    return made._replace(
        change_id=f"raise-{number}",
        kind=ChangeKind.RAISED,
        requested_by="",
        approved_by="VC-1",
        assessment_decision_id="",
        at_ms=at_ms,
    )


def fresh(profile: Profile, number: object, answers: bytes = ALL_NO) -> Report:
    """An assessment by the household pack made after the level was set and after any other."""
    state = profile.state_of(HOUSEHOLD.id)
    since_ms = max(state.level_since_ms, state.answers_at_ms) if state else DAY_0
    made = assessed(f"fresh-{number}", HOUSEHOLD, answers)
    at_ms = since_ms + HOUR_MS
    return made._replace(
        subject_id=profile.subject_id, occurred_at_ms=at_ms, accepted_at_ms=at_ms + 60_000
    )


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("report"),
            st.tuples(st.sampled_from(list(ReportKind)[:3]), packs, st.integers(0, 200), st.data()),
        ),
        st.tuples(st.just("fresh"), st.data()),
        st.tuples(
            st.just("lower"),
            st.tuples(
                st.sampled_from([Level.GREEN, Level.YELLOW, Level.RED]),
                st.sampled_from(PERSONS),
                st.sampled_from(PERSONS),
                st.sampled_from([0, 0, HOUR_MS, -HOUR_MS]),
                st.sampled_from([-1, -1, 0]),
            ),
        ),
        st.tuples(st.just("settle"), st.sampled_from([Level.GREEN, Level.YELLOW])),
        st.tuples(st.just("raise"), st.sampled_from([Level.YELLOW, Level.RED])),
        st.tuples(st.just("again"), st.integers(0, 30)),
    ),
    min_size=3,
    max_size=14,
)


class History:
    """Plays steps upon one household, keeping each message with its effect."""

    def __init__(self, subject: str = "H1") -> None:
        self.profile = Profile(subject)
        self.played: list[Played] = []

    def play(self, script: list[tuple[str, Any]]) -> History:
        """Begins red, so that there is something to lower."""
        self.take(incident("start", HOUSEHOLD, row(HOUSEHOLD, "weapon_involved")))
        for kind, value in script:
            for make in getattr(self, f"_{kind}")(value):
                self.take(make())
        return self

    def take(self, message: Message) -> None:
        """Apply one message."""
        if isinstance(message, Report):
            message = message._replace(subject_id=self.profile.subject_id)
        one = take(self.profile, message)
        self.played.append(one)
        self.profile = one.after

    @property
    def number(self) -> int:
        return len(self.played)

    def _report(self, value: Any) -> Any:
        kind, pack, day, data = value
        answers = b"" if kind is ReportKind.NOT_ASSESSED else data.draw(answers_of[pack.id])
        yield lambda: report(f"e{self.number}", kind, pack, answers, day)

    def _fresh(self, data: Any) -> Any:
        answers = data.draw(answers_of[HOUSEHOLD.id])
        yield lambda: fresh(self.profile, self.number, answers)

    def _lower(self, value: Any) -> Any:
        to, asked, approved, after_ms, place = value
        state = self.profile.state_of(HOUSEHOLD.id)
        ground = state.falls[place].decision_id if state and state.falls else "none"
        yield lambda: lowering(
            self.profile,
            self.number,
            to,
            after_ms,
            requested_by=asked,
            approved_by=approved,
            assessment_decision_id=ground,
        )

    def _settle(self, to: Level) -> Any:
        yield lambda: fresh(self.profile, self.number)
        yield lambda: lowering(self.profile, self.number, to)

    def _raise(self, to: Level) -> Any:
        state = self.profile.state_of(HOUSEHOLD.id)
        at_ms = (state.level_since_ms if state else DAY_0) + HOUR_MS
        yield lambda: raising(self.profile, self.number, to, at_ms)

    def _again(self, which: int) -> Any:
        yield lambda: self.played[which % self.number].message


@LAW
@given(steps)
def test_level_falls_only_by_a_lowering_that_was_followed(script: Any) -> None:
    """No report and no raise makes a level fall; a lowering has two persons, its dwell time and its ground."""
    for message, before, after, _, outcome in History().play(script).played:
        for pack in PACKS.values():
            if level(after, pack) >= level(before, pack):
                continue
            assert isinstance(message, LevelChange) and outcome is Outcome.FOLLOWED
            assert message.kind is ChangeKind.LOWERED and message.pack_id == pack.id
            assert {message.requested_by, message.approved_by} == {"CT-1", "PF-1"}
            state = before.state_of(pack.id)
            assert state is not None
            assert message.assessment_decision_id in {fall.decision_id for fall in state.falls}
            assert message.at_ms >= pack.dwell.ends_ms(state.level, state.level_since_ms)


@LAW
@given(steps)
def test_one_decision_for_each_change_followed_and_none_for_another(script: Any) -> None:
    """A change that is not followed leaves the profile as it was; ids are never used twice."""
    history = History().play(script)
    for message, before, after, decision, outcome in history.played:
        if isinstance(message, Report):
            continue
        assert (decision is not None) == (outcome is Outcome.FOLLOWED)
        if decision is None:
            assert after == before
        else:
            expected = {ChangeKind.LOWERED: Reason.LOWERED_BY_PERSON}
            assert decision.verdict.reason is expected.get(message.kind, Reason.RAISED_BY_PERSON)
            assert (decision.verdict.previous, decision.verdict.level) == (
                level(before, PACKS[message.pack_id]),
                level(after, PACKS[message.pack_id]),
            )
    ids = [one.decision.decision_id for one in history.played if one.decision]
    assert len(set(ids)) == len(ids)


@LAW
@given(steps)
def test_every_level_has_a_deadline_ahead(script: Any) -> None:
    """Whenever a decision is made, the next assessment lies after it."""
    for one in History().play(script).played:
        if one.decision is not None:
            assert one.decision.reassess_due_ms > one.decision.report.accepted_at_ms
            state = one.after.state_of(one.decision.verdict.pack.id)
            assert state is None or state.reassess_due_ms == one.decision.reassess_due_ms


@LAW
@given(steps)
def test_no_lowering_undercuts_a_floor_or_takes_unknown_for_no(script: Any) -> None:
    """After a lowering no floor of the answers in force, and no answer an unknown could have, gives more."""
    for message, _, after, decision, _ in History().play(script).played:
        if decision is None or decision.verdict.reason is not Reason.LOWERED_BY_PERSON:
            continue
        assert isinstance(message, LevelChange)
        state = after.state_of(message.pack_id)
        assert state is not None
        answers = rate(PACKS[message.pack_id], state.answers, 0)
        assert max(answers.floor, answers.highest, answers.level) <= state.level
        worst = rate(PACKS[message.pack_id], state.answers.replace(b"\x03", b"\x01"), 0)
        assert worst.floor <= state.level


@LAW
@given(steps)
def test_replay_gives_the_same_bytes(script: Any) -> None:
    """The same messages give the same decisions and profiles, byte for byte; reading bytes back loses nothing."""
    history = History().play(script)
    record = LaneRecord("t.events.v1", 0, 0, 7, b"")
    writer, profile = ProfileWriter(record), Profile("H1")
    for one in history.played:
        again = take(profile, one.message)
        made = [decision for decision in (one.decision,) if decision]
        same = [decision for decision in (again.decision,) if decision]
        assert encoded_batch(record, made) == encoded_batch(record, same)
        profile = read(writer.write(again.after))
        assert writer.write(profile) == writer.write(one.after)
        assert profile == one.after


@LAW
@given(steps, steps, st.randoms())
def test_other_households_change_nothing(script: Any, other: Any, random: Any) -> None:
    """However the messages of two households are interleaved, each gets its own result."""
    histories = {"H1": History("H1").play(script), "H2": History("H2").play(other)}
    queues = {name: [one.message for one in h.played] for name, h in histories.items()}
    profiles = {name: Profile(name) for name in queues}
    while any(queues.values()):
        name = random.choice([name for name, left in queues.items() if left])
        profiles[name] = take(profiles[name], queues[name].pop(0)).after
    assert profiles == {name: history.profile for name, history in histories.items()}


@given(reports())
def test_two_persons_can_always_lower_in_the_end(history: list[Report]) -> None:
    """After any reports: all answers no, the dwell time over, two persons agree, and the level falls."""
    profile = applied(history)
    if level(profile, HOUSEHOLD) <= Level.GREEN:
        return
    profile = take(profile, fresh(profile, 1)).after
    state = profile.state_of(HOUSEHOLD.id)
    assert state is not None
    if not state.falls:
        # Incidents alone still give as much as is in force.
        assert state.computed_level >= state.level
        return
    to = state.falls[-1].supports
    done = take(profile, lowering(profile, 1, to, HOUR_MS))
    assert (done.outcome, level(done.after, HOUSEHOLD)) == (Outcome.FOLLOWED, to)


RED = row(HOUSEHOLD, "weapon_involved")


def _red_then_green() -> Profile:
    """Red by an assessment; a day later a fresh one finds nothing."""
    return applied([assessed("1", HOUSEHOLD, RED), assessed("2", HOUSEHOLD, ALL_NO, 1)])


def test_lowered_in_full() -> None:
    """The decision names case, persons, reason and ground; its clock is that of the new level; green stays green."""
    profile = _red_then_green()
    change = lowering(profile, 1)
    done = take(profile, change)
    decision = done.decision
    assert decision is not None and decision.change == change
    assert (decision.verdict.previous, decision.verdict.level) == (Level.RED, Level.GREEN)
    assert decision.reassess_due_ms == change.at_ms + HOUSEHOLD.clocks.none * HOUR_MS
    assert (decision.report.kind, decision.lowering_from_ms) == (ReportKind.CASE, 0)
    again = take(done.after, assessed("3", HOUSEHOLD, ALL_NO, 90))
    assert again.decision is not None
    assert (again.decision.verdict.level, again.decision.verdict.reason) == (
        Level.GREEN,
        Reason.UNCHANGED,
    )


@pytest.mark.parametrize(
    ("details", "outcome"),
    [
        ({"approved_by": "CT-1"}, Outcome.SECOND_PERSON_MISSING),
        ({"requested_by": ""}, Outcome.PERSON_MISSING),
        ({"approved_by": "machine"}, Outcome.PERSON_MISSING),
        ({"approved_by": "clock"}, Outcome.PERSON_MISSING),
        ({"to_level": Level.RED}, Outcome.LEVEL_NOT_LOWER),
        ({"to_level": Level.NONE}, Outcome.LEVEL_NOT_LOWER),
        ({"assessment_decision_id": "another"}, Outcome.FRESH_ASSESSMENT_MISSING),
        ({"after_ms": -1}, Outcome.DWELL_NOT_OVER),
    ],
)
def test_lowering_refused(details: dict[str, Any], outcome: Outcome) -> None:
    """Each ground that is missing has its own reason."""
    profile = _red_then_green()
    to = details.pop("to_level", Level.GREEN)
    assert take(profile, lowering(profile, 1, to, **details)).outcome is outcome


def test_dwell_time_of_each_level() -> None:
    """Red stands 14 days, yellow 30, counted from when the level was set."""
    red = _red_then_green()
    state = red.state_of(HOUSEHOLD.id)
    assert state is not None
    first = lowering(red, 1, Level.YELLOW)
    assert first.at_ms == state.level_since_ms + 14 * DAY_MS
    yellow = take(red, first).after
    assert level(yellow, HOUSEHOLD) is Level.YELLOW
    yellow = take(yellow, fresh(yellow, 2)).after
    early = take(yellow, lowering(yellow, 2, after_ms=-1))
    assert early.outcome is Outcome.DWELL_NOT_OVER
    second = lowering(yellow, 3)
    assert second.at_ms == first.at_ms + 30 * DAY_MS
    assert take(yellow, second).outcome is Outcome.FOLLOWED


def test_what_comes_after_the_assessment_takes_the_ground_away() -> None:
    """An incident, a higher assessment, or one that cannot be rated."""
    mild = incident("3", HOUSEHOLD, row(HOUSEHOLD, rest=UNKNOWN), 2)
    higher = assessed("3", HOUSEHOLD, row(HOUSEHOLD, "physical_fight"), 2)
    vague = assessed("3", HOUSEHOLD, row(HOUSEHOLD, rest=UNKNOWN), 2)
    for news, outcome in (
        (mild, Outcome.FRESH_ASSESSMENT_MISSING),
        (higher, Outcome.ASSESSMENT_FOUND_HIGHER),
        (vague, Outcome.FRESH_ASSESSMENT_MISSING),
    ):
        profile = _red_then_green()
        change = lowering(profile, 1)
        assert take(take(profile, news).after, change).outcome is outcome


def test_a_milder_assessment_after_it_takes_nothing_away() -> None:
    """A second assessment that finds as little leaves the ground of the first."""
    profile = _red_then_green()
    change = lowering(profile, 1)
    profile = take(profile, assessed("3", HOUSEHOLD, ALL_NO, 2)).after
    assert take(profile, change).outcome is Outcome.FOLLOWED


def test_unknown_weapon_is_no_ground() -> None:
    """One unknown answer that could give red keeps red, however mild the rest."""
    history = [
        assessed("1", HOUSEHOLD, RED),
        assessed("2", HOUSEHOLD, row(HOUSEHOLD, unknown=("weapon_involved",)), 1),
    ]
    profile = applied(history)
    change = lowering(profile, 1, Level.YELLOW)
    assert take(profile, change).outcome is Outcome.ASSESSMENT_FOUND_HIGHER


def test_assessment_made_before_the_level_was_set_is_no_ground() -> None:
    """It arrives later, but it was made before a person saw more."""
    profile = applied([assessed("1", HOUSEHOLD, row(HOUSEHOLD, "physical_fight"))])
    profile = take(profile, raising(profile, 1, Level.RED, DAY_0 + 5 * DAY_MS)).after
    profile = take(profile, assessed("2", HOUSEHOLD, ALL_NO, 3)).after
    state = profile.state_of(HOUSEHOLD.id)
    assert state is not None and state.falls == ()


def test_late_evidence_of_danger_raises_again() -> None:
    """After a lowering, an older report that gives red still raises; one that is mild raises nothing."""
    profile = _red_then_green()
    lowered = take(profile, lowering(profile, 1)).after
    mild = take(lowered, assessed("3", HOUSEHOLD, row(HOUSEHOLD, "debt_dispute"), -30))
    assert level(mild.after, HOUSEHOLD) is Level.GREEN
    grave = take(lowered, assessed("4", HOUSEHOLD, row(HOUSEHOLD, "threat_to_kill"), -30))
    assert grave.decision is not None
    assert grave.decision.verdict.reason is Reason.RAISED
    assert level(grave.after, HOUSEHOLD) is Level.RED


def test_a_person_raises_what_the_rules_do_not_see() -> None:
    """The profile follows; the next mild assessment is a recorded fall; the dwell time runs from the raise."""
    profile = applied([assessed("1", HOUSEHOLD, ALL_NO)])
    done = take(profile, raising(profile, 1, Level.RED, DAY_0 + DAY_MS))
    assert done.decision is not None
    assert done.decision.lowering_from_ms == DAY_0 + 15 * DAY_MS
    fall = take(done.after, assessed("2", HOUSEHOLD, ALL_NO, 2)).decision
    assert fall is not None
    assert (fall.verdict.reason, fall.verdict.level) == (Reason.FALL_RECORDED, Level.RED)


def test_a_raise_is_not_hindered_by_a_new_pack_version() -> None:
    """Answers to an older version are not read, and the level rises all the same; it cannot be lowered on them."""
    profile = _red_then_green()
    lowered = take(profile, lowering(profile, 1)).after
    state = lowered.state_of(HOUSEHOLD.id)
    assert state is not None
    old = lowered._replace(packs=(state._replace(pack_version="0"),))
    assert level(take(old, raising(old, 1, Level.YELLOW)).after, HOUSEHOLD) is Level.YELLOW
    stale = profile._replace(packs=(profile.packs[0]._replace(pack_version="0"),))
    assert take(stale, lowering(stale, 1)).outcome is Outcome.PACK_CHANGED


def test_household_never_rated_has_nothing_to_change() -> None:
    """Neither raise nor lowering makes a rating out of nothing."""
    profile = Profile("H1")
    assert take(profile, lowering(profile, 1)).outcome is Outcome.NEVER_RATED
    assert take(profile, raising(profile, 1, Level.RED)).outcome is Outcome.NEVER_RATED


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (row(HOUSEHOLD, "weapon_involved"), Outcome.FLOOR_UNDERCUT),
        (
            row(HOUSEHOLD, "debt_dispute", "drunken_quarrels", "separating"),
            Outcome.ANSWERS_GIVE_HIGHER,
        ),
        (row(HOUSEHOLD, unknown=("weapon_involved",)), Outcome.ANSWERS_GIVE_HIGHER),
    ],
)
def test_answers_in_force_have_the_last_word(answers: bytes, outcome: Outcome) -> None:
    """Whatever assessment a lowering rests on, it cannot go below what the answers in force give or could give."""
    profile = _red_then_green()
    (state,) = profile.packs
    profile = profile._replace(packs=(state._replace(answers=answers),))
    done = take(profile, lowering(profile, 1))
    assert (done.outcome, done.after) == (outcome, profile)


def test_one_assessment_is_ground_for_one_lowering() -> None:
    """From red to yellow on an assessment; from yellow to green takes another, made since."""
    profile = _red_then_green()
    ground = lowering(profile, 1).assessment_decision_id
    yellow = take(profile, lowering(profile, 1, Level.YELLOW)).after
    again = lowering(yellow, 2, assessment_decision_id=ground)
    assert take(yellow, again).outcome is Outcome.FRESH_ASSESSMENT_MISSING
