"""CaseService over gRPC: officials look at the cases of their own jurisdiction, and act on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import grpc
from aiokafka.errors import KafkaError

from sanse.escalation.v1 import case_service_pb2 as api
from sanse.escalation.v1 import case_service_pb2_grpc as rpc
from sanse.escalation.v1 import cases_pb2 as pb
from services.common import log
from services.common.calls import Call, CallerFault, header, language_of, refuse_caller
from services.common.clock import Clock, to_local
from services.common.divisions import contains
from services.common.ids import derived_id
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.topics import Topic
from services.escalation.adapters.case_reader import CaseReader
from services.escalation.adapters.lane_view import CLOSED, OPEN, owner_set, unit_set
from services.escalation.domain.acts import OUTCOMES
from services.escalation.domain.draft import county_of
from services.escalation.domain.policy import Policies
from services.escalation.domain.posts import Post, Posts
from services.escalation.service.command_check import wrong_field
from services.escalation.service.objections import (
    Objection,
    may_see,
    outside,
    seen,
)
from services.escalation.service.texts import Fault, text_of

PAGE_SIZE = 50
PAGE_SIZE_MOST = 500
COMMANDS_MOST = 500

_FAILED = grpc.StatusCode.FAILED_PRECONDITION
_WRONG = grpc.StatusCode.INVALID_ARGUMENT
_log = log.get("cases")


class CaseApi(rpc.CaseServiceServicer):
    """Each call names its official; each look is logged; each act goes to the log, which decides."""

    def __init__(
        self,
        cases: CaseReader,
        posts: Posts,
        producer: LaneProducer,
        clock: Clock,
        policies: Policies,
    ) -> None:
        self._cases = cases
        self._posts = posts
        self._producer = producer
        self._clock = clock
        self._policies = policies

    async def ListCases(self, request: api.ListCasesRequest, call: Call) -> api.ListCasesResponse:  # type: ignore[override]
        """Cases under a division code, by id; filters narrow it."""
        caller = await self._caller(call)
        place = request.jurisdiction_code or caller.jurisdiction_code
        if caller.department and request.owner_id in ("", caller.official_id):
            # A department looks at its own cases only.
            request.owner_id = caller.official_id
        elif not caller.is_over(place):
            refusal = outside(caller, place)
            await call.abort(refusal.code, refusal.text(language_of(call)))
        size = min(request.page_size or PAGE_SIZE, PAGE_SIZE_MOST)
        found: list[pb.Case] = []
        async for page in self._cases.pages(_sets(request, place), request.page_token):
            found += [case for case in page if _matches(case, request, place)]
            if len(found) > size:
                break
        shown = found[:size]
        _viewed(caller, "list", [case.case_id for case in shown])
        token = shown[-1].case_id if len(found) > size else ""
        return api.ListCasesResponse(cases=shown, next_page_token=token)

    async def GetCase(self, request: api.GetCaseRequest, call: Call) -> api.GetCaseResponse:  # type: ignore[override]
        """One case."""
        _, case = await self._look(request.case_id, call, "get")
        return api.GetCaseResponse(case=case)

    async def GetTimeline(  # type: ignore[override]
        self, request: api.GetTimelineRequest, call: Call
    ) -> api.GetTimelineResponse:
        """The ledger of one case, read from the log, its chain recomputed."""
        _, case = await self._look(request.case_id, call, "timeline")
        timeline = await self._cases.timeline(case.case_id, case.lane)
        whole = timeline.is_whole_for(case)
        if not whole:
            _log.error("ledger.broken", case_id=case.case_id, reason=timeline.verdict.value)
        return api.GetTimelineResponse(events=timeline.events, chain_whole=whole)

    async def SendCommand(  # type: ignore[override]
        self, request: api.SendCommandRequest, call: Call
    ) -> api.SendCommandResponse:
        """Write a command; the actor is the caller, the time is this server's."""
        caller, case = await self._look(request.command.case_id, call, "command")
        objection = self._objection(request.command, caller, case)
        if objection:
            await call.abort(objection.code, objection.text(language_of(call)))
        command = self._complete(request.command, caller, case)
        await self._write([command], call)
        _log.info("command.accepted", case_id=case.case_id, command_id=command.command_id)
        return api.SendCommandResponse(command_id=command.command_id)

    async def SendCommands(  # type: ignore[override]
        self, request: api.SendCommandsRequest, call: Call
    ) -> api.SendCommandsResponse:
        """The same for many; each that may not be written is answered with why, and holds up no other."""
        caller = await self._caller(call)
        if len(request.commands) > COMMANDS_MOST:
            details = {"field": "commands", "value": len(request.commands)}
            allowed = f"<= {COMMANDS_MOST}"
            await _refuse(call, _WRONG, Fault.FIELD_WRONG, **details, allowed=allowed)
        cases = await self._cases.by_id([one.case_id for one in request.commands])
        _viewed(caller, "command", sorted(one for one in cases if may_see(caller, cases[one])))
        written, answer = list[pb.Command](), api.SendCommandsResponse()
        for sent in request.commands:
            command = self._judged(sent, caller, cases.get(sent.case_id))
            if isinstance(command, Objection):
                text = command.text(language_of(call))
                answer.refused.add(case_id=sent.case_id, text=text)
            else:
                written.append(command)
        await self._write(written, call)
        _log.info("commands.accepted", count=len(written), refused=len(answer.refused))
        answer.command_ids.extend(one.command_id for one in written)
        return answer

    def _judged(
        self, sent: pb.Command, caller: Post, found: pb.Case | None
    ) -> pb.Command | Objection:
        case = seen(sent.case_id, caller, found)
        if isinstance(case, Objection):
            return case
        return self._objection(sent, caller, case) or self._complete(sent, caller, case)

    def _objection(self, command: pb.Command, caller: Post, case: pb.Case) -> Objection | None:
        """Why a command may not be written; None when it may. Whether it has effect is the log's to decide."""
        wrong = wrong_field(command, self._outcomes(case))
        if wrong:
            details = {"field": wrong.field, "value": wrong.value, "allowed": wrong.allowed}
            return Objection(_WRONG, Fault.FIELD_WRONG, details)
        if command.actor_id not in ("", caller.official_id):
            return outside(caller, command.actor_id)
        lowers = command.HasField("request_lowering")
        if lowers and self._clock.now_ms() < case.lowering_from_ms:
            date = f"{to_local(case.lowering_from_ms):%Y-%m-%d %H:%M}"
            return Objection(_FAILED, Fault.TOO_EARLY, {"allowed": date})
        return None

    async def _write(self, commands: Sequence[pb.Command], call: Call) -> None:
        by_lane: dict[int, list[pb.Command]] = {}
        for one in commands:
            by_lane.setdefault(lane_of(one.subject_id), []).append(one)
        records = [
            (lane, Outgoing(Topic.COMMANDS, _batch(lane, some))) for lane, some in by_lane.items()
        ]
        try:
            await self._producer.send(records)
        except (KafkaError, OSError):
            await _refuse(call, grpc.StatusCode.UNAVAILABLE, Fault.LOG_AWAY)

    def _outcomes(self, case: pb.Case) -> Sequence[str]:
        """The codes of how this case may end."""
        obligation = self._policies.of_case(case.policy_version).obligation
        return OUTCOMES if obligation is None or case.level else tuple(obligation.outcomes)

    def _complete(self, sent: pb.Command, caller: Post, case: pb.Case) -> pb.Command:
        command = pb.Command()
        command.CopyFrom(sent)
        now_ms = self._clock.now_ms()
        act = sent.WhichOneof("act")
        command.command_id = sent.command_id or derived_id(
            case.case_id, caller.official_id, act, now_ms
        )
        command.subject_id = case.subject_id
        command.actor_id = caller.official_id
        command.at_ms = now_ms
        command.via = sent.via or "grpc"
        return command

    async def _look(self, case_id: str, call: Call, how: str) -> tuple[Post, pb.Case]:
        """The caller and the case, if the case lies in the caller's jurisdiction; the look is logged."""
        caller = await self._caller(call)
        case = seen(case_id, caller, await self._cases.case(case_id))
        if isinstance(case, Objection):
            await call.abort(case.code, case.text(language_of(call)))
        _viewed(caller, how, [case_id])
        return caller, case

    async def _caller(self, call: Call) -> Post:
        official_id = header(call, "x-official-id")
        if not official_id:
            await refuse_caller(call, CallerFault.NO_CALLER)
        post = self._posts.as_of(self._clock.now_ms()).get(official_id)
        if post is None:
            await refuse_caller(call, CallerFault.UNKNOWN, value=official_id)
        return post


def _sets(request: api.ListCasesRequest, place: str) -> list[str]:
    """The smallest sets that hold every case asked for."""
    if request.owner_id:
        return [owner_set(request.owner_id)]
    county = county_of(place)
    if len(place) >= 6 and not county.endswith("00"):
        return [unit_set(county)]
    by_status = {
        pb.CASE_STATUS_UNSPECIFIED: [OPEN, CLOSED],
        pb.CASE_STATUS_RESOLVED: [CLOSED],
    }
    return by_status.get(request.status, [OPEN])


def _matches(case: pb.Case, request: api.ListCasesRequest, place: str) -> bool:
    return (
        contains(place, case.jurisdiction_code)
        and request.owner_id in ("", case.owner_id)
        and request.status in (pb.CASE_STATUS_UNSPECIFIED, case.status)
        and request.level in (0, case.level)
        and _of_kind(case, request.obligation)
    )


def _of_kind(case: pb.Case, wanted: str) -> bool:
    return not wanted or wanted == case.obligation or (wanted == "*" and bool(case.obligation))


def _viewed(caller: Post, how: str, case_ids: list[str]) -> None:
    _log.info("case.viewed", official_id=caller.official_id, how=how, case_ids=case_ids)


def _batch(lane: int, commands: Sequence[pb.Command]) -> bytes:
    return pb.CommandBatch(lane=lane, commands=commands).SerializeToString()


async def _refuse(call: Call, code: grpc.StatusCode, fault: Fault, **details: object) -> NoReturn:
    text = text_of(fault, language_of(call), **details)
    await call.abort(code, text)
