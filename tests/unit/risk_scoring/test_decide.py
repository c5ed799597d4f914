"""The laws of deciding over a household's history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import DAY_MS
from services.common.terms import Level
from services.risk_scoring.domain.decide import Applied, decide
from services.risk_scoring.domain.profile import APPLIED_IDS_KEPT, Profile
from services.risk_scoring.domain.report import Report, ReportKind
from services.risk_scoring.domain.verdict import Reason
from tests.unit.risk_scoring.makers import (
    DAY_0,
    HOUSEHOLD,
    NO,
    PARTNER,
    UNKNOWN,
    YES,
    applied,
    assessed,
    decided,
    incident,
    level,
    report,
    reports,
    row,
)

HOUR_MS = 3_600_000


@given(reports())
def test_machine_never_lowers(history: list[Report]) -> None:
    """Over any events in any order, the level of a pack never falls."""
    profile = Profile("H1")
    for one in history:
        after = decide(profile, one).profile
        for pack in (HOUSEHOLD, PARTNER):
            assert level(after, pack) >= level(profile, pack)
        profile = after


@given(reports())
def test_level_holds_at_least_what_was_computed(history: list[Report]) -> None:
    """Every level in force is at least the computed one, and at least every floor that held."""
    for decision in decided(history):
        verdict = decision.verdict
        assert verdict.level >= max(verdict.computed, verdict.previous)
        if verdict.rating is not None:
            assert verdict.level >= verdict.rating.floor


@given(reports())
def test_duplicates(history: list[Report]) -> None:
    """An event applied twice has the effect of once."""
    once = list({one.event_id: one for one in history}.values())
    firsts = sorted(once, key=lambda one: [h.event_id for h in history].index(one.event_id))
    assert applied(history) == applied(firsts)
    assert [d.decision_id for d in decided(history)] == [d.decision_id for d in decided(firsts)]


@given(reports())
def test_replay(history: list[Report]) -> None:
    """The same history gives the same decisions."""
    assert decided(history) == decided(history)


@given(reports(subject="H1", prefix="a"), reports(subject="H2", prefix="b"), st.randoms())
def test_interleaving(one: list[Report], other: list[Report], random: st.DrawFn) -> None:
    """However two households' events are interleaved, each gets its own result."""
    left, right, profiles = list(one), list(other), {"H1": Profile("H1"), "H2": Profile("H2")}
    while left or right:
        side = left if left and (not right or random.random() < 0.5) else right  # type: ignore[attr-defined]
        event = side.pop(0)
        profiles[event.subject_id] = decide(profiles[event.subject_id], event).profile
    assert profiles == {"H1": applied(one, "H1"), "H2": applied(other, "H2")}


@given(reports())
def test_other_reports_change_nothing(history: list[Report]) -> None:
    """Grievances, tasks, support visits and outcomes make no decision and leave no trace."""
    profile = applied(history)
    step = decide(profile, report("grievance", ReportKind.OTHER, None))
    assert (step.profile, step.decision, step.applied) == (profile, None, Applied.NOT_RATED)


@given(reports())
def test_not_assessed(history: list[Report]) -> None:
    """A refused, absent or moved household keeps its level, and nothing is rated."""
    profile = applied(history)
    step = decide(profile, report("refused", ReportKind.NOT_ASSESSED, HOUSEHOLD))
    assert step.decision is not None
    assert step.decision.verdict.reason is Reason.NOT_ASSESSED
    assert step.decision.verdict.rating is None
    assert step.profile.packs == profile.packs or set(step.profile.packs) == set(profile.packs)


@given(reports())
def test_every_decision_has_a_clock(history: list[Report]) -> None:
    """No level is without a next assessment, at most the longest step after the newest report."""
    newest = max(one.accepted_at_ms for one in history)
    for decision in decided(history):
        longest = decision.verdict.pack.clocks.none * HOUR_MS
        assert 0 < decision.reassess_due_ms <= newest + longest


@given(st.permutations(["a", "b", "c", "d"]))
def test_incident_order(order: list[str]) -> None:
    """Incidents that arrive in any order leave the same times, answers and level."""
    facts = {"a": "physical_fight", "b": "debt_dispute", "c": "drunken_quarrels", "d": "separating"}
    days = {"a": 0, "b": 10, "c": 40, "d": 90}
    made = {
        name: incident(name, HOUSEHOLD, row(HOUSEHOLD, facts[name], rest=UNKNOWN), days[name])
        for name in order
    }
    straight, mixed = applied([made[n] for n in "abcd"]), applied([made[n] for n in order])
    assert mixed.incident_times_ms == straight.incident_times_ms
    assert mixed.packs[0].answers == straight.packs[0].answers
    assert mixed.packs[0].answers_at_ms == straight.packs[0].answers_at_ms


def test_first_rating_then_rise_then_fall() -> None:
    """Green, then red, then a mild assessment: the fall is recorded and the level stays red."""
    history = [
        assessed("1", HOUSEHOLD, row(HOUSEHOLD)),
        assessed("2", HOUSEHOLD, row(HOUSEHOLD, "weapon_involved"), 90),
        assessed("3", HOUSEHOLD, row(HOUSEHOLD, "debt_dispute"), 180),
        assessed("4", HOUSEHOLD, row(HOUSEHOLD, "threat_to_kill"), 270),
    ]
    made = decided(history)
    assert [d.verdict.reason for d in made] == [
        Reason.FIRST_RATING,
        Reason.RAISED,
        Reason.FALL_RECORDED,
        Reason.UNCHANGED,
    ]
    assert [d.verdict.level for d in made] == [Level.GREEN, Level.RED, Level.RED, Level.RED]
    assert made[2].verdict.computed is Level.GREEN


def test_cannot_rate_never_hides_a_rise() -> None:
    """Mostly unknown answers cannot be rated; with violence among them the rise is told as one."""
    vague = assessed("1", PARTNER, row(PARTNER, rest=UNKNOWN))
    violent = incident("2", PARTNER, row(PARTNER, "physical_violence", rest=UNKNOWN), 1)
    made = decided([vague, violent])
    assert [d.verdict.reason for d in made] == [Reason.CANNOT_RATE, Reason.RAISED]
    assert made[1].verdict.level is Level.YELLOW


def test_incident_facts_are_merged() -> None:
    """An incident's yes overrides a no; its no never undoes a yes; what it leaves open stays."""
    before = row(HOUSEHOLD, "separating", "debt_dispute")
    facts = bytearray(row(HOUSEHOLD, "physical_fight", rest=UNKNOWN))
    facts[HOUSEHOLD.tables.index["separating"]] = NO
    profile = applied([assessed("1", HOUSEHOLD, before), incident("2", HOUSEHOLD, bytes(facts), 5)])
    answers = profile.packs[0].answers
    hits = {one.id for one, a in zip(HOUSEHOLD.indicators, answers, strict=True) if a == YES}
    assert hits == {"separating", "debt_dispute", "physical_fight"}


def test_recency_windows() -> None:
    """Incidents count in the windows of 30, 90 and 365 days before the newest, this one included."""
    history = [
        incident(str(day), HOUSEHOLD, row(HOUSEHOLD), day) for day in (0, 100, 280, 350, 365)
    ]
    counts = decided(history)[-1].incidents
    assert (counts.in_30, counts.in_90, counts.in_365) == (2, 3, 5)
    later = decided([*history, incident("x", HOUSEHOLD, row(HOUSEHOLD), 366)])[-1].incidents
    assert later.in_365 == 5


def test_late_report_raises_but_does_not_replace() -> None:
    """A red assessment that arrives late raises the level; the newer answers stay."""
    newer = row(HOUSEHOLD, "debt_dispute")
    history = [
        assessed("2", HOUSEHOLD, newer, 90),
        assessed("1", HOUSEHOLD, row(HOUSEHOLD, "weapon_involved"), 0),
    ]
    state = applied(history).packs[0]
    assert state.level is Level.RED
    assert (state.answers, state.computed_level) == (newer, Level.GREEN)
    assert state.answers_at_ms == DAY_0 + 90 * DAY_MS


def test_late_report_fills_gaps() -> None:
    """A late assessment counts together with an incident that was reported before it."""
    pair = [
        assessed("1", HOUSEHOLD, row(HOUSEHOLD, "drunken_quarrels"), 0),
        incident("2", HOUSEHOLD, row(HOUSEHOLD, "debt_dispute", rest=UNKNOWN), 1),
    ]
    in_order, late = applied(pair), applied(pair[::-1])
    assert in_order.packs[0].answers == late.packs[0].answers
    assert in_order.packs[0].level is late.packs[0].level is Level.YELLOW


def test_reassessment_clock() -> None:
    """72 h for a lethal sign, 7 days red, 30 yellow, 60 green with a hit, 120 with none; tighter after an incident."""
    many = ("repeated_call_outs", "separating", "drug_quarrels", "debt_dispute", "in_law_conflict")
    expected = {
        ("weapon_involved",): 72,
        many: 168,
        ("physical_fight",): 720,
        ("debt_dispute",): 1440,
        (): 2880,
    }
    for hits, hours in expected.items():
        plain = decided([assessed("1", HOUSEHOLD, row(HOUSEHOLD, *hits))])[0]
        assert plain.reassess_due_ms == DAY_0 + hours * HOUR_MS
    before = incident("0", PARTNER, row(PARTNER), -80)
    after = decided([before, assessed("1", HOUSEHOLD, row(HOUSEHOLD, "physical_fight"))])[-1]
    assert after.reassess_due_ms == DAY_0 + 168 * HOUR_MS


def test_incident_only_brings_the_clock_forward() -> None:
    """An incident never postpones an assessment that is due."""
    history = [
        assessed("1", HOUSEHOLD, row(HOUSEHOLD, "physical_fight")),
        incident("2", HOUSEHOLD, row(HOUSEHOLD, rest=UNKNOWN), 29),
    ]
    first, second = decided(history)
    assert second.reassess_due_ms == first.reassess_due_ms


def test_duty_whatever_the_level() -> None:
    """A harmed minor brings the legal duty to report."""
    made = decided([assessed("1", PARTNER, row(PARTNER, "minor_harmed"))])
    assert made[0].verdict.duties == ("mandatory_report",)


def test_applied_ids_are_bounded() -> None:
    """A profile remembers a bounded number of event ids, the newest."""
    history = [assessed(str(n), HOUSEHOLD, row(HOUSEHOLD), n) for n in range(APPLIED_IDS_KEPT + 9)]
    profile = applied(history)
    assert profile.applied == tuple(str(n) for n in range(9, APPLIED_IDS_KEPT + 9))
    assert profile.revision == len(history)
