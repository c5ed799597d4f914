"""The gRPC service: what was sent about a case, and test messages on the same path as real ones."""

from __future__ import annotations

from uuid import uuid4

import grpc

from sanse.notify.v1 import notify_service_pb2, notify_service_pb2_grpc
from services.common.clock import Clock
from services.common.ids import derived_id
from services.common.lane_store import LaneStore
from services.common.lanes import LANES
from services.common.terms import Level, NoticeColour, Tier
from services.notifier.adapters import codec
from services.notifier.domain.notices import NextAct, Notice, NoticeKind, Progress
from services.notifier.domain.planner import Attempt, SendingPolicy, decide
from services.notifier.domain.results import Reason
from services.notifier.service.attempts import Attempts
from services.notifier.service.handler import case_set, delivery_key
from services.notifier.service.recorder import Recorder


class NotifierApi(notify_service_pb2_grpc.NotifierServiceServicer):
    """Reads any lane; sends tests without recording them."""

    def __init__(
        self,
        store: LaneStore,
        attempts: Attempts,
        recorder: Recorder,
        policy: SendingPolicy,
        clock: Clock,
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._recorder = recorder
        self._policy = policy
        self._clock = clock

    async def GetDeliveries(
        self,
        request: notify_service_pb2.GetDeliveriesRequest,
        context: grpc.aio.ServicerContext[
            notify_service_pb2.GetDeliveriesRequest, notify_service_pb2.GetDeliveriesResponse
        ],
    ) -> notify_service_pb2.GetDeliveriesResponse:
        """All deliveries of a case, oldest first."""
        wanted: dict[int, list[str]] = {}
        for lane, delivery_id in await self._store.members(range(LANES), case_set(request.case_id)):
            wanted.setdefault(lane, []).append(delivery_key(delivery_id))
        loaded = await self._store.load(wanted)
        raws = [raw for lane in loaded.values() for raw in lane.state.values()]
        found = sorted((codec.read_delivery(raw) for raw in raws), key=_order)
        return notify_service_pb2.GetDeliveriesResponse(
            deliveries=[codec.delivery_message(delivery) for delivery in found]
        )

    async def SendTest(
        self,
        request: notify_service_pb2.SendTestRequest,
        context: grpc.aio.ServicerContext[
            notify_service_pb2.SendTestRequest, notify_service_pb2.SendTestResponse
        ],
    ) -> notify_service_pb2.SendTestResponse:
        """One message to one official on one channel, now."""
        chosen = self._attempts.by_name(request.recipient_id, request.channel)
        if isinstance(chosen, Reason):
            await context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"{chosen.value}: no such official, or channel {request.channel!r} is off",
            )
        notice = _test_notice(request.recipient_id, self._clock.now_ms())
        result = await self._attempts.send(notice, chosen, False)
        attempt = Attempt(chosen.channel.name, 0, result, None)
        after = decide(Progress(), attempt, self._policy, self._clock.now_ms())
        delivery = self._recorder.delivery(notice, after, result.provider_code)
        return notify_service_pb2.SendTestResponse(delivery=codec.delivery_message(delivery))


def _order(delivery: codec.Delivery) -> tuple[int, int]:
    return delivery.at_ms, delivery.after.attempts


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
