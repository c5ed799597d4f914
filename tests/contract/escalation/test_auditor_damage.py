"""The auditor before damage: it names what it finds in every pass, and no damage ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lane_types import Outgoing
from services.common.topics import Topic
from services.escalation.adapters.ledger import body_of
from services.escalation.auditor.main import TURNS
from services.escalation.domain.audit import Fault
from services.escalation.domain.ledger import chain_hash
from tests.contract.escalation.test_auditor import (
    HOUSEHOLDS,
    POLICY,
    RED,
    auditing,
    opened,
    the_case,
)
from tests.contract.escalation.worker import Worker

NO_MESSAGE = b"\xff\xff\xff"
STATUS_99 = b"\x40\x63"


@pytest.fixture
async def worker(kafka: str, redis_url: str, sanse_prefix: str) -> AsyncIterator[Worker]:
    """A worker that has opened a green, a yellow and a red case."""
    async with opened(kafka, redis_url, sanse_prefix) as worker:
        yield worker


def of_another_protocol(case: pb.Case) -> bytes:
    """A ledger record that extends the case's chain as it should, with a status not known here."""
    event = pb.CaseEvent(
        case_id=case.case_id, sequence=case.ledger_length + 1, prev_hash=case.ledger_head
    )
    event.hash = chain_hash(event.prev_hash, body_of(event))
    event.case_after.CopyFrom(case)
    event.case_after.ledger_length = event.sequence
    event.case_after.ledger_head = event.hash
    event.case_after.MergeFromString(STATUS_99)
    return pb.CaseEventBatch(lane=case.lane, events=[event]).SerializeToString()


async def test_all_damage_is_named_by_every_pass_until_it_is_put_right(worker: Worker) -> None:
    """Unreadable state, unknown numbers, a lost ledger, a lost deadline: no part of the lanes hides another's."""
    green, yellow, red = [await the_case(worker, household) for household in HOUSEHOLDS]
    due, state, known = (
        worker.store.key(case.lane, part)
        for case, part in ((yellow, "due"), (red, "state"), (red, "set:open"))
    )
    readable = await worker.redis.hget(state, f"s:{RED}")
    damaged = {case.lane % TURNS for case in (green, yellow, red)}
    elsewhere = min(set(range(TURNS)) - damaged)
    lost = f"{red.lane:03d}-lost"
    async with auditing(worker) as auditor:
        before = await auditor.one_pass()
        await worker.redis.zrem(due, yellow.case_id)
        await worker.redis.hset(state, f"s:{RED}", NO_MESSAGE)
        await worker.redis.sadd(known, lost)
        await worker.producer.send(
            [(green.lane, Outgoing(Topic.CASES, of_another_protocol(green)))]
        )
        found = [await auditor.one_pass(), await auditor.one_pass(elsewhere, TURNS)]
        await worker.redis.zadd(due, {yellow.case_id: yellow.ladder_due_ms})
        await worker.redis.hset(state, f"s:{RED}", readable)
        await worker.redis.srem(known, lost)
        mended = await auditor.one_pass(elsewhere, TURNS)

    unknown = (Fault.RECORD_UNREADABLE, green.case_id)
    all_damage = {
        unknown,
        (Fault.DEADLINE_NOT_STORED, yellow.case_id),
        (Fault.STATE_DIFFERS, red.case_id),
        (Fault.LEDGER_LOST, lost),
    }
    assert before == []
    assert [{(one.fault, one.about) for one in each} for each in found] == [all_damage] * 2
    assert [(one.fault, one.about) for one in mended] == [unknown]


async def test_cases_whose_redrives_are_spent_keep_none_from_its_own(
    worker: Worker,
) -> None:
    """When more is missed than a pass drives again, each case has its turn."""
    narrow = replace(POLICY, redrives_a_pass=1, redrives_an_hour=1)
    missed = [await the_case(worker, household) for household in HOUSEHOLDS[1:]]
    worker.clock.now = max(case.ladder_due_ms for case in missed) + POLICY.fire_within_ms + 1
    async with auditing(worker, narrow) as auditor:
        for _ in missed:
            await auditor.one_pass()
    driven = [command.case_id for command in await worker.proposals()]
    assert sorted(driven) == sorted(case.case_id for case in missed)
