"""The laws of triage: one route for each incident, in time to act, whatever the order and however often it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Tier
from services.risk_scoring.domain.decide import Applied, decide
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import IncidentFacts, Report, ReportKind
from services.risk_scoring.domain.triage import (
    Happened,
    TriageReason,
    deciding,
    holds,
    triage,
    triage_id,
)
from services.risk_scoring.domain.triage_cases import mildest, shadow_of
from services.risk_scoring.domain.triage_rules import Route, RuleSet, TriageRules, When
from services.risk_scoring.service.triage_step import triaged
from tests.unit.risk_scoring.makers import DAY_0, HOUSEHOLD, TRIAGE, row

RULES = TRIAGE.at(DAY_0)
HOUR_MS = 3_600_000
_CATEGORIES = sorted({name for rule in RULES.rules for name in rule.when.categories})
_ROLES = sorted({name for rule in RULES.rules for name in rule.when.roles})
_FACTS = sorted({name for rule in RULES.rules for name in rule.when.facts_any})

happenings = st.builds(
    Happened,
    st.sampled_from([*_CATEGORIES, "other", "of_next_year", ""]),
    st.sampled_from([*_ROLES, "police", ""]),
    st.frozensets(st.sampled_from([*_FACTS, "debt_dispute"]), max_size=3),
    st.integers(0, 3),
    st.integers(0, 5),
)
whens = st.builds(
    When,
    st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from(["r", "s"]), max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from(["x", "y"]), max_size=2, unique=True).map(tuple),
    st.integers(0, 2),
    st.integers(0, 2),
)


def _rules_of(*conditions: When) -> RuleSet:
    """A rule set with these conditions before the shipped last rule."""
    last = RULES.rules[-1]
    made = [replace(last, id=f"r{at}", when=when) for at, when in enumerate(conditions)]
    return replace(RULES, rules=(*made, last))


def _incident(number: int, category: str, subject: str, *yes: str, rated: bool = False) -> Report:
    at_ms = DAY_0 + number * HOUR_MS
    pack, answers = (HOUSEHOLD, row(HOUSEHOLD)) if rated else (None, b"")
    facts = IncidentFacts(category, "grid_worker", yes)
    place, kind = "532301001001003", ReportKind.INCIDENT
    return Report(
        f"e{number}", subject, place, at_ms, at_ms, "t", kind, pack, answers, incident=facts
    )


@given(happenings, st.integers(0, 2**42))
def test_exactly_one_route(happened: Happened, now_ms: int) -> None:
    """Whatever happened, one rule decides: the first that holds; someone must act, and the time to act lies ahead."""
    decided = triage(happened, RULES, now_ms)
    first = next(rule for rule in RULES.rules if holds(rule.when, happened))
    assert decided.rule_id == first.id == deciding(happened, RULES).id
    assert decided.route is first.then.route and decided.tier is not Tier.NONE
    leads = [task for task in decided.departments if task.lead]
    assert len(leads) == (decided.route is Route.DISPATCH)
    assert now_ms < decided.accept_due_ms <= decided.finish_due_ms
    assert decided.rule_set == f"{RULES.id}@{RULES.version}"
    assert set(decided.facts) <= happened.yes


@given(happenings, st.sampled_from(_FACTS), st.integers(1, 5))
def test_more_known_never_decides_later(happened: Happened, fact: str, more: int) -> None:
    """A further fact or a further incident never makes a later rule decide: unknown is never taken as no."""
    places = {rule.id: at for at, rule in enumerate(RULES.rules)}
    worse = happened._replace(
        yes=happened.yes | {fact}, incidents_90d=happened.incidents_90d + more
    )
    assert places[deciding(worse, RULES).id] <= places[deciding(happened, RULES).id]


def test_what_no_rule_names_goes_up() -> None:
    """An incident of a kind nobody has heard of is reported up by the last rule, and says so."""
    decided = triage(Happened("of_next_year"), RULES, DAY_0)
    assert (decided.route, decided.reason) == (Route.REPORT_UP, TriageReason.CATCH_ALL)
    assert decided.tier is Tier.TOWNSHIP


@given(st.lists(whens, min_size=1, max_size=4))
def test_reachable_is_exact(conditions: list[When]) -> None:
    """The linter's few mildest incidents find a rule unreachable exactly when no incident at all reaches it."""
    rules = _rules_of(*conditions)
    some = [frozenset(s) for s in ((), "x", "y", "xy")]
    everything = [
        Happened(category, role, yes, in_30, in_90)
        for category in ("a", "b", "c")
        for role in ("r", "s", "t")
        for yes in some
        for in_30 in range(4)
        for in_90 in range(in_30, 4)
    ]
    reached = {deciding(one, rules).id for one in everything}
    for at, rule in enumerate(rules.rules):
        shadow = shadow_of(rules, at, ("a", "b", "c"), ("r", "s", "t"))
        assert (shadow == "") == (rule.id in reached)


@given(whens)
def test_mildest_incidents_meet_their_rule(when: When) -> None:
    """Each incident made to barely meet a rule meets it."""
    made = list(mildest(when, ("a",), ("r",)))
    assert made and all(holds(when, one) for one in made)


@given(st.permutations(range(12)), st.lists(st.integers(0, 11), max_size=6))
def test_order_and_duplicates_change_nothing(order: list[int], again: list[int]) -> None:
    """Over subjects in any order, with duplicates: the same decisions, once each."""
    kinds = ("fraud", "hidden_hazard", "lost_property", "of_next_year")
    reports = [
        _incident(number, kinds[number % 4], f"S{number % 3}") for number in range(len(order))
    ]

    def run(sent: list[Report]) -> dict[str, tuple[str, int]]:
        profiles: dict[str, Profile] = {}
        made: dict[str, tuple[str, int]] = {}
        for one in sent:
            before = profiles.get(one.subject_id, Profile(one.subject_id))
            profiles[one.subject_id], _, applied = decide(before, one)
            if applied is not Applied.DUPLICATE:
                decided = triaged(one, profiles[one.subject_id], TRIAGE).triage
                assert one.event_id not in made
                made[one.event_id] = (decided.rule_id, decided.accept_due_ms)
        return made

    assert run([reports[at] for at in (*order, *again)]) == run(reports)


def test_an_unrated_incident_weighs_nothing() -> None:
    """An incident no pack rates leaves level, answers and the count of incidents as they were."""
    rated = decide(Profile("S"), _incident(1, "household_dispute", "S", rated=True)).profile
    after = reduce(
        lambda profile, one: decide(profile, one).profile,
        [_incident(number, "lost_property", "S") for number in range(2, 9)],
        rated,
    )
    assert after.packs == rated.packs
    assert after.incident_times_ms == rated.incident_times_ms


def test_the_third_quarrel_goes_up() -> None:
    """The third rated incident of a household within 90 days goes to the township, the first two stay."""
    profile, routes = Profile("S"), []
    for number in (1, 500, 1500):
        one = _incident(number, "household_dispute", "S", rated=True)
        profile = decide(profile, one).profile
        routes.append(triaged(one, profile, TRIAGE).triage.route)
    assert routes == [Route.KEEP, Route.KEEP, Route.REPORT_UP]


def test_rules_of_the_day() -> None:
    """An incident is judged by the version in force when it was accepted; before the first, by the first."""
    day_ms = 24 * HOUR_MS
    later = replace(RULES, version="later", effective=replace(RULES.effective, begins=_after(40)))
    both = TriageRules([RULES, later])
    assert both.at(later.begins_ms - 1) is RULES
    assert both.at(later.begins_ms) is later
    assert both.at(RULES.begins_ms - day_ms) is RULES
    assert triage_id("e1", RULES.key) != triage_id("e1", later.key)


def _after(days: int) -> date:

    return RULES.effective.begins + timedelta(days=days)
