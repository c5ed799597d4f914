"""What the auditor writes in the engine's place: counted by what stands in the log, and by nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from services.common.settings import CommonSettings
from services.common.spans import HOUR_MS
from services.common.topics import MAX_RECORD_BYTES, Topic
from services.escalation.domain.audit import Fault
from tests.contract.escalation.test_auditor import POLICY, RED, auditing, faults, opened, the_case
from tests.contract.escalation.worker import Worker


@pytest.fixture
async def worker(kafka: str, redis_url: str, sanse_prefix: str) -> AsyncIterator[Worker]:
    """A worker whose red case is past its deadline, and that does nothing about it."""
    async with opened(kafka, redis_url, sanse_prefix) as worker:
        worker.clock.now = (await the_case(worker, RED)).ladder_due_ms + POLICY.fire_within_ms + 1
        yield worker


def take_records_of(settings: CommonSettings, most_bytes: int) -> None:
    """How large a record of commands may be; the broker refuses larger ones."""
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka)
    name = settings.topics(Topic.COMMANDS)
    change = {"max.message.bytes": str(most_bytes)}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, change)])
    admin.close()


async def test_a_redrive_the_broker_refused_is_named_and_spends_nothing(worker: Worker) -> None:
    """Refused as often as it may be written in an hour, it is still written once the broker takes it."""
    case_id = (await the_case(worker, RED)).case_id
    async with auditing(worker) as auditor:
        await asyncio.to_thread(take_records_of, worker.settings, 1)
        refused = [await auditor.one_pass() for _ in range(POLICY.redrives_an_hour)]
        await asyncio.to_thread(take_records_of, worker.settings, MAX_RECORD_BYTES)
        taken = await auditor.one_pass()
    written = [command.case_id for command in await worker.proposals()]
    assert all(Fault.REDRIVE_REFUSED in faults(found, case_id) for found in refused)
    assert not {Fault.REDRIVE_REFUSED, Fault.REDRIVES_SPENT} & faults(taken, case_id)
    assert written.count(case_id) == 1


async def test_a_restarted_auditor_keeps_to_the_limit_of_the_one_before(worker: Worker) -> None:
    """What was driven again in the past hour is read from the log; an hour later it counts no longer."""
    case_id = (await the_case(worker, RED)).case_id
    async with auditing(worker) as before:
        for _ in range(POLICY.redrives_an_hour):
            await before.one_pass()
    async with auditing(worker) as after:
        found = await after.one_pass()
        spent = [command.case_id for command in await worker.proposals()].count(case_id)
        worker.clock.now += HOUR_MS
        fresh = await after.one_pass()
    written = [command.case_id for command in await worker.proposals()].count(case_id)
    assert Fault.REDRIVES_SPENT in faults(found, case_id)
    assert Fault.REDRIVES_SPENT not in faults(fresh, case_id)
    assert (spent, written) == (POLICY.redrives_an_hour, POLICY.redrives_an_hour + 1)
