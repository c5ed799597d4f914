"""Writes one step of a notice to the deliveries topic, acknowledged by all replicas."""

from __future__ import annotations

import asyncio

from aiokafka.errors import KafkaError

from services.common import log
from services.common.clock import Clock
from services.common.ids import derived_id
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.topics import Topic
from services.notifier.adapters.codec import Delivery, delivery_batch
from services.notifier.domain.notices import DeliveryStatus, Notice, Progress
from services.notifier.domain.results import Reason

_AGAIN_AFTER_S = 0.5
# A person must look at these.
_LOUD = frozenset(
    {
        Reason.NO_RECIPIENT,
        Reason.NO_ADDRESS,
        Reason.UNKNOWN_CODE,
        Reason.BAD_CREDENTIALS,
        Reason.BAD_TEMPLATE,
        Reason.INTERNAL_ERROR,
    }
)
_log = log.get("deliveries")


class Recorder:
    """Ids are derived from notice, attempt and status: recorded twice, it is one delivery."""

    def __init__(self, producer: LaneProducer, clock: Clock) -> None:
        self._producer = producer
        self._clock = clock

    def delivery(self, notice: Notice, after: Progress, provider_code: str) -> Delivery:
        """The step as a delivery."""
        step = (notice.notice_id, after.attempts, after.channel, after.status.name)
        return Delivery(
            delivery_id=derived_id("delivery", *step),
            notice_id=notice.notice_id,
            case_id=notice.case_id,
            recipient_id=notice.recipient_id,
            provider_code=provider_code,
            at_ms=self._clock.now_ms(),
            after=after,
        )

    async def record(
        self, lane: int, notice: Notice, after: Progress, provider_code: str
    ) -> Delivery:
        """Record a step; does not give up while Kafka is away, for the message has left."""
        delivery = self.delivery(notice, after, provider_code)
        while True:
            try:
                await self.write(lane, delivery)
                return delivery
            except KafkaError as error:
                _log.warning("delivery.not_recorded", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_AFTER_S)

    async def write(self, lane: int, delivery: Delivery) -> None:
        """Write once and log it; KafkaError when no replica has it."""
        value = delivery_batch(lane, [delivery])
        await self._producer.send([(lane, Outgoing(Topic.DELIVERIES, value))])
        _tell(delivery)


def _tell(delivery: Delivery) -> None:
    after = delivery.after
    loud = after.reason in _LOUD or after.status is DeliveryStatus.FAILED
    (_log.error if loud else _log.info)(
        f"notice.{after.status.name.lower()}",
        notice_id=delivery.notice_id,
        case_id=delivery.case_id,
        recipient_id=delivery.recipient_id,
        channel=after.channel,
        attempt=after.attempts,
        reason=after.reason.value,
        provider_code=delivery.provider_code,
    )
