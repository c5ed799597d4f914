"""Live delay through all four services, from accepted to the gateway's receipt, at half the rate and the whole."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import grpc
import grpc.aio

from sanse.intake.v1 import intake_service_pb2, intake_service_pb2_grpc
from services.cli.bench.results import Figure
from services.cli.demo.prefecture import write_world_files
from services.cli.gateways import channel_env, start_gateways
from services.cli.reconcile import read_records
from services.cli.simulate.keys import test_key
from services.cli.simulate.world import build_world
from services.cli.stack import Parts, Stack
from services.common.clock import SystemClock, to_local
from tests.simulators.client import Simulators

# Events a second, by the name of their figures: beside the rate asked for, half of it shows where the limit lies.
RATES = {"live.half": 100, "live": 200}
# The broker is a young JVM: until its hot code is compiled, some 15,000 events, an event costs it thrice as much.
SECONDS, WARM_UP_S = 30, 90
SEED = 2026
_SOURCE = "bureau_import"
_GIVE_UP_S = 60.0


def measure(parts: Parts, folder: Path) -> Iterator[Figure]:
    """Yield live.latency.p50, .p95, .p99, live.accepted and live.delivered; and the same as live.half.*."""
    for name, rate in RATES.items():
        yield from _at_rate(parts, folder / name, name, rate)


def _at_rate(parts: Parts, place: Path, name: str, rate: int) -> Iterator[Figure]:
    gateways = start_gateways(place, 600)
    world = build_world(SEED, 0.001)
    env = {
        "SANSE_MASTER_KEY": "00" * 32,
        "SANSE_RATE_LIMITS": "false",
        **write_world_files(place / "world", world),
        **channel_env(gateways.control),
    }
    stack = Stack(parts, place, env, f"live{time.time_ns() // 1_000_000}")
    stack.prepare()
    try:
        stack.start_all()
        grids = [grid.code for grid in world.grids]
        yield from _figures(stack, gateways.control, grids, name, rate)
    finally:
        stack.stop()
        gateways.stop()


def _figures(
    stack: Stack, control: Simulators, grids: Sequence[str], name: str, rate: int
) -> Iterator[Figure]:
    address = stack.address("intake")
    asyncio.run(_load(address, grids, 0, WARM_UP_S, rate))
    _wait_for_messages(control, rate * WARM_UP_S)
    warm = {message.notice_id for message in control.messages()}
    accepted = asyncio.run(_load(address, grids, rate * WARM_UP_S, SECONDS, rate))
    _wait_for_messages(control, len(warm) + accepted)
    notices = read_records(stack.settings()).notices
    delays = sorted(
        message.received_at * 1000 - notices[message.notice_id].accepted_at_ms
        for message in control.messages()
        if message.notice_id not in warm and message.notice_id in notices
    )
    params = {"rate": rate, "seconds": SECONDS, "warm_up_s": WARM_UP_S}
    for percentile, share in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
        value = delays[min(len(delays) - 1, int(len(delays) * share))]
        yield Figure(f"{name}.latency.{percentile}", "ms", value, params)
    yield Figure(f"{name}.accepted", "events", accepted, params)
    yield Figure(f"{name}.delivered", "messages", len(delays), params)


async def _load(address: str, grids: Sequence[str], first: int, seconds: int, rate: int) -> int:
    """Send at a steady rate, whether or not answers have come; gives how many were accepted."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = intake_service_pb2_grpc.IntakeServiceStub(channel)
        metadata = (("x-api-key", test_key(SEED, _SOURCE)),)
        began, calls = time.monotonic(), []
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            report = _assessment(first + number, grids[number % len(grids)])
            request = intake_service_pb2.SubmitRequest(report_json=report)
            calls.append(asyncio.ensure_future(_submit(stub, request, metadata)))
        answers = await asyncio.gather(*calls)
    return sum(answers)


async def _submit(
    stub: intake_service_pb2_grpc.IntakeServiceAsyncStub,
    request: intake_service_pb2.SubmitRequest,
    metadata: tuple[tuple[str, str], ...],
) -> bool:
    answer = await stub.Submit(request, metadata=metadata, timeout=30)
    if answer.result.status == intake_service_pb2.SUBMIT_STATUS_REJECTED:
        raise ValueError(f"the load is wrong: {answer.result.field_path} {answer.result.message}")
    return answer.result.status == intake_service_pb2.SUBMIT_STATUS_ACCEPTED


def _assessment(number: int, grid: str) -> bytes:
    """A death threat in a household of its own: one red case and one message.

    An incident would be two messages: it is triaged too, and a department is told.
    """
    report = {
        "source_id": f"live-{number:06d}",
        "type": "assessment",
        "occurred_at": to_local(SystemClock().now_ms()).isoformat(timespec="seconds"),
        "jurisdiction_code": grid,
        "household_no": f"{grid[:6]}{number:08d}",
        "assessment": {
            "round": "2026-1",
            "pack": "household_dispute",
            "status": "assessed",
            "answers": {"threat_to_kill": "yes"},
            "assessor": "GW-1",
            "assessor_level": "red",
        },
    }
    return json.dumps(report).encode()


def _wait_for_messages(control: Simulators, expected: int) -> None:
    """Wait until all messages came, or no longer than a minute: what is missing shows in the figures."""
    deadline = time.monotonic() + _GIVE_UP_S
    while time.monotonic() < deadline:
        if sum(counts["accepted"] for counts in control.stats().values()) >= expected:
            return
        time.sleep(0.2)
