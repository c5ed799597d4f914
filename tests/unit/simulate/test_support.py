"""The simulated support plans: as many as the prefecture has, taken by intake, and folded to the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from services.cli.simulate.reports import Mix, reports
from services.cli.simulate.schedule import Schedule
from services.cli.simulate.sent import Sent
from services.cli.simulate.support import (
    DAYS_AHEAD,
    FULL_PLANS,
    support_reports,
    tell,
    truth_of_support,
)
from services.cli.simulate.world import World, build_world
from services.common.crypto import Keys
from services.common.divisions import Divisions
from services.common.settings import CommonSettings
from services.common.support_file import ends_ms, read_support
from services.escalation.adapters.support_reader import SupportReader
from services.escalation.domain.support import Fact, plan_states
from services.escalation.domain.support_totals import totals
from services.intake.adapters.codec import EventCodec, event_id_of
from services.intake.domain.facts import Report
from services.intake.domain.rulebook import Context, Rulebook
from services.intake.domain.validate import validate
from services.intake.main import support_table

POLICY = read_support(CommonSettings().support_file)
KEYS = Keys("5a" * 32)
DAYS = list(Mix().schedule.days())


@pytest.fixture(scope="module")
def large() -> World:
    """A world large enough for each kind of ending."""
    return build_world(7, 0.03)


def _reports(world: World, plans: int) -> Iterator[Sent]:
    story = tell(world, DAYS, plans)
    for number, day in enumerate(DAYS):
        yield from support_reports(story, day, number)


def _facts(world: World, sent: Iterator[Sent], reader: SupportReader) -> list[Fact]:
    """The reports through intake's own checks and codec, read back as escalation reads them."""
    divisions = Divisions({unit.code: unit.name for unit in world.divisions()})
    rules = Rulebook.of({}, divisions, support_table(POLICY))
    codec = EventCodec(KEYS, rules)
    facts: list[Fact] = []
    for one in sent:
        report = validate(one.report, Context(rules, one.at_ms))
        assert isinstance(report, Report), report
        source = one.source.value
        event_id = event_id_of(source, report.source_id)
        facts += reader.facts(codec.encode(report, event_id, source, one.at_ms).entry)
    return facts


def test_the_full_prefecture_has_its_published_number_of_plans() -> None:
    """20,623 at full scale, and in proportion below."""
    assert Mix().plans(build_world(1, 1.0)) == FULL_PLANS == 20_623
    assert Mix().plans(build_world(1, 0.01)) == 206


def test_due_totals_equal_the_truth_at_every_unit(large: World) -> None:
    """Active, due, overdue, offered to end, in need and ended: prefecture, counties, townships, villages."""
    plans = Mix().plans(large)
    reader = SupportReader({one.id: ends_ms(one) for one in POLICY.categories}, KEYS)
    facts = _facts(large, _reports(large, plans), reader)
    truth = truth_of_support(tell(large, DAYS, plans), DAYS)
    now_ms = truth["as_of_ms"]
    states = plan_states(facts, now_ms, POLICY.offer_to_end_after_declines)
    assert len(states) == truth["plans"] == plans == 619
    assert totals(states, now_ms, DAYS_AHEAD) == truth["jurisdictions"]
    whole = truth["jurisdictions"]["532300"]
    assert all(whole.values()), "each kind of ending occurs"
    assert reader.unopened == 0


def test_a_category_that_is_gone_ends_its_plans(large: World) -> None:
    """Taken out of the file, its plans are ended; with another key the plans' own ends hold, and that is counted."""
    sent = list(_reports(large, 60))
    first = POLICY.categories[0].id
    kept = {one.id: ends_ms(one) for one in POLICY.categories[1:]}
    of_first = {
        report["support_plan"]["plan"]  # type: ignore[index]
        for report in (one.report for one in sent)
        if report["type"] == "support_plan" and report["support_plan"].get("category") == first  # type: ignore[attr-defined]
    }
    now_ms = DAYS[60].starts_ms
    reader = SupportReader(kept, KEYS)
    states = plan_states(_facts(large, iter(sent), reader), now_ms, 3)
    assert of_first
    assert {one.plan_id for one in states if one.active}.isdisjoint(of_first)
    stranger = SupportReader(kept, Keys("5b" * 32))
    states = plan_states(_facts(large, iter(sent), stranger), now_ms, 3)
    assert {one.plan_id for one in states if one.active} & of_first
    assert stranger.unopened == sum(
        one.report["type"] == "support_plan" and "revoked" not in str(one.report) for one in sent
    )


def test_visits_come_from_the_grid_and_the_office(large: World) -> None:
    """Plans from civil affairs; visits mostly by grid workers; all four results; ids that never repeat."""
    sent = list(_reports(large, 300))
    by_source = Counter((one.source.value, one.report["type"]) for one in sent)
    assert set(by_source) == {
        ("civil_affairs", "support_plan"),
        ("civil_affairs", "support_visit"),
        ("grid_app", "support_visit"),
    }
    results = Counter(_result(one.report) for one in sent)
    assert set(results) - {""} == {"done", "not_home", "declined", "needs_help"}
    assert len({one.report["source_id"] for one in sent}) == len(sent)


def test_plans_leave_the_other_reports_as_they_were(world: World, packs: Any) -> None:
    """With and without support plans, all else is sent alike."""
    schedule = Schedule(Mix().schedule.first_day, 3)
    without = list(reports(world, packs, Mix(schedule=schedule, support=0.0)))
    mixed = reports(world, packs, Mix(schedule=schedule))
    others = [one for one in mixed if not str(one.report["type"]).startswith("support")]
    assert others == without


def test_a_short_schedule_has_its_truth_too(large: World) -> None:
    """Demos last days, not months: the totals still add up to all plans."""
    days = list(Schedule(Mix().schedule.first_day, 2).days())
    truth = truth_of_support(tell(large, days, 100), days)
    whole = truth["jurisdictions"]["532300"]
    assert whole["active"] + whole["ended"] == 100


def _result(report: dict[str, object]) -> str:
    body: Any = report.get("support_visit", {})
    return str(body.get("result", ""))
