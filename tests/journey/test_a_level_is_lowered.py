"""Red, visited, assessed afresh, lowered by two persons after its time: both services agree; a death is reviewed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import case_service_pb2 as case_api
from sanse.escalation.v1 import case_service_pb2_grpc as case_rpc
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.risk.v1 import risk_pb2
from sanse.risk.v1 import risk_service_pb2 as risk_api
from sanse.risk.v1 import risk_service_pb2_grpc as risk_rpc
from services.cli import context
from services.cli.main import app
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.terms import Level
from services.common.topics import Topic
from services.escalation.domain.ledger import chain_hash
from services.risk_scoring.adapters.pack_loader import load_packs
from tests.journey.prefecture import COUNTY, GRID, VILLAGE, Prefecture

INDICATORS = load_packs(CommonSettings().packs_dir)["household_dispute"].tables.index
ALL_NO = dict.fromkeys(INDICATORS, "no")
HOUSEHOLD = "53230100000021"
OWNER, ABOVE = "county-official", "prefecture-official"
DAY_MS = 86_400_000


@pytest.fixture
def cases(prefecture: Prefecture) -> Iterator[case_rpc.CaseServiceStub]:
    """A client of the case service."""
    with grpc.insecure_channel(prefecture.stack.address("escalation")) as channel:
        yield case_rpc.CaseServiceStub(channel)


@pytest.fixture
def sanse(prefecture: Prefecture, monkeypatch: pytest.MonkeyPatch, folder: Path) -> CliRunner:
    """The command, pointed at this prefecture."""
    monkeypatch.setattr(context, "RUN_FILE", folder / "none.json")
    settings = prefecture.stack.settings()
    for name, value in {
        "SANSE_KAFKA": settings.kafka,
        "SANSE_PREFIX": settings.prefix,
        "SANSE_ESCALATION_GRPC": prefecture.stack.address("escalation"),
        "SANSE_RISK_SCORING_GRPC": prefecture.stack.address("risk_scoring"),
        "SANSE_CLOCK_FILE": prefecture.stack.env["SANSE_CLOCK_FILE"],
        "SANSE_DIVISIONS_FILE": prefecture.stack.env["SANSE_DIVISIONS_FILE"],
        "SANSE_LANG": "en",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, value)
    return CliRunner()


def act(client: case_rpc.CaseServiceStub, who: str, case_id: str, **act: Any) -> None:
    """An official acts over gRPC."""
    command = pb.Command(case_id=case_id, **act)
    client.SendCommand(
        case_api.SendCommandRequest(command=command), metadata=(("x-official-id", who),)
    )


def asking(case: pb.Case) -> pb.RequestLowering:
    """A request for green on the newest assessment."""
    return pb.RequestLowering(
        to_level=common_pb2.LEVEL_GREEN,
        reason="calm_again",
        assessment_decision_id=case.assessment_decision_id,
    )


def red_case(prefecture: Prefecture) -> pb.Case:
    """A household becomes red; its case."""
    prefecture.assessment(HOUSEHOLD, **{**ALL_NO, "threat_to_kill": "yes"})
    return prefecture.case()


def stand_for_the_dwell_time(
    prefecture: Prefecture, client: case_rpc.CaseServiceStub, case_id: str
) -> None:
    """Two weeks in which the owner does what the law demands and visits in time, so that nothing climbs."""
    duty = prefecture.case().legal_duties[0].duty_id
    act(client, OWNER, case_id, fulfil_duty=pb.FulfilDuty(duty_id=duty))
    prefecture.until(
        lambda found: bool(found.newest_cases[0].legal_duties[0].fulfilled_at_ms),
        "the duty is fulfilled",
    )
    for visit in range(1, 7):
        act(client, OWNER, case_id, record_visit=pb.RecordVisit())
        prefecture.until(
            lambda found, visit=visit: found.newest_cases[0].visits == visit,
            "the visit is recorded",
        )
        prefecture.forward(hours=60)


def profile_level(prefecture: Prefecture, subject_id: str) -> int:
    """The level the scoring service holds."""
    with grpc.insecure_channel(prefecture.stack.address("risk_scoring")) as channel:
        request = risk_api.GetProfileRequest(subject_id=subject_id)
        service = risk_rpc.RiskServiceStub(channel)
        answer = service.GetProfile(request, metadata=(("x-official-id", OWNER),))
        return answer.profile.packs[0].level


def test_red_lowered_by_two_persons_stays_green_and_a_death_is_reviewed(
    prefecture: Prefecture, cases: case_rpc.CaseServiceStub, sanse: CliRunner
) -> None:
    """Not before its time, not by one; then case and profile are green, and the next assessment stays green."""
    case = red_case(prefecture)
    assert (case.level, case.owner_id) == (Level.RED, OWNER)
    prefecture.forward(hours=1)
    prefecture.assessment(HOUSEHOLD, **ALL_NO)
    found = prefecture.until(
        lambda records: bool(records.newest_cases[0].assessment_decision_id), "the fall is noted"
    )
    case = found.newest_cases[0]
    assert case.lowering_from_ms == case.level_set_at_ms + 14 * DAY_MS
    with pytest.raises(grpc.RpcError) as early:
        act(cases, OWNER, case.case_id, request_lowering=asking(case))
    assert "保持至 2026-03-16 09:00" in (early.value.details() or "")

    stand_for_the_dwell_time(prefecture, cases, case.case_id)
    act(cases, OWNER, case.case_id, request_lowering=asking(case))
    act(cases, OWNER, case.case_id, approve_lowering=pb.ApproveLowering())
    prefecture.until(
        lambda records: records.newest_cases[0].HasField("lowering"), "the request waits"
    )
    act(cases, ABOVE, case.case_id, approve_lowering=pb.ApproveLowering())
    records = prefecture.until(lambda records: len(records.decisions) == 3, "scoring follows")

    lowered = next(d for d in records.decisions.values() if d.event_kind == "case")
    assert lowered.reason == risk_pb2.DECISION_REASON_LOWERED_BY_PERSON
    who = lowered.by_person
    assert (who.requested_by, who.approved_by, who.reason) == (OWNER, ABOVE, "calm_again")
    assert profile_level(prefecture, case.subject_id) == Level.GREEN == prefecture.case().level
    shown = sanse.invoke(app, ["case", "show", case.case_id, "--as", OWNER]).output
    assert "green" in shown and "level lowered" in shown and "a second person must approve" in shown

    prefecture.forward(days=1)
    prefecture.assessment(HOUSEHOLD, **ALL_NO)
    records = prefecture.until(lambda records: len(records.decisions) == 4, "the next assessment")
    newest = max(records.decisions.values(), key=lambda decision: decision.accepted_at_ms)
    assert (newest.level, newest.reason) == (Level.GREEN, risk_pb2.DECISION_REASON_UNCHANGED)
    assert records.newest_cases[0].level == Level.GREEN
    assert records.dead == 0
    _expect_due(sanse, case.subject_id, newest.reassess_due_ms)

    prefecture.report(type="outcome", household_no=HOUSEHOLD, outcome={"kind": "homicide"})
    _expect_review(sanse, [newest.decision_id, lowered.decision_id])


def _expect_due(sanse: CliRunner, subject_id: str, due_ms: int) -> None:
    """The home is one of the county's, not overdue, and stands in its village's list with its date."""
    asked = ["risk", "overdue", "--unit", COUNTY, "--json"]
    rows = json.loads(sanse.invoke(app, asked).stdout)
    assert {(row["rated"], row["soon"], sum(row["overdue"].values())) for row in rows} == {
        (1, 0, 0)
    }
    asked = ["risk", "overdue", "--unit", VILLAGE, "--days", "130", "--json"]
    (home,) = json.loads(sanse.invoke(app, asked).stdout)
    assert (home["subject_id"], home["level"], home["due_ms"]) == (subject_id, "green", due_ms)


def _expect_review(sanse: CliRunner, decision_ids: list[str]) -> None:
    """One review, pointing at what was decided; the miss rate counts it."""
    found: list[dict[str, Any]] = []
    for _ in range(100):
        found = json.loads(sanse.invoke(app, ["risk", "reviews", "--json"]).stdout)
        if found:
            break
    (review,) = found
    assert (review["kind"], review["level"], review["reason"]) == (
        "homicide", "green", "rated_green",
    )  # fmt: skip
    assert set(decision_ids) < set(review["decision_ids"]) and len(review["decision_ids"]) == 4
    (missed,) = json.loads(sanse.invoke(app, ["risk", "misses", "--json"]).stdout)
    assert (missed["missed"], missed["serious"], missed["homes"]["green"]) == (1, 1, 1)
    for command in ("reviews", "misses", "agreement"):
        told = sanse.invoke(app, ["risk", command])
        assert told.exit_code == 0, told.output


def test_what_assessors_say_of_their_own_is_compared(
    prefecture: Prefecture, sanse: CliRunner
) -> None:
    """Ten homes: one assessor's level above the computed one; the grid worker who gives none is refused."""
    body = {"round": "2026-1", "pack": "household_dispute", "status": "assessed", "answers": ALL_NO}
    reports = [
        {
            "source_id": f"AG-{number}",
            "type": "assessment",
            "occurred_at": "2026-03-02T08:00:00+08:00",
            "jurisdiction_code": GRID,
            "household_no": f"532301000009{number:02d}",
            "assessment": {**body, "assessor_level": "yellow" if number == 3 else "green"},
        }
        for number in range(10)
    ]
    none = {**reports[0], "source_id": "AG-none", "assessment": body}
    told = prefecture.send([*reports, none])
    assert [one["status"] for one in told] == ["accepted"] * 10 + ["rejected"]
    assert "评估人须先写下自己的判断" in told[-1]["message"]
    prefecture.told.clear()
    prefecture.until(lambda records: len(records.decisions) == 10, "ten decisions")
    rows = json.loads(sanse.invoke(app, ["risk", "agreement", "--json"]).stdout)
    county = next(row for row in rows if row["unit"] == COUNTY)
    assert [county[name] for name in ("assessments", "agreed", "upward", "downward")] == [
        10,
        9,
        1,
        0,
    ]
    elsewhere = ["risk", "agreement", "--unit", "532302", "--json"]
    assert json.loads(sanse.invoke(app, elsewhere).stdout) == []
    late = ["risk", "agreement", "--since", "2026-03-03", "--json"]
    assert json.loads(sanse.invoke(app, late).stdout) == []
    blind = sanse.invoke(
        app, ["risk", "score", "household_dispute", "debt_dispute=no", "--subject", "H1"]
    )
    assert blind.exit_code != 0 and "own level first" in blind.output.replace("\n", " ")


def test_a_forged_lowering_is_refused_and_seen(prefecture: Prefecture) -> None:
    """An entry without two persons, written straight to the ledger's topic: dead, and the level stays red."""
    case = red_case(prefecture)
    asyncio.run(_write_forged(prefecture.stack.settings(), case))
    records = prefecture.until(lambda records: records.dead == 1, "the forged entry is kept")
    assert len(records.decisions) == 1
    assert profile_level(prefecture, case.subject_id) == Level.RED


async def _write_forged(settings: CommonSettings, case: pb.Case) -> None:
    forged = pb.CaseEvent(
        case_id=case.case_id,
        sequence=case.ledger_length + 1,
        type=pb.CASE_EVENT_TYPE_LEVEL_LOWERED,
        at_ms=case.opened_at_ms + 60 * DAY_MS,
        actor_id=OWNER,
        cause_id="forged",
        level=common_pb2.LEVEL_GREEN,
        prev_hash=case.ledger_head,
        change=pb.LevelChange(
            subject_id=case.subject_id,
            pack_id=case.pack_id,
            from_level=common_pb2.LEVEL_RED,
            requested_by=OWNER,
            approved_by=OWNER,
            assessment_decision_id=case.decision_id,
        ),
    )
    forged.hash = chain_hash(forged.prev_hash, forged.SerializeToString(deterministic=True))
    lane = lane_of(case.subject_id)
    value = pb.CaseEventBatch(lane=lane, events=[forged]).SerializeToString()
    producer = LaneProducer(settings)
    await producer.start()
    await producer.send([(lane, Outgoing(Topic.CASES, value))])
    await producer.stop()
