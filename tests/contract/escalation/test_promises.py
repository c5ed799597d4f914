"""Promises on real Kafka and Redis: the clock proposes reminders and ends of offers, and a rebuild keeps them."""

from __future__ import annotations

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.common.lanes import lane_of
from services.common.spans import HOUR_MS
from services.common.topics import Topic
from tests.contract.escalation.records import command, command_value, decision, risk_value
from tests.contract.escalation.worker import Worker, running_worker
from tests.unit.escalation.desk import TOWNSHIP, VILLAGE, rules
from tests.unit.escalation.test_promises import promising

HOUSEHOLD = "HTESTHOUSEHOLD0000009"


async def the_case(worker: Worker) -> pb.Case:
    value = await worker.store.get(lane_of(HOUSEHOLD), f"s:{HOUSEHOLD}")
    assert value is not None
    return pb.SubjectCases.FromString(value).cases[-1]


async def does(worker: Worker, number: int, who: str, **act: object) -> None:
    sent = command(number, await the_case(worker), who, **act)
    sent.at_ms = worker.clock.now
    await worker.write(Topic.COMMANDS, HOUSEHOLD, command_value(sent))
    await worker.work()


async def passes(worker: Worker, hours: float, polls: int) -> None:
    """Time passes, the clock proposes what is due, and the log decides."""
    worker.clock.now += int(hours * HOUR_MS)
    assert await worker.timer.poll(worker.clock.now, float(worker.clock.now)) == polls
    await worker.work()


async def kinds(worker: Worker) -> list[str]:
    found = [notify_pb2.NoticeKind.Name(one.kind) for one in await worker.notices()]
    return [one.removeprefix("NOTICE_KIND_").lower() for one in found]


async def test_a_promise_from_acknowledgement_to_its_end(
    kafka: str, redis_url: str, sanse_prefix: str
) -> None:
    """Reminded, rebuilt after the loss of Redis, reminded again, void; offered, and back when nobody accepts."""
    given = rules(None, promising())
    async with running_worker(kafka, redis_url, sanse_prefix, given) as worker:
        await worker.write(Topic.RISK, HOUSEHOLD, risk_value(decision(1, HOUSEHOLD, 2)))
        await worker.work()
        await does(worker, 1, TOWNSHIP, note_read=pb.NoteRead())
        await does(worker, 2, TOWNSHIP, acknowledge=pb.Acknowledge())
        await worker.refresh()
        await passes(worker, 48, 1)
        assert await kinds(worker) == ["duty_assigned", "reminder"]

        await worker.refresh()
        before = await worker.state()
        await worker.lose_state()
        await worker.refresh()
        assert await worker.state() == before

        await passes(worker, 22, 1)
        await passes(worker, 2, 1)
        case = await the_case(worker)
        assert (case.status, case.broken_act) == (pb.CASE_STATUS_OPENED, pb.NEXT_ACT_FIRST_VISIT)
        assert (await kinds(worker))[2:] == ["reminder", "supervision"]

        reassign = pb.Reassign(to_official_id=VILLAGE)
        await does(worker, 3, TOWNSHIP, reassign=reassign)
        assert (await the_case(worker)).offer.to_official_id == VILLAGE
        await passes(worker, 4, 1)
        case = await the_case(worker)
        assert (case.owner_id, case.HasField("offer")) == (TOWNSHIP, False)
        assert (await kinds(worker))[4:] == ["reassignment_offered", "reassignment_ended"]
        assert [one.official_id for one in case.reads] == []
