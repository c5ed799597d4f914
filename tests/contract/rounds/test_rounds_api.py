"""The running risk_scoring service answers about rounds: exactly, at once after each change, whatever is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from redis.asyncio import Redis

from sanse.risk.v1 import rounds_service_pb2 as api
from sanse.risk.v1 import rounds_service_pb2_grpc as rpc
from services.cli.stack import Parts, Stack
from tests.contract.rounds.world import (
    MASTER_KEY,
    WrittenWorld,
    case_of,
    publish,
    round_ids,
    write_cases,
    written_world,
)

WITHIN_S = 60.0
DAY_MS = 86_400_000
# The prefecture's and a county's official of the example roster.
ASKER = (("x-official-id", "PF-532300"),)
COUNTY = "C-532327"


@pytest.fixture
def world(kafka: str, redis_url: str, sanse_prefix: str, folder: Path) -> WrittenWorld:
    """A prefecture of about 400 households, not yet on the log."""
    return written_world(folder, kafka, redis_url, f"{sanse_prefix}-{folder.name}")


@pytest.fixture
def stack(world: WrittenWorld, kafka: str, redis_url: str) -> Iterator[Stack]:
    """One scoring service over that prefecture, ready."""
    env = {
        "SANSE_MASTER_KEY": MASTER_KEY,
        "SANSE_CLOCK_FILE": str(world.settings.clock_file),
        "SANSE_DIVISIONS_FILE": str(world.settings.divisions_file),
        "SANSE_ROUNDS_DIR": str(world.settings.rounds_dir),
    }
    stack = Stack(Parts(kafka, redis_url, "test", "test"), world.folder, env, world.settings.prefix)
    stack.start("risk_scoring")
    stack.wait_ready("risk_scoring")
    yield stack
    stack.stop()


def _ask(stack: Stack, **request: object) -> api.GetRoundResponse:
    with grpc.insecure_channel(stack.address("risk_scoring")) as channel:
        stub = rpc.RoundsServiceStub(channel)
        return stub.GetRound(api.GetRoundRequest(**request), timeout=WITHIN_S, metadata=ASKER)  # type: ignore[arg-type]


def _missing(stack: Stack, **request: object) -> api.ListMissingResponse:
    with grpc.insecure_channel(stack.address("risk_scoring")) as channel:
        stub = rpc.RoundsServiceStub(channel)
        return stub.ListMissing(api.ListMissingRequest(**request), timeout=WITHIN_S, metadata=ASKER)  # type: ignore[arg-type]


def _refusal(
    stack: Stack, language: str, who: str = ASKER[0][1], **request: object
) -> tuple[grpc.StatusCode, str]:
    with grpc.insecure_channel(stack.address("risk_scoring")) as channel:
        stub = rpc.RoundsServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.GetRound(
                api.GetRoundRequest(**request),  # type: ignore[arg-type]
                metadata=(("accept-language", language), ("x-official-id", who)),
                timeout=WITHIN_S,
            )
    error = refused.value
    assert isinstance(error, grpc.Call)
    return error.code(), error.details() or ""


async def test_the_service_tells_the_truth_and_follows_the_log(
    world: WrittenWorld, stack: Stack
) -> None:
    """All units of all rounds are the truth; a change is in the next answer; a lost Redis or worker changes nothing."""
    await publish(world)
    for number in range(1, 5):
        await world.register(number)
    truth = world.truth()
    for round_id in round_ids():
        units = _ask(stack, round_id=round_id, depth=4).units
        shown = {unit.jurisdiction_code: unit for unit in units}
        for (one, code), counts in truth.items():
            if one == round_id:
                unit = shown[code]
                assert {name: getattr(unit, name) for name in counts} == counts
                assert (unit.coverage.numerator, unit.coverage.denominator) == (
                    counts["assessed"],
                    counts["target"],
                )
        assert units[0].name == "楚雄彝族自治州"
        empty = [unit for unit in units if (round_id, unit.jurisdiction_code) not in truth]
        assert empty
        assert all(unit.target == 0 for unit in empty)
    before = _ask(stack, round_id="2026-1", depth=1)
    home, grid = world.register_file(1).read_text().splitlines()[1].split(",")
    correction = world.folder / "correction.csv"
    correction.write_text(f"household_no,grid\n{home},{grid}\n53230199999999,{grid}\n")
    # Registered a second later: the new household is one more, and nobody has reported on it.
    clock = world.settings.clock()
    at = clock.now_ms()
    assert (await world.register(1, correction)).entries == 2
    await write_cases(
        world.settings, [case_of("G1", grid, world.fold().rounds["2026-1"].starts_ms, at)]
    )
    after = _ask(stack, round_id="2026-1", depth=1)
    assert after.units[0].target == before.units[0].target + 1
    assert after.units[0].missing == 1
    assert after.units[0].other_cases_resolved == 1
    redis = Redis.from_url(stack.parts.redis)
    await redis.flushall()
    await redis.aclose()
    assert _ask(stack, round_id="2026-1", depth=1) == after
    _kill_worker(stack)
    assert _ask(stack, round_id="2026-1", depth=1) == after


async def test_missing_households_come_page_by_page(world: WrittenWorld, stack: Stack) -> None:
    """All pages together are the whole list, ascending, each household once."""
    await world.register(2)
    grid = world.register_file(2).read_text().splitlines()[1].split(",")[1]
    expected = world.fold().missing("2026-2", grid)
    assert len(expected) > 7
    found: list[str] = []
    token = ""
    while True:
        page = _missing(stack, round_id="2026-2", grid_code=grid, page_size=7, page_token=token)
        assert page.total == len(expected)
        found += page.household_ids
        token = page.next_page_token
        if not token:
            break
    assert found == expected


def test_what_does_not_exist_is_refused_with_what_does(world: WrittenWorld, stack: Stack) -> None:
    """An unknown round, unit or depth is refused in the caller's language, naming what is allowed."""
    code, text = _refusal(stack, "zh", round_id="2030-1")
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "2026-1, 2026-2, 2026-3, 2026-4" in text
    assert "允许" in text
    code, text = _refusal(stack, "en", round_id="2026-1", jurisdiction_code="532301999")
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "532301101 鹿城镇" in text
    assert "allowed" in text
    assert _refusal(stack, "en", round_id="2026-1", depth=9)[0] is grpc.StatusCode.INVALID_ARGUMENT
    code, text = _refusal(stack, "zh", COUNTY, round_id="2026-1", jurisdiction_code="532301")
    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert "532301 不在您的辖区 532327" in text
    assert _refusal(stack, "zh", "", round_id="2026-1")[0] is grpc.StatusCode.UNAUTHENTICATED


async def test_a_killed_service_leaves_no_worker_behind(world: WrittenWorld, stack: Stack) -> None:
    """The process that counts ends with the service it belongs to, also when that one could not say so."""
    assert _ask(stack, round_id="2026-1").units
    worker = _worker(stack)
    service = stack.processes["risk_scoring-1"]
    service.popen.kill()
    service.popen.wait()
    deadline = time.monotonic() + WITHIN_S
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < deadline, "the worker is still there"
        time.sleep(0.1)


def _kill_worker(stack: Stack) -> None:
    """End the process that counts, as a machine short of memory would."""
    os.kill(_worker(stack), signal.SIGKILL)


def _worker(stack: Stack) -> int:
    """The process that counts."""
    pid = stack.processes["risk_scoring-1"].pid
    # A child is listed under the thread that started it.
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    (worker,) = [
        int(child)
        for thread in threads
        for child in thread.read_text().split()
        if b"rounds_worker" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return worker
