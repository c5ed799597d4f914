"""The wheels stand in where neither Java nor redis-server is on the path; nothing about faults is claimed."""

from __future__ import annotations

from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from redis import Redis

from services.cli.local.process import LocalProcess
from services.cli.stack import found_parts, start_parts, stop_parts
from services.common.kafka_admin import ensure_topics
from services.common.settings import CommonSettings
from services.common.topics import Topic


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A shell with nothing on its path and no address set."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("SANSE_KAFKA", "SANSE_REDIS"):
        monkeypatch.delenv(name, raising=False)


def test_they_are_told_apart(tmp_path: Path) -> None:
    """Both are named as wheels for trying out only, and ended on leaving."""
    own: dict[str, LocalProcess] = {}
    parts = start_parts(tmp_path, own, last_resort=True)
    stop_parts(own)

    assert parts.trial_only == (parts.kafka_origin, parts.redis_origin)
    assert all("for trying out only" in origin for origin in parts.trial_only)
    assert set(own) == {"kafka", "redis"}
    assert not any(process.alive for process in own.values())


def test_they_hold_what_a_demo_needs(tmp_path: Path) -> None:
    """Topics are created, a record is read back by its lane's partition, and Redis is 7 or later."""
    with found_parts(tmp_path, last_resort=True) as parts:
        settings = CommonSettings(kafka=parts.kafka, redis=parts.redis, partitions=2)
        ensure_topics(settings)
        topic = settings.topics(Topic.EVENTS)
        producer = KafkaProducer(bootstrap_servers=parts.kafka, acks="all")
        producer.send(topic, b"value", key=b"key", partition=1).get(timeout=10)
        producer.close()
        consumer = KafkaConsumer(topic, bootstrap_servers=parts.kafka, auto_offset_reset="earliest")
        record = next(consumer)
        consumer.close()
        assert (record.partition, record.key, record.value) == (1, b"key", b"value")
        assert int(Redis.from_url(parts.redis).info("server")["redis_version"].split(".")[0]) >= 7
