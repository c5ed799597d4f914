"""A candidate in shadow on real parts: it writes to its own topic only, survives a loss of Redis, and is compared."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner

from sanse.risk.v1 import risk_pb2
from services.cli.main import app
from services.cli.stack import Parts, Stack
from services.cli.topic_reader import read_topic
from services.common.kafka_out import LaneProducer
from services.common.lane_types import LaneRecord, Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.risk_scoring.service.shadow import STEM, ShadowHandler, load_trial
from tests.contract.risk_scoring.batches import apply, assessment, record, value
from tests.unit.risk_scoring.candidates import small_pack, written
from tests.unit.risk_scoring.makers import TRIAGE

HOMES = [f"HSHADOW{number:03d}" for number in range(20)]
GIVE_UP_S = 60.0
QUIET = {"hit_someone": "no", "broke_things": "no", "shouted": "no"}
# Five points: yellow by version 1, red by version 2.
LOUD = {"hit_someone": "yes", "broke_things": "yes", "shouted": "no"}


@pytest.fixture
def packs_dir(tmp_path: Path) -> Path:
    """Version 1 of a small pack is live, version 2 with a lower red is in shadow."""
    folder = tmp_path / "packs"
    written(folder, small_pack("1.0.0"))
    written(folder / "shadow", small_pack("2.0.0", red_at=5))
    return folder


@pytest.fixture
def stack(
    kafka: str, redis_url: str, sanse_prefix: str, tmp_path: Path, packs_dir: Path
) -> Iterator[Stack]:
    """Topics, and nothing running yet."""
    parts = Parts(kafka, redis_url, "test", "test")
    env = {
        "SANSE_PARTITIONS": "2",
        "SANSE_MASTER_KEY": "00" * 32,
        "SANSE_PACKS_DIR": str(packs_dir),
    }
    stack = Stack(parts, tmp_path, env, sanse_prefix)
    stack.prepare()
    yield stack
    stack.stop()


async def _write(settings: CommonSettings, name: str, homes: Sequence[str], day: int) -> None:
    """One assessment for each household, loud for every fourth; and one record that is none."""
    producer = LaneProducer(settings)
    await producer.start()
    for at, home in enumerate(homes):
        answers = LOUD if at % 4 == 0 else QUIET
        one = assessment(f"{name}-{home}", answers, home, day, pack_id="small")
        lane = lane_of(home)
        await producer.send([(lane, Outgoing(Topic.EVENTS, value(one, lane=lane)))])
    await producer.send([(5, Outgoing(Topic.EVENTS, b"\xff not a batch"))])
    await producer.stop()


def _shadowed(settings: CommonSettings) -> list[risk_pb2.RiskDecision]:
    return [
        one
        for kept in read_topic(settings, Topic.SHADOW)
        for one in risk_pb2.ShadowBatch.FromString(kept.value).decisions
    ]


def _live(settings: CommonSettings) -> list[risk_pb2.RiskDecision]:
    return [
        one
        for kept in read_topic(settings, Topic.RISK)
        for one in risk_pb2.RiskBatch.FromString(kept.value).decisions
    ]


async def _until(
    read: Callable[[CommonSettings], list[risk_pb2.RiskDecision]],
    settings: CommonSettings,
    count: int,
) -> list[risk_pb2.RiskDecision]:
    async with asyncio.timeout(GIVE_UP_S):
        while True:
            found = await asyncio.to_thread(read, settings)
            if len({one.event_id for one in found}) >= count:
                return found
            await asyncio.sleep(0.1)


async def test_shadow_beside_live(
    stack: Stack, packs_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The shadow leaves every other topic as it was, goes on after Redis is lost, and its rises are told."""
    settings = stack.settings()
    shadow = stack.start("risk_scoring", "shadow", "--shadow")
    stack.wait_ready("risk_scoring", "shadow")
    await _write(settings, "one", HOMES, 0)
    await _until(_shadowed, settings, 20)

    shadow.popen.kill()
    shadow.popen.wait()
    redis = Redis.from_url(settings.redis)
    keys = [key async for key in redis.scan_iter(f"{settings.prefix}:*")]
    assert keys and all(key.startswith(f"{settings.prefix}:{STEM}-".encode()) for key in keys)
    await redis.delete(*keys)
    stack.start("risk_scoring", "shadow", "--shadow")
    stack.wait_ready("risk_scoring", "shadow")
    await _write(settings, "two", HOMES[1:] + HOMES[:1], 30)
    found = await _until(_shadowed, settings, 40)

    second = [one for one in found if one.occurred_at_ms > min(f.occurred_at_ms for f in found)]
    assert {one.previous_level for one in second} == {1, 3}, "the state was rebuilt, not begun anew"
    untouched = [topic for topic in Topic if topic not in (Topic.EVENTS, Topic.SHADOW)]
    for topic in untouched:
        assert not list(read_topic(settings, topic)), topic

    stack.start("risk_scoring")
    stack.wait_ready("risk_scoring")
    live = await _until(_live, settings, 40)
    assert {one.pack_version for one in live} == {"1.0.0"}
    assert {one.pack_version for one in found} == {"2.0.0"}
    _compared(settings, packs_dir, monkeypatch, tmp_path)
    await redis.aclose()


def _compared(
    settings: CommonSettings, packs_dir: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Five households were loud first, five later: ten are red in the shadow only, in all their 15 decisions."""
    texts = {"KAFKA": settings.kafka, "PREFIX": settings.prefix, "LANG": "en"}
    for name, text in {**texts, "PACKS_DIR": str(packs_dir)}.items():
        monkeypatch.setenv(f"SANSE_{name}", text)
    monkeypatch.setattr("services.cli.context.RUN_FILE", Path("/nonexistent/stack.json"))
    done = CliRunner().invoke(app, ["rules", "shadow", "--events", "40", "--json", str(folder)])
    assert done.exit_code == 0, done.output
    content = json.loads((folder / "small@2.0.0.shadow.json").read_text())
    assert (content["compared"], content["agree"], content["higher"]) == (40, 25, 15)
    assert (content["lower"], content["alone"], content["complete"]) == (0, 0, True)
    assert {rise["subject"] for rise in content["rises"]} == {
        home for at, home in enumerate(HOMES) if at % 4 in (0, 1)
    }
    assert {(rise["live"], rise["shadow"]) for rise in content["rises"]} == {("yellow", "red")}
    assert "The trial is complete" in done.output and "HSHADOW000" in done.output


def test_another_candidate_is_another_trial(packs_dir: Path) -> None:
    """A changed candidate has another trial, and does not take the state of the one before."""
    first = load_trial(packs_dir)
    state: dict[str, bytes] = {}
    one = assessment("a", LOUD, HOMES[0], pack_id="small")
    (out,) = apply(ShadowHandler(first, TRIAGE), state, record(one)).outputs  # type: ignore[arg-type]
    written(packs_dir / "shadow", small_pack("3.0.0", red_at=4))
    second = load_trial(packs_dir)
    assert first.trial_id != second.trial_id
    assert ShadowHandler(second, TRIAGE).restore(Topic.SHADOW, out.value) is None
    restored = ShadowHandler(first, TRIAGE).restore(Topic.SHADOW, out.value)
    assert restored is not None and restored.outcome.puts == state


def test_every_output_is_the_shadows(packs_dir: Path) -> None:
    """Neither a readable record nor one for a pack that nobody has gives any other record than the shadow's."""
    handler = ShadowHandler(load_trial(packs_dir), TRIAGE)
    events = [
        assessment("a", LOUD, HOMES[0], pack_id="small"),
        assessment("b", {}, HOMES[0], pack_id="unknown_pack"),
    ]
    for some in (events, events[1:]):
        facts = LaneRecord("t.events.v1", 0, 1, 7, value(*some))
        outcome = handler.decide(facts, handler.decode(facts), {}, 0)
        assert {one.topic for one in outcome.outputs} <= {Topic.SHADOW}
