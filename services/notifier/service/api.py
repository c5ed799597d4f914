"""The gRPC service: what was sent about a case, and test messages on the same path as real ones."""

from __future__ import annotations

from uuid import uuid4

import grpc

from sanse.notify.v1 import notify_pb2, notify_service_pb2, notify_service_pb2_grpc
from services.common import log
from services.common.calls import Call, Callers
from services.common.clock import Clock
from services.common.divisions import tier_of
from services.common.ids import derived_id
from services.common.terms import Level, NoticeColour, Tier
from services.notifier.adapters import codec
from services.notifier.domain.notices import NextAct, Notice, NoticeKind, Progress
from services.notifier.domain.planner import Attempt, SendingPolicy, decide
from services.notifier.domain.results import Reason
from services.notifier.service.attempts import Attempts
from services.notifier.service.case_file import CaseFile
from services.notifier.service.guard import Guard
from services.notifier.service.recorder import Recorder
from services.notifier.service.refusals import Refusal, refuse

_log = log.get("notify_api")


class NotifierApi(notify_service_pb2_grpc.NotifierServiceServicer):
    """Each call names its official, who sees and tests what lies in the own jurisdiction; each look is logged."""

    def __init__(
        self,
        cases: CaseFile,
        callers: Callers,
        attempts: Attempts,
        recorder: Recorder,
        policy: SendingPolicy,
        guard: Guard,
        clock: Clock,
    ) -> None:
        self._guard = guard
        self._cases = cases
        self._callers = callers
        self._attempts = attempts
        self._recorder = recorder
        self._policy = policy
        self._clock = clock

    async def GetDeliveries(  # type: ignore[override]
        self, request: notify_service_pb2.GetDeliveriesRequest, call: Call
    ) -> notify_service_pb2.GetDeliveriesResponse:
        """What was told about a case, oldest first; for who is over its place, or was told of it."""
        caller = await self._callers.caller(call)
        told = await self._cases.of(request.case_id)
        if caller.official_id not in {notice.recipient_id for notice in told.notices}:
            for place in {notice.jurisdiction_code for notice in told.notices}:
                await self._callers.over(call, place, request.case_id)
        _log.info("deliveries.viewed", official_id=caller.official_id, case_id=request.case_id)
        return notify_service_pb2.GetDeliveriesResponse(
            deliveries=[codec.delivery_message(delivery) for delivery in told.deliveries],
            notices=[codec.notice_message(notice) for notice in told.notices],
            replies=[notify_pb2.Reply.FromString(raw) for raw in told.replies],
            states={one: codec.state_message(step) for one, step in told.progress.items()},
            posts=told.posts,
        )

    async def SendTest(  # type: ignore[override]
        self, request: notify_service_pb2.SendTestRequest, call: Call
    ) -> notify_service_pb2.SendTestResponse:
        """One message to one official of the caller's jurisdiction on one channel, now."""
        caller = await self._callers.caller(call)
        chosen = self._attempts.choices.by_name(request.recipient_id, request.channel)
        if isinstance(chosen, Reason):
            await call.abort(
                grpc.StatusCode.NOT_FOUND,
                f"{chosen.value}: no such official, or channel {request.channel!r} is off",
            )
        await self._callers.over(call, chosen.official.jurisdiction_code, request.recipient_id)
        if not await self._guard.admits_test(caller.official_id):
            await refuse(call, Refusal.TOO_MANY_TESTS, value=caller.official_id)
        notice = _test_notice(request.recipient_id, self._clock.now_ms())
        result = await self._attempts.send(notice, chosen, False)
        attempt = Attempt(chosen.channel.name, 0, result)
        after = decide(Progress(), attempt, self._policy, self._clock.now_ms())
        delivery = self._recorder.delivery(notice, after, result.provider_code)
        return notify_service_pb2.SendTestResponse(delivery=codec.delivery_message(delivery))

    async def ReleaseHeld(  # type: ignore[override]
        self, request: notify_service_pb2.ReleaseHeldRequest, call: Call
    ) -> notify_service_pb2.ReleaseHeldResponse:
        """For who is over the county; tests are released by somebody else than their sender."""
        caller = await self._callers.caller(call)
        unit, tests_of = request.jurisdiction_code, request.tests_of
        if not request.messages or bool(unit) == bool(tests_of):
            await refuse(call, Refusal.RELEASE_WHAT)
        if unit:
            if tier_of(unit) is not Tier.COUNTY:
                await refuse(call, Refusal.NOT_A_COUNTY, value=unit)
            await self._callers.over(call, unit)
            hours = await self._guard.release(unit, request.messages, caller.official_id)
            return notify_service_pb2.ReleaseHeldResponse(hours=hours)
        if tests_of == caller.official_id:
            await refuse(call, Refusal.SECOND_PERSON, value=tests_of)
        place = self._attempts.choices.place_of(tests_of)
        await self._callers.over(call, place, tests_of)
        await self._guard.release_tests(tests_of, request.messages, caller.official_id)
        return notify_service_pb2.ReleaseHeldResponse()


def _test_notice(recipient_id: str, now_ms: int) -> Notice:
    return Notice(
        notice_id=derived_id("test", recipient_id, now_ms, uuid4()),
        case_id="",
        case_no="TEST",
        subject_id="test",
        kind=NoticeKind.TEST,
        colour=NoticeColour.NONE,
        serial_no="",
        level=Level.NONE,
        tier=Tier.NONE,
        recipient_id=recipient_id,
        jurisdiction_code="",
        act=NextAct.NONE,
        act_due_ms=0,
        created_at_ms=now_ms,
    )
