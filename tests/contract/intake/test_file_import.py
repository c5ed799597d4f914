"""Importing a file on the real parts: broken off in the middle, it goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from sanse.intake.v1 import events_pb2
from services.cli.topic_reader import read_topic
from services.common.kafka_admin import ensure_topics
from services.common.topics import Topic
from services.intake.adapters.kafka_sender import KafkaAway
from services.intake.domain.grants import Grant
from services.intake.domain.incoming import Incoming, Result
from services.intake.main import Intake, connected
from services.intake.service import file_import
from services.intake.service.file_import import POSITION_SUFFIX, Summary, import_file
from services.intake.settings import IntakeSettings

SOURCE = "office"
ROWS = 10


class Breaking:
    """The real verb, which loses Kafka before the window of the given number."""

    def __init__(self, intake: Intake, breaks_at: int) -> None:
        self._intake = intake
        self._breaks_at = breaks_at
        self._windows = 0

    async def __call__(self, grant: Grant, reports: Iterable[Incoming]) -> list[Result]:
        """Accept, or fail as when the broker is away."""
        self._windows += 1
        if self._windows == self._breaks_at:
            raise KafkaAway("away")
        return await self._intake.accepter.accept(grant, reports)


@pytest.fixture
def settings(kafka: str, redis_url: str, sanse_prefix: str, folder: Path) -> IntakeSettings:
    """Intake on the session's broker and Redis, with one source and one village."""
    (folder / "divisions.csv").write_text(
        "code,name\n532301,甲县\n532301001,乙镇\n532301001001,丙村\n"
    )
    entry = {
        "source": SOURCE,
        "key_sha256": sha256(b"test-office-key").hexdigest(),
        "scopes": ["grievance"],
        "jurisdiction": "532301",
    }
    (folder / "keys.yaml").write_text(yaml.safe_dump([entry]))
    settings = IntakeSettings(
        kafka=kafka,
        redis=redis_url,
        prefix=f"{sanse_prefix}-{folder.name}",
        master_key="5a" * 32,
        divisions_file=folder / "divisions.csv",
        api_keys_file=folder / "keys.yaml",
    )
    ensure_topics(settings)
    return settings


def _file(folder: Path, rows: int = ROWS) -> Path:
    reports = [
        {
            "source_id": f"O-{number:04d}",
            "type": "grievance",
            "occurred_at": "2026-03-01T09:10:00+08:00",
            "jurisdiction_code": "532301001001",
            "grievance": {"category": "land", "channel": "village_day"},
        }
        for number in range(rows)
    ]
    path = folder / "reports.jsonl"
    path.write_text("\n".join(json.dumps(report) for report in reports))
    return path


def _on_kafka(settings: IntakeSettings) -> list[str]:
    return [
        event.source_id
        for record in read_topic(settings, Topic.EVENTS)
        for event in events_pb2.EventBatch.FromString(record.value).events
    ]


@asynccontextmanager
async def _broken_off(
    settings: IntakeSettings, path: Path, at_window: int
) -> AsyncIterator[Callable[[], Awaitable[Summary]]]:
    """An import that lost Kafka before a window; gives the way to start it again."""
    async with connected(settings) as intake:
        grant = intake.keys.grant_for_source(SOURCE)
        assert grant is not None
        rules = intake.parts.rules
        with pytest.raises(KafkaAway):
            await import_file(path, grant, Breaking(intake, at_window), rules)
        yield lambda: import_file(path, grant, intake.accepter.accept, rules)


async def test_a_broken_import_goes_on_where_it_stopped(
    settings: IntakeSettings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row once on Kafka; the second run begins behind the last acknowledged window."""
    monkeypatch.setattr(file_import, "WINDOW", 4)
    path = _file(folder)
    position = path.with_name(path.name + POSITION_SUFFIX)
    async with _broken_off(settings, path, 3) as again:
        assert position.exists()
        summary = await again()
    assert (summary.resumed_after, summary.rows, summary.accepted) == (8, ROWS, ROWS)
    assert not position.exists()
    assert sorted(_on_kafka(settings)) == [f"O-{number:04d}" for number in range(ROWS)]


async def test_a_changed_file_begins_anew(
    settings: IntakeSettings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The position is of the same bytes only; what Kafka has already is told as duplicate."""
    monkeypatch.setattr(file_import, "WINDOW", 4)
    async with _broken_off(settings, _file(folder), 2) as again:
        _file(folder, ROWS + 2)
        summary = await again()
    assert (summary.resumed_after, summary.accepted, summary.duplicates) == (0, ROWS - 2, 4)
    assert len(_on_kafka(settings)) == ROWS + 2
