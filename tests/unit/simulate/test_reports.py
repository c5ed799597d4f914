"""The reports tell a believable story, in order, in the exact form, with the shares asked for."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest

from services.cli.simulate.households import homes_of, indicators_for
from services.cli.simulate.packs import PackShape, load_shapes
from services.cli.simulate.reports import Mix, expected_reports, reports
from services.cli.simulate.rounds import COVERAGE
from services.cli.simulate.schedule import Schedule
from services.cli.simulate.seeded import stream
from services.cli.simulate.sent import Fate, Fault, Sent, source_of
from services.cli.simulate.world import World, build_world
from services.common.clock import to_ms
from services.common.terms import Level

Packs = Mapping[str, PackShape]
FIELDS = {"source_id", "type", "occurred_at", "jurisdiction_code", "household_no"}
ASSESSMENT = {"round", "pack", "status", "assessor_level", "assessor", "answers", "remarks"}
INCIDENT = {"category", "pack", "facts", "narrative", "reporter_role"}


@pytest.fixture(scope="module")
def story(world: World, packs: Packs) -> list[Sent]:
    """All reports of the small world."""
    return list(reports(world, packs, Mix()))


def test_reports_come_in_the_order_of_sending(story: list[Sent]) -> None:
    """Time never goes back, and a good report is sent when it says it happened."""
    times = [sent.at_ms for sent in story]
    assert times == sorted(times)
    assert [s.day.round_number for s in story] == sorted(s.day.round_number for s in story)
    for sent in filter(_good, story):
        assert to_ms(datetime.fromisoformat(str(sent.report["occurred_at"]))) == sent.at_ms


def test_every_household_is_reported_once_a_round(story: list[Sent], world: World) -> None:
    """Assessed, refused, away or moved: nobody is left out and nobody counted twice."""
    seen = Counter(
        (sent.day.round_number, sent.report["household_no"])
        for sent in story
        if _good(sent) and sent.report["type"] == "assessment"
    )
    assert len(seen) == 4 * world.households
    assert set(seen.values()) == {1}


def test_coverage_is_the_published_mean() -> None:
    """The four rounds' rates average 95.22 %."""
    assert sum(COVERAGE) / 4 == pytest.approx(0.9522)


def test_coverage_is_exact_in_each_round(story: list[Sent], world: World) -> None:
    """The number assessed is the rate times the households, to the nearest household."""
    for number, rate in enumerate(COVERAGE, 1):
        assessed = sum(_status(sent) == "assessed" for sent in _of_round(story, number))
        assert abs(assessed - rate * world.households) <= 1


def test_reports_have_the_agreed_fields_only(story: list[Sent]) -> None:
    """A report that is not broken on purpose has no field the receiver does not know."""
    for sent in filter(_good, story):
        kind = str(sent.report["type"])
        body: Any = sent.report[kind]
        assert set(sent.report) - {kind} <= FIELDS
        if kind == "assessment":
            assert set(body) <= ASSESSMENT
        if kind == "incident":
            assert INCIDENT - {"pack"} <= set(body) <= INCIDENT


def test_an_assessed_household_answers_every_question(story: list[Sent], packs: Packs) -> None:
    """Three-valued answers to all indicators of the pack, and the level they lead to."""
    for sent in filter(_good, story):
        body: Any = sent.report.get("assessment")
        if body and body["status"] == "assessed":
            pack = packs[body["pack"]]
            assert tuple(body["answers"]) == pack.indicators
            assert set(body["answers"].values()) <= {"yes", "no", "unknown"}
            yes = tuple(name for name, answer in body["answers"].items() if answer == "yes")
            assert pack.level(yes) is sent.level


def test_a_missed_household_has_no_answers(story: list[Sent]) -> None:
    """Who refused, was away or moved was asked nothing."""
    missed = [sent for sent in story if _status(sent) in {"refused", "away", "moved"}]
    assert missed
    assert all("answers" not in str(sent.report) for sent in missed)


def test_ids_are_unique_but_for_repeated_reports(story: list[Sent]) -> None:
    """A duplicate has the id and the very content of an earlier report."""
    first: dict[object, dict[str, object]] = {}
    for sent in story:
        source_id = sent.report["source_id"]
        assert (sent.fate is Fate.DUPLICATE) == (source_id in first)
        assert first.setdefault(source_id, sent.report) == sent.report


def test_each_fault_is_of_its_kind(world: World, packs: Packs) -> None:
    """Broken reports are broken in exactly the way they are counted under."""
    known = {unit.code for unit in world.divisions()}
    faults = Counter[Fault]()
    for sent in reports(world, packs, Mix(broken=0.05)):
        assert _fault_in(sent, packs, known) is sent.fault
        faults[sent.fault] += 1
    assert set(faults) == set(Fault)


def test_grievances_come_on_their_days(world: World, packs: Packs) -> None:
    """The 1st in villages and the 10th in townships bring more than any day of the letter box."""
    mix = Mix(grievances=0.3)
    heard = [s for s in reports(world, packs, mix) if s.report["type"] == "grievance"]
    by_day = Counter(int(str(sent.report["occurred_at"])[8:10]) for sent in heard)
    assert [day for day, _ in by_day.most_common(2)] == [1, 10]
    for sent in heard:
        body: Any = sent.report["grievance"]
        digits = 9 if body["channel"] == "township_day" else 12
        assert len(str(sent.report["jurisdiction_code"])) == digits
        assert "household_no" not in sent.report


def test_the_prefix_of_an_id_tells_its_source(story: list[Sent]) -> None:
    """A driver finds the API key of each report in the files."""
    assert all(source_of(str(sent.report["source_id"])) is sent.source for sent in story)
    with pytest.raises(ValueError, match="begins with none of"):
        source_of("nobody-1")


def test_the_progress_total_is_close(story: list[Sent], world: World) -> None:
    """The expected number of reports is within one per cent of the real one."""
    assert expected_reports(world, Mix()) == pytest.approx(len(story), rel=0.01)


def test_shares_outside_the_range_are_refused() -> None:
    """A typing error in a share is named."""
    with pytest.raises(ValueError, match="share broken is 2"):
        Mix(broken=2)


def test_other_seeds_give_other_stories(world: World, packs: Packs, story: list[Sent]) -> None:
    """The seed decides everything that chance decides."""
    other = next(iter(reports(build_world(world.seed + 1, world.scale), packs, Mix())))
    assert other.report != story[0].report


def test_a_schedule_begins_where_it_is_told() -> None:
    """Time is an argument: 4 rounds of the given days, one after the other."""
    days = list(Schedule(date(2027, 1, 30), 3).days())
    assert len(days) == 12
    assert (days[0].text, days[-1].text) == ("2027-01-30", "2027-02-10")
    assert days[-1].round_id == "2027-4"
    assert days[0].stamp(86_399) == "2027-01-30T23:59:59+08:00"


def test_risk_has_the_stated_shares(packs: Packs) -> None:
    """Of households in an average round 6 to 8 % have an indicator, about 1.5 % yellow, about 0.3 % red."""
    world = build_world(5, 0.03)
    found = Counter[Level]()
    for grid in world.grids:
        for home in homes_of(world.seed, grid, packs).at_risk.values():
            found[home.level] += sum(home.in_round(number) for number in range(1, 5))
    shares = {level: count / 4 / world.households for level, count in found.items()}
    assert 0.06 <= sum(shares.values()) <= 0.08
    assert 0.012 <= shares[Level.YELLOW] <= 0.018
    assert 0.0018 <= shares[Level.RED] <= 0.0042


@pytest.mark.parametrize("level", [Level.GREEN, Level.YELLOW, Level.RED])
def test_indicators_lead_to_the_level_wanted(packs: Packs, level: Level) -> None:
    """Whatever pack and dice, the chosen indicators give exactly the level asked for."""
    for pack in packs.values():
        for number in range(300):
            yes = indicators_for(stream(number, "x"), pack, level)
            assert yes
            assert len(set(yes)) == len(yes)
            assert pack.level(yes) is level


def test_missing_packs_are_named(tmp_path: Any) -> None:
    """A folder without the two packs is refused by name."""
    (tmp_path / "other.yaml").write_text("{id: other, version: 1, indicators: []}")
    with pytest.raises(ValueError, match="household_dispute, partner_violence"):
        load_shapes(tmp_path)


def _good(sent: Sent) -> bool:
    return sent.fate is Fate.ACCEPTED


def _of_round(story: list[Sent], number: int) -> list[Sent]:
    return [sent for sent in story if sent.day.round_number == number]


def _status(sent: Sent) -> str:
    body: Any = sent.report.get("assessment")
    return body["status"] if body and _good(sent) else ""


def _fault_in(sent: Sent, packs: Packs, known: set[str]) -> Fault:
    """An independent look at what is wrong with a report."""
    report: Any = sent.report
    body = report.get("assessment", {})
    if "jurisdiction_code" not in report:
        return Fault.MISSING_FIELD
    if report["jurisdiction_code"] not in known:
        return Fault.UNKNOWN_JURISDICTION
    if not report["occurred_at"].startswith("2026"):
        return Fault.FUTURE_DATE
    if not set(body) <= ASSESSMENT:
        return Fault.UNKNOWN_FIELD
    if body.get("status", "assessed") not in {"assessed", "refused", "away", "moved"}:
        return Fault.WRONG_CODE
    if not set(body.get("answers", ())) <= set(
        packs[body.get("pack", "household_dispute")].indicators
    ):
        return Fault.UNKNOWN_INDICATOR
    return Fault.NONE
