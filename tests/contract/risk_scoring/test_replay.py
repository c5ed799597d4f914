"""As-of replay of real decisions: the handler's own output on Kafka, with packs that changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import risk_pb2
from services.cli.main import app
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_types import LaneRecord, Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.risk_scoring.adapters.pack_loader import load_packs, read_pack
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.pack_versions import PackVersions, archived
from services.risk_scoring.service.handler import ScoringHandler
from services.risk_scoring.service.replay import Fate, compare, events_of, standing
from tests.contract.risk_scoring.batches import apply, assessment, event, incident, record
from tests.golden import replay as golden
from tests.unit.risk_scoring.candidates import small_pack, written
from tests.unit.risk_scoring.makers import PACKS, TRIAGE

SUBJECT = "HREPLAY01"
EVER = 1 << 60


@pytest.fixture
def packs_dir(tmp_path: Path) -> Path:
    """The live version 2 of a small pack, and version 1 in the archive."""
    written(tmp_path, small_pack("2.0.0", red_at=5))
    file = archived(tmp_path, "small", "1.0.0")
    written(file.parent, small_pack("1.0.0"), file.stem)
    return tmp_path


def _log() -> list[LaneRecord]:
    """Reports on one subject, one of them twice, one a grievance; the pack changes after the third."""

    def answered(name: str, day: int, **given: str) -> LaneRecord:
        rest = {"hit_someone": "no", "broke_things": "no", "shouted": "no"}
        one = assessment(name, {**rest, **given}, SUBJECT, day, pack_id="small")
        return record(one, offset=day)

    grievance = events_pb2.Grievance(category="road")
    quarrel = incident("i", "quarrel", {"broke_things": "yes"}, SUBJECT, 2)
    return [
        answered("a", 0, shouted="yes"),
        record(quarrel, offset=2),
        answered("b", 3, hit_someone="yes", broke_things="unknown"),
        record(quarrel, offset=4),
        record(event("g", SUBJECT, 5, grievance=grievance), offset=5),
        answered("c", 40, shouted="unknown"),
    ]


def _decided(packs_dir: Path, log: Sequence[LaneRecord]) -> list[bytes]:
    """The RiskBatch records a worker writes that was given the new pack before day 40."""
    old = {"small": read_pack(archived(packs_dir, "small", "1.0.0"))}
    state: dict[str, bytes] = {}
    written_out = []
    for one in log:
        handler = ScoringHandler(old if one.offset < 40 else load_packs(packs_dir), TRIAGE)
        outputs = apply(handler, state, one).outputs
        written_out += [out.value for out in outputs if out.topic is Topic.RISK]
    return written_out


async def _published(
    settings: CommonSettings, log: Sequence[LaneRecord], risk: Sequence[bytes]
) -> None:
    ensure_topics(settings)
    producer = LaneProducer(settings)
    await producer.start()
    lane = lane_of(SUBJECT)
    await producer.send((lane, Outgoing(Topic.EVENTS, one.value)) for one in log)
    await producer.send((lane, Outgoing(Topic.RISK, value)) for value in risk)
    await producer.stop()


@pytest.fixture
def settings(
    kafka: str, redis_url: str, sanse_prefix: str, packs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> CommonSettings:
    """Settings that the command finds by the environment."""
    texts = {"KAFKA": kafka, "PREFIX": sanse_prefix, "PACKS_DIR": str(packs_dir), "LANG": "en"}
    for name, text in texts.items():
        monkeypatch.setenv(f"SANSE_{name}", text)
    monkeypatch.setattr("services.cli.context.RUN_FILE", Path("/nonexistent/stack.json"))
    return CommonSettings(redis=redis_url)


async def test_every_decision_is_derived_again(settings: CommonSettings, packs_dir: Path) -> None:
    """Decisions of two versions, an incident and a doubled event replay to equal bytes, a repeated batch too."""
    log = _log()
    risk = _decided(packs_dir, log)
    await _published(settings, log, [*risk, risk[-1]])
    done = CliRunner().invoke(app, ["rules", "replay", SUBJECT])
    assert done.exit_code == 0, done.output
    assert "5 decisions equal byte for byte, 0 not" in done.output
    assert done.output.count("small@1.0.0") == 3 and done.output.count("small@2.0.0") == 2
    early = CliRunner().invoke(
        app, ["rules", "replay", SUBJECT, "--as-of", "2026-02-26T12:00+08:00"]
    )
    assert "1 decisions equal byte for byte, 0 not" in early.output


async def test_a_changed_decision_is_told(settings: CommonSettings, packs_dir: Path) -> None:
    """A decision that was altered after the fact is shown field by field, and one without an event is named."""
    log = _log()
    risk = _decided(packs_dir, log)
    forged = risk_pb2.RiskBatch.FromString(risk[2])
    forged.decisions[0].level = 1
    invented = risk_pb2.RiskBatch.FromString(risk[0])
    invented.decisions[0].event_id = invented.decisions[0].decision_id = "never-happened"
    await _published(
        settings,
        log,
        [*risk[:2], forged.SerializeToString(), risk[3], invented.SerializeToString()],
    )
    done = CliRunner().invoke(app, ["rules", "replay", SUBJECT])
    assert done.exit_code == 1
    assert "level: stands 1, replayed 2" in done.output
    assert "never-happened" in done.output and "no such event on the log" in done.output
    assert "3 decisions equal byte for byte, 2 not" in done.output
    only = CliRunner().invoke(
        app, ["rules", "replay", SUBJECT, "--decision", forged.decisions[0].decision_id]
    )
    assert "0 decisions equal byte for byte, 1 not" in only.output


async def test_a_lost_version_is_named(settings: CommonSettings, packs_dir: Path) -> None:
    """Without the file of a stamped version the replay says which file to put back."""
    log = _log()
    await _published(settings, log, _decided(packs_dir, log))
    archived(packs_dir, "small", "1.0.0").unlink()
    done = CliRunner().invoke(app, ["rules", "replay", SUBJECT])
    assert done.exit_code == 1
    flat = "".join(done.output.split())
    assert "small@1.0.0.yaml" in flat and "缺少规则包" in flat and "putthefile" in flat


def test_the_golden_log_replays() -> None:
    """Every decision of the golden log, of every subject, is derived again with equal bytes."""
    log = list(golden.records())
    handler, state = ScoringHandler(PACKS, TRIAGE), dict[str, bytes]()
    risk = [
        LaneRecord("golden.risk.v1", 0, one.offset, one.lane, out.value)
        for one in log
        for out in apply(handler, state, one).outputs
        if out.topic is Topic.RISK
    ]
    assert len(state) > 30
    for subject in state:
        stand = standing(risk, subject, EVER)
        found = compare(stand, events_of(log, subject, EVER), lambda pack_id, _: PACKS[pack_id])
        assert found and all(one.fate is Fate.EQUAL for one in found)


def test_a_wrong_archive_is_refused(packs_dir: Path) -> None:
    """A file of the archive that holds another version than its name says is not used."""
    file = archived(packs_dir, "small", "1.5.0")
    written(file.parent, small_pack("1.0.0"), file.stem)
    with pytest.raises(PackError, match=r"it holds small@1\.0\.0"):
        PackVersions(packs_dir).get("small", "1.5.0")
