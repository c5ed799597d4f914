"""When a serious event opens a review, and what the review points to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.spans import DAY_MS
from services.common.terms import Level
from services.risk_scoring.domain.decide import decide
from services.risk_scoring.domain.misses import PackVersion, Rated, Serious, misses
from services.risk_scoring.domain.profile import SERIOUS_KEPT, Profile
from services.risk_scoring.domain.report import Report, ReportKind
from services.risk_scoring.domain.serious import ReviewReason, SeriousEvent, set_against
from services.risk_scoring.domain.trail import ENTRIES_KEPT, WINDOW_MS, steps
from tests.unit.risk_scoring.makers import (
    DAY_0,
    HOUSEHOLD,
    PARTNER,
    applied,
    assessed,
    decided,
    report,
    reports,
    row,
)

GREEN = row(HOUSEHOLD)
YELLOW = row(HOUSEHOLD, "physical_fight")
RED = row(HOUSEHOLD, "weapon_involved")


def death(day: int, name: str = "death", **details: Any) -> Report:
    """A homicide told as an outcome."""
    made = report(name, ReportKind.OUTCOME, None, day=day)
    return made._replace(serious="homicide", **details)


def judged(profile: Profile, event: Report) -> SeriousEvent:
    """The event set against the profile; told for the first time."""
    found = set_against(profile, event)[1]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rated", "day", "reason", "level"),
    [
        ([], 10, ReviewReason.NEVER_RATED, Level.NONE),
        ([(GREEN, 0)], 10, ReviewReason.RATED_GREEN, Level.GREEN),
        ([(YELLOW, 0)], 10, ReviewReason.RATED_YELLOW, Level.YELLOW),
        ([(RED, 0)], 10, ReviewReason.RATED_RED, Level.RED),
        # Green, then red for less than 90 days: green within the window.
        ([(GREEN, 0), (RED, 50)], 60, ReviewReason.RATED_GREEN, Level.RED),
        ([(GREEN, 0), (RED, 50)], 139, ReviewReason.RATED_GREEN, Level.RED),
        # Red for 90 days and more.
        ([(GREEN, 0), (RED, 50)], 141, ReviewReason.RATED_RED, Level.RED),
        # Raised only after the event: at the time it was green.
        ([(GREEN, 0), (RED, 20)], 10, ReviewReason.RATED_GREEN, Level.GREEN),
        # Rated only after the event.
        ([(RED, 20)], 10, ReviewReason.NEVER_RATED, Level.NONE),
    ],
)
def test_reason(
    rated: list[tuple[bytes, int]], day: int, reason: ReviewReason, level: Level
) -> None:
    """The lowest level in force in the 90 days before decides; red all the time opens nothing."""
    profile = applied([assessed(str(at), HOUSEHOLD, answers, at) for answers, at in rated])
    event = judged(profile, death(day))
    assert (event.reason, event.level) == (reason, level)
    assert event.opens_review == (reason is not ReviewReason.RATED_RED)


def test_review_points_to_the_decisions_of_the_90_days() -> None:
    """And to the one that was in force at their start; older ones are history."""
    history = [assessed(str(day), HOUSEHOLD, GREEN, day) for day in (0, 30, 120, 150, 190)]
    event = judged(applied(history), death(200))
    ids = [decision.decision_id for decision in decided(history)]
    assert event.decision_ids == tuple(ids[1:])
    assert (event.pack_id, event.pack_version) == (HOUSEHOLD.id, HOUSEHOLD.version)


def test_a_home_is_as_high_as_its_highest_pack() -> None:
    """Red by one pack all the time, green by another: warned of; the pack named is the one that was red."""
    profile = applied(
        [
            assessed("1", PARTNER, row(PARTNER, "strangulation"), 0),
            assessed("2", HOUSEHOLD, GREEN, 1),
        ]
    )
    event = judged(profile, death(100))
    assert (event.reason, event.pack_id) == (ReviewReason.RATED_RED, PARTNER.id)


def test_one_event_opens_one_review() -> None:
    """Told again, or told as the outcome of what was told, it is the same event."""
    profile, first = set_against(Profile("H1"), death(5, "police"))
    assert first is not None
    assert set_against(profile, death(5, "police")) == (profile, None)
    outcome = death(6, "court", related_event_id="police")
    assert set_against(profile, outcome) == (profile, None)
    assert judged(profile, death(6, "another")).review_id != first.review_id


@given(reports(), st.integers(0, 600))
def test_setting_against_changes_no_rating(history: list[Report], day: int) -> None:
    """A serious event leaves levels, answers and clocks as they are; the review is the same at each replay."""
    profile = applied(history)
    known, event = set_against(profile, death(day))
    assert known == profile._replace(
        serious=(*profile.serious, "death"),
        revision=profile.revision + 1,
        jurisdiction_code=profile.jurisdiction_code or "532301001001003",
    )
    assert set_against(profile, death(day)) == (known, event)
    assert event is not None
    assert event.lowest <= event.level or event.level is Level.NONE
    assert set(event.decision_ids) <= {one.decision_id for one in decided(history)}


@settings(max_examples=60)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=80))
def test_trail_keeps_what_the_window_needs(gaps: list[int]) -> None:
    """In order, bounded, and never without a step at or before the start of the window when there was one."""
    profile, day = Profile("H1"), 0
    for number, gap in enumerate(gaps):
        day += gap
        profile = decide(profile, assessed(f"a{number}", HOUSEHOLD, GREEN, day)).profile
    trail = list(steps(profile.packs[0].trail))
    times = [step.at_ms for step in trail]
    assert times == sorted(times) and 0 < len(trail) <= ENTRIES_KEPT
    assert trail[-1].decision_id == profile.packs[0].decision_id
    start_ms = times[-1] - WINDOW_MS
    assert sum(at < start_ms for at in times) <= 1
    if len(gaps) <= ENTRIES_KEPT and DAY_0 + 60_000 + gaps[0] * DAY_MS <= start_ms:
        assert times[0] <= start_ms


def test_events_remembered_are_bounded() -> None:
    """A profile cannot grow without end."""
    profile = Profile("H1")
    for number in range(SERIOUS_KEPT + 3):
        profile, _ = set_against(profile, death(number, f"d{number}"))
    assert len(profile.serious) == SERIOUS_KEPT


def test_miss_rate_in_whole_numbers() -> None:
    """Each pack version has its events by rating and its homes by their last level."""
    one, two, nobody = PackVersion("p", "1"), PackVersion("p", "2"), PackVersion("", "")
    events = [
        Serious(one, ReviewReason.RATED_GREEN),
        Serious(one, ReviewReason.RATED_RED),
        Serious(one, ReviewReason.RATED_YELLOW),
        Serious(nobody, ReviewReason.NEVER_RATED),
    ]
    rated = [
        Rated(1, one, Level.GREEN),
        Rated(2, one, Level.GREEN),
        Rated(2, one, Level.RED),
        Rated(1, two, Level.YELLOW),
    ]
    found = misses(events, rated)
    assert (found[one].missed, found[one].serious) == (2, 3)
    assert (found[one].homes[Level.GREEN], found[one].homes[Level.RED]) == (1, 1)
    assert (found[two].serious, found[two].homes[Level.YELLOW]) == (0, 1)
    assert (found[nobody].missed, found[nobody].serious) == (1, 1)
