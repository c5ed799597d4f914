"""What weighs beside the answers: what is newly reported, duties of the law, and what cannot be rated."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Level
from services.risk_scoring.domain.answers import newly_yes
from services.risk_scoring.domain.decide import Decision, LegalDuty, decide
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import Report
from services.risk_scoring.domain.verdict import Reason
from tests.unit.risk_scoring.makers import (
    CHILD,
    HOUSEHOLD,
    NO,
    PARTNER,
    UNKNOWN,
    YES,
    applied,
    assessed,
    decided,
    incident,
    reports,
    row,
)

_HOUR_MS = 3600 * 1000


def _last(*history: Report) -> Decision:
    return decided(list(history))[-1]


def test_newly_reported_weighs() -> None:
    """Two disputes known for long are green; one of them new since the last round makes yellow, and says so."""
    before = assessed("a", HOUSEHOLD, row(HOUSEHOLD, "property_dispute"))
    both = row(HOUSEHOLD, "property_dispute", "debt_dispute")
    alone = _last(assessed("b", HOUSEHOLD, both, day=90))
    changed = _last(before, assessed("b", HOUSEHOLD, both, day=90))
    assert alone.verdict.level is Level.GREEN
    assert changed.verdict.level is Level.YELLOW
    assert [HOUSEHOLD.indicators[at].id for at in changed.newly] == ["debt_dispute"]
    assert changed.change_points == HOUSEHOLD.change.per_newly_yes


def test_learning_is_no_change() -> None:
    """A question never answered before that is now yes is knowledge gained, not a worsening."""
    before = assessed("a", HOUSEHOLD, row(HOUSEHOLD, unknown=("debt_dispute",)))
    after = _last(before, assessed("b", HOUSEHOLD, row(HOUSEHOLD, "debt_dispute"), day=90))
    assert (after.newly, after.change_points) == ((), 0)


def test_change_is_capped() -> None:
    """However much is new, the points for it end at the cap."""
    everything = bytes([YES]) * len(HOUSEHOLD.indicators)
    before = assessed("a", HOUSEHOLD, row(HOUSEHOLD))
    after = _last(before, assessed("b", HOUSEHOLD, everything, day=90))
    assert after.change_points == HOUSEHOLD.change.cap
    assert len(after.newly) == len(HOUSEHOLD.indicators)


@given(st.lists(st.sampled_from([YES, NO, UNKNOWN]), min_size=4, max_size=4).map(bytes),
       st.lists(st.sampled_from([YES, NO, UNKNOWN]), min_size=4, max_size=4).map(bytes))  # fmt: skip
def test_newly_yes(before: bytes, now: bytes) -> None:
    """Newly yes is exactly what was no and is yes."""
    places = [at for at in range(4) if (before[at], now[at]) == (NO, YES)]
    assert list(newly_yes(before, now)) == places


def test_duty_begins_once() -> None:
    """A duty begins with its first yes, not again with each assessment that repeats it."""
    harmed = row(CHILD, "violence_at_home")
    first = assessed("a", CHILD, harmed)
    again = assessed("b", CHILD, harmed, day=30)
    due_ms = first.accepted_at_ms + 24 * _HOUR_MS
    assert _last(first).legal_duties == (LegalDuty("mandatory_report", due_ms),)
    repeated = _last(first, again)
    assert repeated.verdict.duties == ("mandatory_report",)
    assert repeated.legal_duties == ()


def test_each_incident_has_its_duty() -> None:
    """A new act of violence brings the duty anew, whatever is known already."""
    harmed = row(PARTNER, "physical_violence", rest=UNKNOWN)
    second = _last(incident("a", PARTNER, harmed), incident("b", PARTNER, harmed, day=10))
    assert {duty.duty_id for duty in second.legal_duties} == {
        "written_warning",
        "protection_order_advice",
    }


def test_duty_whatever_the_level() -> None:
    """A child out of school is green, and still somebody's duty by law."""
    decision = _last(assessed("a", CHILD, row(CHILD, "left_school")))
    assert decision.verdict.level is Level.GREEN
    assert [duty.duty_id for duty in decision.legal_duties] == ["back_to_school"]


def test_unrateable_is_visited_soon() -> None:
    """Who cannot be rated is visited within the hours of the pack, long before a green would be."""
    vague = assessed("a", HOUSEHOLD, row(HOUSEHOLD, rest=UNKNOWN))
    decision = _last(vague)
    assert decision.verdict.reason is Reason.CANNOT_RATE
    hours = HOUSEHOLD.unknowns.visit_within_hours
    assert decision.reassess_due_ms == vague.occurred_at_ms + hours * _HOUR_MS


@given(reports())
def test_duties_have_a_future(history: list[Report]) -> None:
    """Every duty that begins lies in the future, and belongs to those that hold."""
    for decision in decided(history):
        for duty in decision.legal_duties:
            assert duty.due_ms > decision.report.accepted_at_ms
            assert duty.duty_id in decision.verdict.duties


@given(reports())
def test_change_never_hides_a_level(history: list[Report]) -> None:
    """What is new only adds: no history makes the computed level lower than the same answers alone."""
    profile = Profile("H1")
    for one in history:
        profile, decision, _ = decide(profile, one)
        if decision is not None and decision.newly:
            fresh = decided([one])[-1]
            assert decision.verdict.computed >= fresh.verdict.computed
    assert applied(history) == profile
