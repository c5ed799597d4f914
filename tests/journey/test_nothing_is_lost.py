"""Kills, takeovers, a lost Redis, any order: nothing accepted is lost, no duty and no message is doubled."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from redis import Redis

from sanse.escalation.v1 import cases_pb2
from services.cli.reconcile import Records
from services.cli.serials import SerialReport, check_serials
from services.cli.topic_reader import read_topic
from services.common.clock import to_local
from services.common.topics import Topic
from tests.journey.prefecture import GRID, START, Prefecture

REPORTS = 240
AT_ONCE = 4
STREAM_SERVICES = ("risk_scoring", "escalation", "notifier")


def _incident(number: int) -> dict[str, Any]:
    """A death threat in a household of its own: a red case, one handed to the police, and a message for each."""
    return {
        "source_id": f"K-{number:05d}",
        "type": "incident",
        "occurred_at": to_local(int(START.timestamp() * 1000)).isoformat(timespec="seconds"),
        "jurisdiction_code": GRID,
        "household_no": f"5323019{number:07d}",
        "incident": {
            "category": "household_dispute",
            "pack": "household_dispute",
            "facts": {"threat_to_kill": "yes"},
        },
    }


def _send_all(
    prefecture: Prefecture,
    reports: Sequence[Mapping[str, Any]],
    between: Callable[[int], None] = lambda _: None,
) -> None:
    """Send in small batches as a careful sender does: what was not answered is sent again."""
    for start in range(0, len(reports), AT_ONCE):
        batch = list(reports[start : start + AT_ONCE])
        deadline = time.monotonic() + 60
        while True:
            try:
                prefecture.send(batch)
                break
            except (httpx.HTTPError, KeyError):
                assert time.monotonic() < deadline, "intake did not come back"
                time.sleep(0.2)
        between(start + len(batch))


def _all_told(found: Records) -> bool:
    return len(found.notices) >= 2 * REPORTS and found.notices.keys() <= found.finals.keys()


def _whole(prefecture: Prefecture, kills_of_notifier: int = 0) -> None:
    """Every report is on its phone; nothing is doubled beyond one message more per kill."""
    records = prefecture.until(_all_told, "every message ends", within_s=120)
    even = prefecture.balance()
    assert (even.lost, even.forks, even.double_cases) == (0, 0, set()), even
    assert len(records.decisions) == len(records.triages) == len(records.risk_cases) == REPORTS
    assert len(records.newest_cases) == len(records.notices) == 2 * REPORTS
    assert all(n <= 1 + kills_of_notifier for n in even.double_phone_messages.values()), even
    for entries in records.cases.values():
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))


def test_each_service_killed_under_load(prefecture: Prefecture) -> None:
    """SIGKILL of each service at a random moment of the load, restarted: all that was accepted arrives."""
    chance = random.Random(11)
    moments = dict(
        zip(sorted(chance.sample(range(4, 56), 4)), (*STREAM_SERVICES, "intake"), strict=True)
    )

    def between(sent: int) -> None:
        service = moments.get(sent // AT_ONCE)
        if service:
            prefecture.stack.processes[f"{service}-1"].kill()
            prefecture.stack.start(service)

    _send_all(prefecture, [_incident(n) for n in range(REPORTS)], between)
    _whole(prefecture, kills_of_notifier=1)


def test_redis_flushed_under_load(prefecture: Prefecture) -> None:
    """All of Redis emptied twice under load: state is rebuilt from Kafka, totals are the same."""
    redis = Redis.from_url(prefecture.stack.parts.redis)

    def between(sent: int) -> None:
        if sent in (80, 160):
            redis.flushall()

    reports = [_incident(n) for n in range(REPORTS)]
    _send_all(prefecture, reports, between)
    _whole(prefecture)
    # What was dropped as a duplicate before the flush would now be taken again by intake:
    # the later services must still drop it.
    _send_all(prefecture, reports[:40])
    found = prefecture.until(lambda found: len(found.events) == REPORTS, "ids stay the same")
    assert len(found.newest_cases) == 2 * REPORTS
    _whole(prefecture)
    # All are late at once: while their notices are numbered the worker dies and Redis is emptied again.
    prefecture.forward(hours=3)
    _numbers(prefecture, lambda report: report.waiting > 0 or _allotted(report) > 0)
    prefecture.stack.processes["escalation-1"].kill()
    redis.flushall()
    prefecture.stack.start("escalation")
    done = _numbers(
        prefecture, lambda report: report.waiting == 0 and _allotted(report) == 2 * REPORTS
    )
    assert done.findings == () and sum(one.void for one in done.registers) == 0


def _allotted(report: SerialReport) -> int:
    return sum(one.allotted for one in report.registers)


def _numbers(prefecture: Prefecture, holds: Callable[[SerialReport], bool]) -> SerialReport:
    """What sanse serials check says, once something holds."""
    deadline = time.monotonic() + 90
    while True:
        records = read_topic(prefecture.stack.settings(), Topic.CASES)
        report = check_serials(cases_pb2.CaseEventBatch.FromString(r.value) for r in records)
        if holds(report):
            return report
        assert time.monotonic() < deadline, f"{_allotted(report)} numbers, {report.waiting} wait"
        time.sleep(0.2)


def test_a_second_worker_takes_over(prefecture: Prefecture) -> None:
    """Two workers per service; the first of each is killed for good: the second finishes its lanes."""
    for service in STREAM_SERVICES:
        prefecture.stack.start(service, "2")
    for service in STREAM_SERVICES:
        prefecture.stack.wait_ready(service, "2")

    def between(sent: int) -> None:
        if sent == 120:
            for service in STREAM_SERVICES:
                prefecture.stack.processes[f"{service}-1"].kill()

    _send_all(prefecture, [_incident(n) for n in range(REPORTS)], between)
    _whole(prefecture, kills_of_notifier=1)


def test_any_order_across_households_gives_the_same_duties(settle) -> None:  # type: ignore[no-untyped-def]
    """The same reports interleaved otherwise, with duplicates: same decisions, same cases, same notices."""
    reports = [_assessment(house, turn) for turn in range(3) for house in range(20)]
    chance = random.Random(5)
    mixed = sorted(reports * 2, key=lambda r: (chance.random(), r["source_id"]))
    # Within one household the order of sending is kept: that order is the truth.
    places: dict[str, list[dict[str, Any]]] = {}
    for report in reports:
        places.setdefault(report["household_no"], []).append(report)
    interleaved = [_next_of(places, report) for report in mixed]
    first = settle()
    _send_all(first, reports)
    expected = _outcome(first)
    first.stack.stop()
    second = settle()
    _send_all(second, interleaved)
    assert _outcome(second) == expected


def _assessment(house: int, turn: int) -> dict[str, Any]:
    answers = [
        {"physical_fight": "no", "debt_dispute": "no"},
        {"physical_fight": "yes", "member_in_fear": "yes"},
        {"threat_to_kill": "yes" if house % 2 else "no", "physical_fight": "no"},
    ][turn]
    report = _incident(house) | {"type": "assessment", "source_id": f"O-{house:03d}-{turn}"}
    del report["incident"]
    report["assessment"] = {
        "round": f"2026-{turn + 1}",
        "pack": "household_dispute",
        "status": "assessed",
        "assessor_level": "green",
        "assessor": "GW-1",
        "answers": answers,
    }
    return report


def _next_of(places: dict[str, list[dict[str, Any]]], report: dict[str, Any]) -> dict[str, Any]:
    """The next unsent report of that household, or its last again: a duplicate."""
    waiting = places[report["household_no"]]
    return waiting.pop(0) if len(waiting) > 1 else waiting[0]


def _outcome(prefecture: Prefecture) -> tuple[object, ...]:
    found = prefecture.until(
        lambda records: (
            len(records.decisions) == 60
            and records.notices.keys() <= records.finals.keys()
            and len(records.newest_cases) == 20
        ),
        "all is decided and told",
        within_s=60,
    )
    decisions = {
        d.decision_id: (d.level, d.computed_level, d.reason, d.points)
        for d in found.decisions.values()
    }
    cases = {(c.case_id, c.level, c.tier, c.owner_id, c.ledger_length) for c in found.newest_cases}
    return decisions, cases, set(found.notices)
