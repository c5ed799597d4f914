"""The main story, on real parts: a report becomes a duty, a duty becomes an act, or climbs until it does."""

from __future__ import annotations

import httpx

from sanse.escalation.v1 import cases_pb2
from services.cli.reconcile import supervision_by_colour
from services.common.terms import Level, Tier
from tests.journey.prefecture import PHONES, Prefecture, as_lines

RED = {"threat_to_kill": "yes"}


def test_a_red_warning_is_told_acknowledged_visited_and_resolved(prefecture: Prefecture) -> None:
    """One report, one message: a tap, a visit, what the law demands, a resolution; and nobody is told twice."""
    told = prefecture.assessment("53230100000001", **RED)
    assert told["status"] == "accepted", as_lines(told)
    message = prefecture.phone("county").expects(contains="红色预警", within_seconds=20)
    case = prefecture.case()
    assert (case.level, case.tier) == (Level.RED, Tier.COUNTY)
    assert case.case_no in message.text

    assert prefecture.tap(message.links[0]).status_code == 200
    prefecture.until(_status(cases_pb2.CASE_STATUS_ACKNOWLEDGED), "the case is acknowledged")
    prefecture.forward(hours=3)
    prefecture.tap(message.links[0], "visit")
    prefecture.until(_status(cases_pb2.CASE_STATUS_IN_PROGRESS), "the visit is recorded")
    page = httpx.get(message.links[0], timeout=10, trust_env=False).text
    assert "人身安全保护令" in page and "第二十三条" in page
    refused = prefecture.tap(message.links[0], "fulfil", duty="no_such_duty")
    assert refused.status_code == 400
    prefecture.tap(message.links[0], "fulfil", duty="protection_order_advice")
    prefecture.until(
        lambda found: all(duty.fulfilled_at_ms for duty in found.newest_cases[0].legal_duties),
        "the legal duty is fulfilled",
    )
    prefecture.tap(message.links[0], "resolve", how="mediated")
    prefecture.until(_status(cases_pb2.CASE_STATUS_RESOLVED), "the case is resolved")
    prefecture.forward(days=60)
    prefecture.until(lambda found: not prefecture.balance().lost, "all messages end")

    prefecture.simulators.fails_on_unexpected()
    assert prefecture.balance().duplicates == 0


def test_an_unanswered_duty_climbs_white_yellow_red_to_the_prefecture(
    prefecture: Prefecture,
) -> None:
    """A deadline nobody answers: white, then yellow and a tier up, then red and a tier up; none skipped."""
    prefecture.assessment("53230100000002", physical_fight="yes", member_in_fear="yes")
    prefecture.phone("township").expects(contains="黄色预警", within_seconds=20)
    prefecture.forward(hours=25)
    prefecture.phone("township").expects(contains="白色督办", within_seconds=20)
    prefecture.forward(hours=25)
    prefecture.phone("township").expects(contains="黄色督办", within_seconds=20)
    county = prefecture.phone("county").expects(within_seconds=20)
    assert prefecture.case().tier == Tier.COUNTY
    prefecture.forward(hours=25)
    prefecture.phone("county").expects(contains="红色督办", within_seconds=20)
    prefecture.phone("prefecture").expects(within_seconds=20)
    assert prefecture.case().tier == Tier.PREFECTURE

    records = prefecture.records()
    assert supervision_by_colour(records) == {"white": 1, "yellow": 1, "red": 1}
    serials = [n.serial_no for n in prefecture.case().notices]
    assert len(serials) == len(set(serials)) == 3
    assert prefecture.case().case_no in county.text


def test_an_acknowledgement_stops_the_ladder(prefecture: Prefecture) -> None:
    """Acknowledged by SMS reply: the acknowledge deadline passes and no notice is issued."""
    prefecture.assessment("53230100000003", **RED)
    prefecture.phone("county").expects(contains="红色预警", within_seconds=20)
    assert prefecture.simulators.reply("aliyun-sms", PHONES["county"], "1")
    prefecture.until(_status(cases_pb2.CASE_STATUS_ACKNOWLEDGED), "the case is acknowledged")
    prefecture.forward(hours=5)
    # The legal duty is due after 24 hours: its white notice proves that the clock went on.
    prefecture.forward(hours=20)
    prefecture.phone("county").expects(contains="白色督办", within_seconds=20)
    (case,) = prefecture.records().newest_cases
    assert [n.colour for n in case.notices] == [cases_pb2.NOTICE_COLOUR_WHITE]
    assert case.next_act == cases_pb2.NEXT_ACT_LEGAL_DUTY


def test_an_incident_raises_the_level_and_only_raises_it(prefecture: Prefecture) -> None:
    """Yellow, then an incident: red and a new owner. A milder assessment later is recorded and lowers nothing."""
    household = "53230100000004"
    prefecture.assessment(household, physical_fight="yes", member_in_fear="yes")
    prefecture.phone("township").expects(contains="黄色预警", within_seconds=20)
    prefecture.report(
        type="incident",
        household_no=household,
        incident={
            "category": "household_dispute",
            "pack": "household_dispute",
            "facts": {"weapon_involved": "yes"},
            "narrative": "持刀",
        },
    )
    prefecture.phone("county").expects(contains="红色", within_seconds=20)
    assert prefecture.case().level == Level.RED
    prefecture.assessment(household, physical_fight="no", member_in_fear="no", weapon_involved="no")
    prefecture.until(lambda found: len(found.decisions) == 3, "the third decision")
    prefecture.until(lambda found: found.risk_cases[0].level == Level.RED, "still red")
    latest = max(
        prefecture.records().decisions.values(),
        key=lambda d: d.accepted_at_ms + (d.computed_level != d.level),
    )
    assert latest.level == Level.RED
    assert any(d.computed_level < d.level for d in prefecture.records().decisions.values())


def test_a_hidden_hazard_is_handed_over_and_rectified(prefecture: Prefecture) -> None:
    """No pack rates it, and yet somebody must act: told, accepted and finished without a visit; no level anywhere."""
    told = prefecture.report(
        type="incident",
        incident={"category": "hidden_hazard", "reporter_role": "grid_worker"},
    )
    assert told["status"] == "accepted", as_lines(told)
    message = prefecture.phone("county").expects(within_seconds=20)
    records = prefecture.until(lambda found: bool(found.newest_cases), "a case opens")
    (case,), (triage,) = records.newest_cases, records.triages.values()
    assert not records.decisions and case.level == Level.NONE
    # The county's emergency department is not on this roster: the centre stands in, and the case says why.
    assert (case.pack_id, case.owner_reason) == ("triage/emergency", "department_gap_to_centre")
    assert (case.next_due_ms, case.resolve_due_ms) == (triage.accept_due_ms, triage.finish_due_ms)
    prefecture.tap(message.links[0])
    prefecture.until(_status(cases_pb2.CASE_STATUS_ACKNOWLEDGED), "the case is acknowledged")
    prefecture.tap(message.links[0], "resolve", how="other")
    prefecture.until(_status(cases_pb2.CASE_STATUS_RESOLVED), "the hazard is rectified")
    prefecture.forward(days=60)
    prefecture.until(lambda found: not prefecture.balance().lost, "all messages end")
    prefecture.simulators.fails_on_unexpected()
    assert prefecture.balance().duplicates == 0


def test_a_grievance_raises_nothing(prefecture: Prefecture) -> None:
    """Who speaks up puts a deadline on the village and gets no level: one duty of its own, beside any warning."""
    told = prefecture.report(
        type="grievance",
        household_no="53230100000005",
        grievance={"category": "land", "channel": "village_day", "narrative": "田界不清"},
    )
    assert told["status"] == "accepted"
    prefecture.assessment("53230100000006", **RED)
    prefecture.phone("county").expects(contains="红色预警", within_seconds=20)
    message = prefecture.phone("village").expects(contains="村级说事", within_seconds=20)
    assert "预警提醒" not in message.text
    records = prefecture.records()
    assert len(records.events) == 2
    assert len(records.decisions) == len(records.risk_cases) == 1
    (owed,) = [case for case in records.newest_cases if case not in records.risk_cases]
    assert (owed.obligation, owed.level, owed.decision_id) == (
        "grievance_village_day",
        Level.NONE,
        told["event_id"],
    )
    assert prefecture.balance().lost == 0


def test_a_gap_in_the_roster_goes_to_the_next_tier_and_says_so(settle) -> None:  # type: ignore[no-untyped-def]
    """Nobody at the township: the county is told, the case says why, and the roster's owner hears of the gap."""
    prefecture = settle(gap="township")
    prefecture.assessment("53230100000007", physical_fight="yes", member_in_fear="yes")
    prefecture.phone("county").expects(contains="黄色预警", within_seconds=20)
    case = prefecture.case()
    assert case.owner_id == "county-official"
    assert case.owner_reason == "roster_gap_next_tier"
    prefecture.phone("county").expects(within_seconds=20)


def _status(status: int):  # type: ignore[no-untyped-def]
    return lambda found: bool(found.newest_cases) and found.newest_cases[0].status == status
