"""The laws of moving: what is known follows, no level falls, and nothing goes round in a circle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Level
from services.risk_scoring.domain.decide import Applied, Decision, decide
from services.risk_scoring.domain.moves import Moved, Onward, arrive, follow, leave
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import Carried, Move, Report, ReportKind
from services.risk_scoring.domain.verdict import Reason
from tests.unit.risk_scoring.makers import (
    HOUSEHOLD,
    PACKS,
    PARTNER,
    applied,
    assessed,
    level,
    report,
    reports,
    row,
)

NEW_PLACE = "532302001001001"


def _move(to: str = "H2", whole: bool = True, day: int = 10, event_id: str = "m") -> Report:
    moving = Move(to, NEW_PLACE, whole)
    return report(event_id, ReportKind.MOVE, None, day=day)._replace(moving=moving)


def _arrival(onward: Onward) -> tuple[Report, Carried]:
    """The report that the codec makes of what goes on."""
    event = onward.cause._replace(
        event_id=f"{onward.cause.event_id}>{onward.to_subject_id}",
        subject_id=onward.to_subject_id,
        jurisdiction_code=onward.to_jurisdiction_code,
        kind=ReportKind.CARRIED,
        pack=None,
        answers=b"",
        moving=onward.carried,
    )
    return event, onward.carried


def _leave(profile: Profile, one: Report) -> Moved:
    assert isinstance(one.moving, Move)
    return leave(profile, one, one.moving)


def _moved_to(history: list[Report], there: list[Report]) -> tuple[Profile, Moved]:
    """A household with a history moves to one with another."""
    here = applied(history)
    left = _leave(here, _move())
    new_home = applied([one._replace(subject_id="H2") for one in there], "H2")
    if left.onward is None:
        return left.profile, Moved(new_home, (), None, Applied.DECIDED)
    event, carried = _arrival(left.onward)
    return left.profile, arrive(new_home, event, carried, PACKS)


def test_red_follows() -> None:
    """A red household is red in its new home at once, with a decision there, and still red where it was."""
    threat = assessed("a", HOUSEHOLD, row(HOUSEHOLD, "threat_to_kill"))
    left, arrived = _moved_to([threat], [])
    assert level(left, HOUSEHOLD) is Level.RED
    (decision,) = arrived.decisions
    assert (decision.verdict.level, decision.verdict.reason) == (Level.RED, Reason.FIRST_RATING)
    assert decision.report.jurisdiction_code == NEW_PLACE
    assert level(arrived.profile, HOUSEHOLD) is Level.RED


@given(reports(prefix="a"), reports(prefix="b"))
def test_no_level_falls(history: list[Report], there: list[Report]) -> None:
    """In the new home each level is at least what it was in either home, and every rise is decided once."""
    here = applied(history)
    new_home = applied([one._replace(subject_id="H2") for one in there], "H2")
    _, arrived = _moved_to(history, there)
    for pack in (HOUSEHOLD, PARTNER):
        before, after = level(new_home, pack), level(arrived.profile, pack)
        assert after >= max(before, level(here, pack))
        rises = [d for d in arrived.decisions if d.verdict.pack is pack]
        assert len(rises) == (after > before)


@given(reports(prefix="a"), reports(prefix="b"))
def test_every_clock_runs(history: list[Report], there: list[Report]) -> None:
    """A decision made by moving has a deadline in the future, not later than a fresh one would be."""
    _, arrived = _moved_to(history, there)
    for decision in arrived.decisions:
        accepted = decision.report.accepted_at_ms
        limit = accepted + decision.verdict.hours * 3_600_000
        own = applied([one._replace(subject_id="H2") for one in there], "H2")
        state = own.state_of(decision.verdict.pack.id)
        if state is None or state.reassess_due_ms > accepted:
            assert accepted < decision.reassess_due_ms <= limit


@given(reports(prefix="a"))
def test_twice_is_once(history: list[Report]) -> None:
    """A move told twice, or arriving twice, has the effect of once."""
    left = _leave(applied(history), _move())
    again = _leave(left.profile, _move())
    assert (again.profile, again.onward, again.applied) == (left.profile, None, Applied.DUPLICATE)
    if left.onward is not None:
        event, carried = _arrival(left.onward)
        first = arrive(Profile("H2"), event, carried, PACKS)
        second = arrive(first.profile, event, carried, PACKS)
        assert (second.profile, second.decisions) == (first.profile, ())


def test_nobody_learns_where_a_person_went() -> None:
    """Of a person who left, the household left remembers no address; what is known follows all the same."""
    fight = assessed("a", PARTNER, row(PARTNER, "physical_violence"))
    left = _leave(applied([fight]), _move(whole=False))
    assert (left.profile.moved_to, left.profile.moved_to_jurisdiction) == ("", "")
    assert left.onward is not None


def test_late_report_follows() -> None:
    """What happened before a household moved concerns who moved, also when it is told afterwards."""
    left = _leave(applied([assessed("a", HOUSEHOLD, row(HOUSEHOLD))]), _move(day=10)).profile
    for day, follows in ((9, True), (10, False), (11, False)):
        late = assessed("late", HOUSEHOLD, row(HOUSEHOLD, "weapon_involved"), day=day)
        profile, decision, _ = decide(left, late)
        assert isinstance(decision, Decision)
        assert (follow(profile, decision) is not None) is follows


def test_pack_no_longer_in_force() -> None:
    """A level of a pack that is gone is kept, though nothing can be judged by it."""
    threat = assessed("a", HOUSEHOLD, row(HOUSEHOLD, "threat_to_kill"))
    left = _leave(applied([threat]), _move())
    assert left.onward is not None
    event, carried = _arrival(left.onward)
    arrived = arrive(Profile("H2"), event, carried, {PARTNER.id: PARTNER})
    assert level(arrived.profile, HOUSEHOLD) is Level.RED


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC")), min_size=1, max_size=6))
def test_no_circle(moves: list[tuple[str, str]]) -> None:
    """However households move among three homes, what is carried comes to rest, and red is red at the end of it."""
    threat = assessed("a", HOUSEHOLD, row(HOUSEHOLD, "threat_to_kill"))
    homes = {name: Profile(name) for name in "ABC"}
    homes["A"] = decide(homes["A"], threat._replace(subject_id="A")).profile
    red = {"A"}
    for number, (here, there) in enumerate(moves):
        if here == there:
            continue
        moving = _move(there, day=10 + number, event_id=f"m{number}")
        left = _leave(homes[here], moving._replace(subject_id=here))
        homes[here], onward, hops = left.profile, left.onward, 0
        if here in red:
            red.add(there)
        while onward is not None:
            hops += 1
            assert hops <= 3
            event, carried = _arrival(onward)
            arrived = arrive(homes[onward.to_subject_id], event, carried, PACKS)
            homes[onward.to_subject_id] = arrived.profile
            onward = arrived.onward
    assert all(level(homes[name], HOUSEHOLD) is Level.RED for name in red)
