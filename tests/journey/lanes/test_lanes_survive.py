"""Kills, a second worker and a lost Redis: the lane runtime loses nothing and applies nothing twice."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kafka import KafkaProducer
from redis import Redis

from services.cli.local.process import LocalProcess, spawn
from services.cli.topic_reader import read_topic
from services.common.kafka_admin import ensure_topics
from services.common.lanes import lane_key, lane_of, partition_of
from services.common.settings import CommonSettings
from services.common.topics import Topic

EVENTS = 3000
SUBJECTS = 60


@dataclass(slots=True)
class Counting:
    """The counting service under test."""

    settings: CommonSettings
    folder: Path
    workers: dict[str, LocalProcess] = field(default_factory=dict)

    def start(self, instance: str) -> None:
        """Start (again) the worker with this identity and wait until it serves."""
        log_file = self.folder / f"{instance}-{time.monotonic_ns()}.log"
        env = {
            **os.environ,
            "SANSE_KAFKA": self.settings.kafka,
            "SANSE_REDIS": self.settings.redis,
            "SANSE_PREFIX": self.settings.prefix,
            "SANSE_INSTANCE": instance,
            "SANSE_SESSION_TIMEOUT_S": "6",
        }
        command = [sys.executable, "-m", "tests.journey.lanes.counting_worker"]
        worker = spawn(f"count-{instance}", command, log_file, env)
        worker.wait_until(lambda: worker.has_logged("service.ready"))
        self.workers[instance] = worker

    def run(self, during: Callable[[int], None]) -> None:
        """Send all events, calling `during` with the number sent so far after each hundredth."""
        producer = KafkaProducer(bootstrap_servers=self.settings.kafka, linger_ms=2)
        for number in range(EVENTS):
            lane = lane_of(subject := f"s{number % SUBJECTS}")
            producer.send(
                self.settings.topics(Topic.EVENTS),
                value=f"e{number} {subject}".encode(),
                key=lane_key(lane),
                partition=partition_of(lane, self.settings.partitions),
            )
            if number % 100 == 99:
                producer.flush()
                during(number + 1)
        producer.close()

    def counted(self) -> dict[str, set[str]]:
        """Each event written out, with the counts it was given (one, if nothing was applied twice)."""
        outputs: defaultdict[str, set[str]] = defaultdict(set)
        for record in read_topic(self.settings, Topic.RISK):
            event, subject, count = record.value.decode().split()
            outputs[event].add(f"{subject} {count}")
        return outputs

    def wait_for_all(self, timeout_s: float = 90.0) -> dict[str, set[str]]:
        """Wait until every event is written out."""
        deadline = time.monotonic() + timeout_s
        while len(outputs := self.counted()) < EVENTS and time.monotonic() < deadline:
            time.sleep(0.5)
        return outputs


@pytest.fixture
def counting(kafka: str, redis_url: str, sanse_prefix: str, folder: Path) -> Iterator[Counting]:
    """A fresh counting service with one worker."""
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=sanse_prefix)
    ensure_topics(settings)
    service = Counting(settings, folder)
    service.start("1")
    yield service
    for worker in service.workers.values():
        worker.stop()


def _each_once_in_order(outputs: dict[str, set[str]]) -> None:
    expected = {
        f"e{number}": {f"s{number % SUBJECTS} {number // SUBJECTS + 1}"} for number in range(EVENTS)
    }
    missing = expected.keys() - outputs.keys()
    wrong = {event: outputs[event] for event in outputs if outputs[event] != expected[event]}
    assert (len(missing), wrong) == (0, {})


def test_a_killed_worker_repeats_ids_but_loses_and_doubles_nothing(counting: Counting) -> None:
    """SIGKILL at random moments under load: each event is counted once, in order."""
    chance = random.Random(7)
    kills = set(chance.sample(range(3, 28), 4))

    def during(sent: int) -> None:
        if sent // 100 in kills:
            counting.workers["1"].kill()
            counting.start("1")

    counting.run(during)
    _each_once_in_order(counting.wait_for_all())


def test_the_survivor_takes_over_the_lanes_of_a_killed_worker(counting: Counting) -> None:
    """Two workers, one killed and never restarted: the other finishes its lanes, order kept."""
    counting.start("2")

    def during(sent: int) -> None:
        if sent == 1500:
            counting.workers["2"].kill()

    counting.run(during)
    _each_once_in_order(counting.wait_for_all())


def test_a_flushed_redis_is_rebuilt_from_kafka(counting: Counting) -> None:
    """FLUSHALL twice under load: the counts go on as if nothing had happened."""
    redis = Redis.from_url(counting.settings.redis)

    def during(sent: int) -> None:
        if sent in (900, 2100):
            redis.flushall()

    counting.run(during)
    _each_once_in_order(counting.wait_for_all())
