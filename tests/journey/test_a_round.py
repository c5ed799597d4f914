"""A round on the whole stack: registered households, an assessment that opens a case, its end, and both rates."""

from __future__ import annotations

import asyncio

import grpc

from sanse.escalation.v1 import cases_pb2
from sanse.risk.v1 import rounds_service_pb2 as api
from sanse.risk.v1 import rounds_service_pb2_grpc as rpc
from services.cli.commands.reports import settings_from
from services.cli.rounds.register import register
from services.common.divisions import Divisions
from services.common.settings import CommonSettings
from tests.journey.prefecture import GRID, TOWNSHIP, VILLAGE, Prefecture

HOMES = [f"5323010000010{number}" for number in range(4)]
ROUND = "2026-1"
ASKER = (("x-official-id", "prefecture-official"),)


def test_a_round_is_counted_from_register_to_resolution(prefecture: Prefecture) -> None:
    """Four registered: one red and resolved, one refused, one away, one missing; one more is not registered."""
    _register(prefecture)
    prefecture.assessment(HOMES[0], threat_to_kill="yes")
    message = prefecture.phone("county").expects(contains="红色预警", within_seconds=20)
    for home, status in ((HOMES[1], "refused"), (HOMES[2], "away")):
        body = {"round": ROUND, "pack": "household_dispute", "status": status, "assessor": "GW-1"}
        told = prefecture.report(type="assessment", household_no=home, assessment=body)
        assert told["status"] == "accepted"
    told = prefecture.assessment("53230100000199", threat_to_kill="no", physical_fight="no")
    assert told["status"] == "accepted"
    prefecture.until(lambda found: bool(found.newest_cases), "the case is opened")
    opened = _round(prefecture)
    assert (opened.resolution.numerator, opened.resolution.denominator) == (0, 1)

    assert prefecture.tap(message.links[0]).status_code == 200
    prefecture.forward(hours=3)
    prefecture.tap(message.links[0], "visit")
    prefecture.tap(message.links[0], "fulfil", duty="protection_order_advice")
    prefecture.tap(message.links[0], "resolve", how="mediated")
    prefecture.until(
        lambda found: found.newest_cases[0].status == cases_pb2.CASE_STATUS_RESOLVED,
        "the case is resolved",
    )
    for unit in (GRID, VILLAGE, TOWNSHIP, ""):
        counts = _round(prefecture, unit)
        assert (counts.target, counts.assessed, counts.refused, counts.away) == (4, 1, 1, 1)
        assert (counts.missing, counts.assessed_unregistered) == (1, 1)
        assert (counts.coverage.numerator, counts.coverage.denominator) == (1, 4)
        assert (counts.resolution.numerator, counts.resolution.denominator) == (1, 1)
    with _channel(prefecture) as channel:
        asked = api.ListMissingRequest(round_id=ROUND, grid_code=GRID)
        assert (
            rpc.RoundsServiceStub(channel).ListMissing(asked, timeout=60, metadata=ASKER).total == 1
        )


def _register(prefecture: Prefecture) -> None:
    stack = prefecture.stack
    own = stack.settings().model_dump(include={"kafka", "redis", "prefix", "partitions"})
    settings = settings_from(CommonSettings, stack.env).model_copy(update=own)
    file = stack.folder / "register.csv"
    file.write_text("\n".join(["户编号,网格", *(f"{home},{GRID}" for home in HOMES)]))
    summary = asyncio.run(register(settings, file, ROUND, Divisions.load(settings.divisions_file)))
    assert summary.entries == len(HOMES)


def _channel(prefecture: Prefecture) -> grpc.Channel:
    return grpc.insecure_channel(prefecture.stack.address("risk_scoring"))


def _round(prefecture: Prefecture, unit: str = "") -> api.UnitCounts:
    """The counts of a unit as the running service tells them."""
    with _channel(prefecture) as channel:
        asked = api.GetRoundRequest(round_id=ROUND, jurisdiction_code=unit)
        return rpc.RoundsServiceStub(channel).GetRound(asked, timeout=60, metadata=ASKER).units[0]
