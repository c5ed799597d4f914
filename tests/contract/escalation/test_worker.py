"""The worker's parts on real Kafka and Redis: deadlines, loss of Redis, and the gRPC door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import case_service_pb2 as api
from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lanes import lane_of
from services.common.spans import HOUR_MS, MINUTE_MS
from services.common.topics import Topic
from tests.contract.escalation.records import (
    command,
    command_value,
    decision,
    risk_value,
    triage_decision,
    triage_value,
)
from tests.contract.escalation.worker import Worker, running_worker, served
from tests.unit.escalation.desk import COUNTY, FEDERATION, PREFECTURE, STRANGER, TOWNSHIP, VILLAGE

HOUSEHOLDS = [f"HTESTHOUSEHOLD{n:07d}" for n in range(6)]


@pytest.fixture
async def worker(kafka: str, redis_url: str, sanse_prefix: str) -> AsyncIterator[Worker]:
    """A worker that has opened a case for each household: green, yellow, red by turns."""
    async with running_worker(kafka, redis_url, sanse_prefix) as worker:
        for number, household in enumerate(HOUSEHOLDS):
            value = risk_value(decision(number, household, 1 + number % 3))
            await worker.write(Topic.RISK, household, value)
        await worker.work()
        await worker.refresh()
        yield worker


async def the_case(worker: Worker, household: str) -> pb.Case:
    """The newest case of a household."""
    value = await worker.store.get(lane_of(household), f"s:{household}")
    assert value is not None
    return pb.SubjectCases.FromString(value).cases[-1]


async def test_deadline_is_proposed_once_and_the_log_decides(worker: Worker) -> None:
    """Nothing before its time; then one command per overdue case; proposed again only after a pause."""
    assert await worker.timer.poll(worker.clock.now_ms(), 0.0) == 0
    worker.clock.now += 3 * HOUR_MS

    assert await worker.timer.poll(worker.clock.now_ms(), 1.0) == 2
    assert await worker.timer.poll(worker.clock.now_ms(), 2.0) == 0
    assert await worker.timer.poll(worker.clock.now_ms(), 12.0) == 2
    await worker.work()

    proposals = await worker.proposals()
    assert (len(proposals), len({c.command_id for c in proposals})) == (4, 2)
    reds = [notice for notice in await worker.notices() if notice.colour]
    assert sorted((n.recipient_id, n.serial_no[0]) for n in reds) == [(COUNTY, "白")] * 2
    assert (await the_case(worker, HOUSEHOLDS[2])).ladder_step == 1


async def test_clock_stepping_back_neither_fires_again_nor_takes_back(worker: Worker) -> None:
    """Fired just after its time, the clock ten minutes back and forward again: one rung, one notice each."""
    reds = [await the_case(worker, HOUSEHOLDS[n]) for n in (2, 5)]
    just_after = max(case.ladder_due_ms for case in reds) + 1
    worker.clock.now = just_after
    assert await worker.timer.poll(worker.clock.now_ms(), 0.0) == 2

    worker.clock.now -= 10 * MINUTE_MS
    assert await worker.timer.poll(worker.clock.now_ms(), 100.0) == 0
    await worker.work()
    await worker.refresh()
    assert await worker.timer.poll(worker.clock.now_ms(), 200.0) == 0
    worker.clock.now = just_after
    assert await worker.timer.poll(worker.clock.now_ms(), 300.0) == 0

    steps = [(await the_case(worker, HOUSEHOLDS[n])).ladder_step for n in (2, 5)]
    coloured = [notice.case_id for notice in await worker.notices() if notice.colour]
    assert steps == [1, 1]
    assert sorted(coloured) == sorted(case.case_id for case in reds)


async def test_acknowledgement_before_the_clock_makes_it_stale(worker: Worker) -> None:
    """A proposal that stands in the log behind the acknowledgement has no effect."""
    case = await the_case(worker, HOUSEHOLDS[2])
    acknowledge = command(1, case, COUNTY, acknowledge=pb.Acknowledge())
    await worker.write(Topic.COMMANDS, case.subject_id, command_value(acknowledge))
    worker.clock.now += 3 * HOUR_MS
    await worker.timer.poll(worker.clock.now_ms(), 0.0)
    await worker.work()

    after = await the_case(worker, HOUSEHOLDS[2])

    assert (after.status, after.ladder_step) == (pb.CASE_STATUS_ACKNOWLEDGED, 0)
    assert not [n for n in await worker.notices() if n.case_id == case.case_id and n.colour]


async def test_lost_redis_is_noticed_and_rebuilt_while_idle(worker: Worker) -> None:
    """State, look-ups and deadlines come back byte for byte; the ladder goes on where it was."""
    worker.clock.now += 3 * HOUR_MS
    await worker.timer.poll(worker.clock.now_ms(), 0.0)
    await worker.work()
    await worker.refresh()
    before = await worker.state()

    await worker.lose_state()
    await worker.refresh()

    assert before
    assert await worker.state() == before
    worker.clock.now += 5 * HOUR_MS
    assert await worker.timer.poll(worker.clock.now_ms(), 1.0) == 2
    await worker.work()
    case = await the_case(worker, HOUSEHOLDS[2])
    assert (case.ladder_step, case.owner_id) == (2, PREFECTURE)


async def test_many_overdue_cases_of_one_lane_are_all_proposed(worker: Worker) -> None:
    """More than one reading's worth of deadlines is worked off in turns."""
    household, number = HOUSEHOLDS[0], 150
    same_lane = [
        h for h in (f"HMANY{n}" for n in range(60_000)) if lane_of(h) == lane_of(household)
    ]
    decisions = [decision(100 + n, h, 3) for n, h in enumerate(same_lane[:number])]
    await worker.write(Topic.RISK, household, risk_value(*decisions))
    await worker.work()
    worker.clock.now += 3 * HOUR_MS

    turns = [await worker.timer.poll(worker.clock.now_ms(), 0.1 * n) for n in range(6)]

    assert sum(turns) == number + 2
    assert turns[-1] == 0


Metadata = tuple[tuple[str, str], ...]


def caller(official_id: str, language: str = "en") -> Metadata:
    """What an official's client sends along."""
    return (("x-official-id", official_id), ("accept-language", language))


async def refused(call: object) -> tuple[grpc.StatusCode, str]:
    """The status and text of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call  # type: ignore[misc]
    return error.value.code(), str(error.value.details())


async def test_officials_see_their_own_jurisdiction(worker: Worker) -> None:
    """List, page and look within the own jurisdiction; outside it nothing, in the caller's language."""
    case = await the_case(worker, HOUSEHOLDS[2])
    async with served(worker) as client:
        everything = await client.ListCases(api.ListCasesRequest(), metadata=caller(PREFECTURE))
        assert len(everything.cases) == 6

        token, seen = "", list[str]()
        while True:
            request = api.ListCasesRequest(page_size=4, page_token=token)
            page = await client.ListCases(request, metadata=caller(VILLAGE))
            seen += [found.case_id for found in page.cases]
            token = page.next_page_token
            if not token:
                break
        assert seen == sorted(found.case_id for found in everything.cases)

        red = api.ListCasesRequest(level=common_pb2.LEVEL_RED, owner_id=COUNTY)
        assert len((await client.ListCases(red, metadata=caller(COUNTY))).cases) == 2
        closed = api.ListCasesRequest(status=pb.CASE_STATUS_RESOLVED)
        assert not (await client.ListCases(closed, metadata=caller(PREFECTURE))).cases

        got = await client.GetCase(
            api.GetCaseRequest(case_id=case.case_id), metadata=caller(COUNTY)
        )
        assert got.case == case
        elsewhere = api.ListCasesRequest(jurisdiction_code="532302")
        code, text = await refused(client.ListCases(elsewhere, metadata=caller(COUNTY)))
        assert (code, text) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "532302 is outside your jurisdiction 532301",
        )
        look = api.GetCaseRequest(case_id=case.case_id)
        code, text = await refused(client.GetCase(look, metadata=caller(STRANGER, "zh-CN")))
        assert code is grpc.StatusCode.PERMISSION_DENIED
        assert "不在您的辖区" in text


STRANGE_CALLS = [
    ((), "", grpc.StatusCode.UNAUTHENTICATED),
    (caller("nobody"), "", grpc.StatusCode.PERMISSION_DENIED),
    (caller(COUNTY), "999-nothing", grpc.StatusCode.NOT_FOUND),
    (caller(COUNTY), "nonsense", grpc.StatusCode.NOT_FOUND),
    (caller(COUNTY), "", grpc.StatusCode.NOT_FOUND),
]


async def test_strange_callers_and_cases_are_refused(worker: Worker) -> None:
    """Every call names its official and an existing case."""
    async with served(worker) as client:
        for metadata, case_id, code in STRANGE_CALLS:
            request = api.GetCaseRequest(case_id=case_id)
            assert (await refused(client.GetCase(request, metadata=metadata)))[0] is code


async def test_command_over_grpc_acts_through_the_log(worker: Worker) -> None:
    """The actor is the caller and the time the server's; the timeline shows it, its chain whole."""
    case = await the_case(worker, HOUSEHOLDS[1])
    async with served(worker) as client:
        visit = pb.Command(case_id=case.case_id, record_visit=pb.RecordVisit(), at_ms=1)
        sent = await client.SendCommand(
            api.SendCommandRequest(command=visit), metadata=caller(TOWNSHIP)
        )
        await worker.work()

        timeline = await client.GetTimeline(
            api.GetTimelineRequest(case_id=case.case_id), metadata=caller(COUNTY)
        )

    assert timeline.chain_whole
    assert [event.type for event in timeline.events] == [
        pb.CASE_EVENT_TYPE_OPENED,
        pb.CASE_EVENT_TYPE_ACKNOWLEDGED,
        pb.CASE_EVENT_TYPE_VISITED,
    ]
    last = timeline.events[-1]
    assert (last.actor_id, last.cause_id, last.at_ms) == (
        TOWNSHIP,
        sent.command_id,
        worker.clock.now,
    )


async def test_many_commands_are_written_at_once_and_each_refusal_is_told(worker: Worker) -> None:
    """Each is checked as one alone is; what may be written is, in one record a lane, and has its effect once."""
    cases = [await the_case(worker, one) for one in HOUSEHOLDS]
    visits = [
        pb.Command(
            case_id=one.case_id, command_id=f"many-{one.case_id}", record_visit=pb.RecordVisit()
        )
        for one in cases
    ]
    wrong = [
        pb.Command(case_id="017-nothing", record_visit=pb.RecordVisit()),
        pb.Command(case_id=cases[0].case_id, resolve=pb.Resolve(how="magic")),
        pb.Command(case_id=cases[0].case_id, actor_id=TOWNSHIP, acknowledge=pb.Acknowledge()),
    ]
    async with served(worker) as client:
        request = api.SendCommandsRequest(commands=[*visits, *wrong])
        for _ in range(2):
            answer = await client.SendCommands(request, metadata=caller(PREFECTURE))
        strange = await client.SendCommands(request, metadata=caller(STRANGER))
        many = api.SendCommandsRequest(commands=visits * 100)
        code, text = await refused(client.SendCommands(many, metadata=caller(PREFECTURE)))
    await worker.work()

    assert list(answer.command_ids) == [one.command_id for one in visits]
    assert [one.case_id for one in answer.refused] == [one.case_id for one in wrong]
    for one, words in zip(
        answer.refused,
        ["there is no case", "field resolve.how is magic", f"{TOWNSHIP} is outside"],
        strict=True,
    ):
        assert words in one.text
    assert (len(strange.command_ids), len(strange.refused)) == (0, len(visits) + len(wrong))
    assert (code, "field commands is 600" in text) == (grpc.StatusCode.INVALID_ARGUMENT, True)
    assert [(await the_case(worker, one)).visits for one in HOUSEHOLDS] == [1] * len(HOUSEHOLDS)


SECRET = common_pb2.SealedText(ciphertext=b"x" * 70_000)
WRONG_COMMANDS: list[tuple[dict[str, Any], str]] = [
    ({}, "act"),
    ({"deadline_reached": pb.DeadlineReached()}, "act"),
    ({"number_allotted": pb.NumberAllotted(notice_id="n", official_no="1")}, "act"),
    ({"allot_number": pb.AllotNumber(notice_id="n")}, "act"),
    ({"reply_overdue": pb.ReplyOverdue(notice_id="n")}, "act"),
    ({"change_policy": pb.ChangePolicy(to_version="x/1")}, "change_policy.from_version"),
    ({"resolve": pb.Resolve(how="magic")}, "resolve.how"),
    ({"raise_level": pb.RaiseLevel()}, "raise_level.level"),
    ({"reassign": pb.Reassign(reason="Mrs Li")}, "reassign.reason"),
    ({"record_visit": pb.RecordVisit(remarks=SECRET)}, "record_visit.remarks"),
    ({"add_evidence": pb.AddEvidence(kind=pb.EVIDENCE_KIND_VISIT)}, "add_evidence.kind"),
    ({"add_evidence": pb.AddEvidence(kind=pb.EVIDENCE_KIND_DOCUMENT)}, "add_evidence.sha256"),
    ({"return_closing": pb.ReturnClosing(reason="Mrs Li")}, "return_closing.reason"),
    ({"acknowledge": pb.Acknowledge(), "command_id": "x" * 101}, "command_id"),
]


async def test_wrong_command_names_the_field(worker: Worker) -> None:
    """A wrong command never reaches the log; the text names field, value and what is allowed."""
    case = await the_case(worker, HOUSEHOLDS[1])
    async with served(worker) as client:
        for act, field in WRONG_COMMANDS:
            wrong = api.SendCommandRequest(command=pb.Command(case_id=case.case_id, **act))
            code, text = await refused(client.SendCommand(wrong, metadata=caller(TOWNSHIP)))

            assert code is grpc.StatusCode.INVALID_ARGUMENT
            assert f"field {field} is" in text
            assert "allowed:" in text
    assert await worker.proposals() == []


async def test_a_lowering_before_its_time_is_told_the_date(worker: Worker) -> None:
    """Refused at the door with the day from which it may be asked for, in both languages; after it, taken."""
    household = HOUSEHOLDS[2]
    from_ms = worker.clock.now + 14 * 24 * HOUR_MS
    fall = decision(
        90,
        household,
        3,
        computed_level=1,
        reason=4,
        decided_at_ms=worker.clock.now + HOUR_MS,
        lowering_from_ms=from_ms,
    )
    await worker.write(Topic.RISK, household, risk_value(fall))
    await worker.work()
    case = await the_case(worker, household)
    ask = pb.RequestLowering(to_level=common_pb2.LEVEL_GREEN, assessment_decision_id="d90")
    request = api.SendCommandRequest(command=pb.Command(case_id=case.case_id, request_lowering=ask))
    async with served(worker) as client:
        for language, words in (
            ("en", "until 2026-01-20 16:00"),
            ("zh", "保持至 2026-01-20 16:00"),
        ):
            code, text = await refused(
                client.SendCommand(request, metadata=caller(COUNTY, language))
            )
            assert code is grpc.StatusCode.FAILED_PRECONDITION
            assert words in text
        assert await worker.proposals() == []
        worker.clock.now = from_ms
        await client.SendCommand(request, metadata=caller(COUNTY))
    await worker.work()
    assert (await the_case(worker, household)).lowering.requested_by == COUNTY


async def test_nobody_acts_in_anothers_name(worker: Worker) -> None:
    """An actor other than the caller is refused."""
    case = await the_case(worker, HOUSEHOLDS[1])
    async with served(worker) as client:
        forged = pb.Command(case_id=case.case_id, actor_id=COUNTY, acknowledge=pb.Acknowledge())
        code, _ = await refused(
            client.SendCommand(api.SendCommandRequest(command=forged), metadata=caller(TOWNSHIP))
        )

    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert await worker.proposals() == []


async def test_departments_see_what_was_handed_to_them_and_nothing_else(worker: Worker) -> None:
    """A department lists and opens its own case; the households' cases around it are not shown, even by their id."""
    household = HOUSEHOLDS[2]
    value = triage_value(triage_decision(1, household, "womens_federation"))
    await worker.write(Topic.TRIAGE, household, value)
    await worker.work()
    handed = await the_case(worker, household)
    risk = (await the_case(worker, HOUSEHOLDS[1])).case_id
    mine = caller(FEDERATION)
    async with served(worker) as client:
        listed = await client.ListCases(api.ListCasesRequest(), metadata=mine)
        assert [case.case_id for case in listed.cases] == [handed.case_id]
        shown = await client.GetCase(api.GetCaseRequest(case_id=handed.case_id), metadata=mine)
        assert shown.case.pack_id == "triage/womens_federation"
        status, _ = await refused(client.GetCase(api.GetCaseRequest(case_id=risk), metadata=mine))
        assert status is grpc.StatusCode.PERMISSION_DENIED
        others = api.ListCasesRequest(owner_id=COUNTY)
        status, _ = await refused(client.ListCases(others, metadata=mine))
        assert status is grpc.StatusCode.PERMISSION_DENIED
        # The centre above sees both.
        everything = await client.ListCases(api.ListCasesRequest(), metadata=caller(PREFECTURE))
        assert {handed.case_id, risk} <= {case.case_id for case in everything.cases}


async def test_obligations_are_listed_by_kind_and_end_by_their_own_codes(worker: Worker) -> None:
    """The list of a kind holds no warning; a case of it ends by an outcome of its kind, not by one of the warnings."""
    household = HOUSEHOLDS[2]
    await worker.write(Topic.TRIAGE, household, triage_value(triage_decision(1, household)))
    await worker.work()
    handed = await the_case(worker, household)
    async with served(worker) as client:
        for kind, found in (("*", [handed.case_id]), ("triage", [handed.case_id]), ("task", [])):
            request = api.ListCasesRequest(obligation=kind)
            listed = await client.ListCases(request, metadata=caller(PREFECTURE))
            assert [case.case_id for case in listed.cases] == found
        act = pb.Command(case_id=handed.case_id, resolve=pb.Resolve(how="separated"))
        send = client.SendCommand(api.SendCommandRequest(command=act), metadata=caller(TOWNSHIP))
        code, text = await refused(send)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert "allowed: done, mediated" in text
        act.resolve.how = "done"
        await client.SendCommand(api.SendCommandRequest(command=act), metadata=caller(TOWNSHIP))
    await worker.work()
    assert (await the_case(worker, household)).status == pb.CASE_STATUS_RESOLVED
