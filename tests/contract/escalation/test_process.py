"""The worker as it is deployed: a process beside real Kafka and Redis, on a simulated clock."""

from __future__ import annotations

import sys
from pathlib import Path

from aiokafka import TopicPartition

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.cli.local.process import LocalProcess, spawn
from services.common.clock import SharedClock
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_rebuild import read_to_end
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import REPOSITORY, CommonSettings
from services.common.spans import HOUR_MS, MINUTE_MS
from services.common.topics import Topic
from tests.contract.escalation.records import decision, risk_value
from tests.unit.escalation.desk import COUNTY, PLACES, PREFECTURE, START_MS

HOUSEHOLD = "HTESTHOUSEHOLD0000001"
WAIT_S = 60.0
# A Wednesday, 08:00 in China.
BEGIN_MS = START_MS + 16 * HOUR_MS


def write_roster(file: Path) -> Path:
    """The officials of the unit tests, as a file."""
    rows = ["official_id,jurisdiction_code,tier,post,language,channels,mobile,wecom_id,email"]
    for official_id, (place, tier) in PLACES.items():
        rows.append(f"{official_id},{place},{tier.name.lower()},duty,zh,sms,,,")
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def start(settings: CommonSettings, folder: Path, clock_file: Path, **more: str) -> LocalProcess:
    """python -m services.escalation with further variables, if any, until it is ready."""
    env = {
        "SANSE_KAFKA": settings.kafka,
        "SANSE_REDIS": settings.redis,
        "SANSE_PREFIX": settings.prefix,
        "SANSE_PARTITIONS": str(settings.partitions),
        "SANSE_CLOCK_FILE": str(clock_file),
        "SANSE_ROSTER_FILE": str(write_roster(folder / "roster.csv")),
        "SANSE_MORNINGS_FILE": str(REPOSITORY / "deploy/mornings/mornings.yaml"),
        **more,
    }
    command = [sys.executable, "-m", "services.escalation"]
    process = spawn("escalation", command, folder / "escalation.log", env)
    process.wait_until(lambda: process.has_logged("service.ready"), WAIT_S)
    return process


async def notices(settings: CommonSettings) -> list[notify_pb2.Notice]:
    """All notices in the log."""
    values = await read_all(settings, Topic.NOTICES)
    return [n for value in values for n in notify_pb2.NoticeBatch.FromString(value).notices]


async def read_all(settings: CommonSettings, topic: Topic) -> list[bytes]:
    """All values of a topic of one partition."""
    part = TopicPartition(settings.topics(topic), 0)
    return [value async for value in read_to_end(settings.kafka, [part])]


async def until(settings: CommonSettings, count: int) -> list[notify_pb2.Notice]:
    """Read the notices again and again until there are so many."""
    for _ in range(200):
        found = await notices(settings)
        if len(found) >= count:
            return found
    raise AssertionError(f"{len(found)} notices, expected {count}")


async def test_process_opens_escalates_and_ends_cleanly(
    kafka: str, redis_url: str, sanse_prefix: str, tmp_path: Path
) -> None:
    """A red decision before a working morning, its digest; two hours pass, then four more; SIGTERM ends it with 0."""
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=sanse_prefix, partitions=1)
    ensure_topics(settings)
    clock = SharedClock(tmp_path / "clock.json")
    clock.set(BEGIN_MS, 0)
    process = start(settings, tmp_path, tmp_path / "clock.json")
    producer = LaneProducer(settings)
    await producer.start()
    try:
        value = risk_value(decision(1, HOUSEHOLD, 3, decided_at_ms=BEGIN_MS))
        await producer.send([(lane_of(HOUSEHOLD), Outgoing(Topic.RISK, value))])
        (duty,) = await until(settings, 1)
        assert duty.recipient_id == COUNTY

        clock.set(BEGIN_MS + 30 * MINUTE_MS, 0)
        digest = (await until(settings, 2))[1]
        assert (digest.kind, digest.counts.red) == (notify_pb2.NOTICE_KIND_DIGEST, 1)
        clock.set(BEGIN_MS + 2 * HOUR_MS, 0)
        assert (await until(settings, 3))[2].serial_no[0] == "白"
        clock.set(BEGIN_MS + 6 * HOUR_MS, 0)
        told = {(n.recipient_id, n.serial_no[:1]) for n in (await until(settings, 6))[3:]}
        assert told == {(COUNTY, "黄"), (PREFECTURE, ""), (COUNTY, "")}
    finally:
        await producer.stop()
        process.stop()

    assert process.popen.returncode == 0, process.log_tail()
    ledger = await read_all(settings, Topic.CASES)
    events = [e for batch in ledger for e in pb.CaseEventBatch.FromString(batch).events]
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6, 7]
    numbers = [
        entry.official_no for b in ledger for entry in pb.CaseEventBatch.FromString(b).serials
    ]
    assert numbers == ["楚市白督字〔2026〕第001号", "楚市黄督字〔2026〕第001号"]
