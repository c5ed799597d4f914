"""Writes the steps of notices to the deliveries topic, acknowledged by all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from services.common import log
from services.common.clock import Clock
from services.common.failpoint import passing
from services.common.gather import Gather
from services.common.ids import derived_id
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.topics import Topic
from services.notifier.adapters.claims import Claims
from services.notifier.adapters.codec import Delivery, delivery_batch, notice_batch
from services.notifier.adapters.metrics import ended
from services.notifier.adapters.receipt_index import ReceiptIndex
from services.notifier.domain.notices import DeliveryStatus, Notice, Progress
from services.notifier.domain.results import Reason

_AGAIN_AFTER_S = 0.5
GATHER_S = 0.05
# A person must look at these.
_LOUD = frozenset(
    {
        Reason.NO_RECIPIENT,
        Reason.NO_ADDRESS,
        Reason.UNKNOWN_CODE,
        Reason.RECEIPT_CODE_UNKNOWN,
        Reason.BAD_CREDENTIALS,
        Reason.BAD_CERTIFICATE,
        Reason.BAD_TEMPLATE,
        Reason.INTERNAL_ERROR,
    }
)
_log = log.get("deliveries")


@dataclass(frozen=True, slots=True)
class _Step:
    lane: int
    delivery: Delivery
    # To the substitute of one whom nothing reached.
    handed_on: Notice | None


class Recorder:
    """Ids are derived from notice, attempt and status: recorded twice, it is one delivery.

    Steps that come within a moment go out together: the message has left already, and one write,
    one read and one lane step for many cost far less than one each.
    """

    def __init__(
        self,
        producer: LaneProducer,
        clock: Clock,
        wall: Clock,
        claims: Claims,
        receipts: ReceiptIndex,
        hands_on: Callable[[Notice, Progress], Notice | None],
    ) -> None:
        self._producer = producer
        self._clock = clock
        self._wall = wall
        self._claims = claims
        self._receipts = receipts
        self._hands_on = hands_on
        self._write: Gather[_Step, None] = Gather(self._write_all, "recorder", GATHER_S)

    def delivery(
        self,
        notice: Notice,
        after: Progress,
        provider_code: str,
        part_id: str = "",
        segments: int = 0,
    ) -> Delivery:
        """The step as a delivery; with `part_id`, the arrival of one part of a long message.

        segments: what a carrier charges for the message of this step.
        """
        return Delivery(
            delivery_id=delivery_id(notice.notice_id, after, part_id),
            notice_id=notice.notice_id,
            case_id=notice.case_id,
            recipient_id=notice.recipient_id,
            provider_code=provider_code,
            at_ms=self._clock.now_ms(),
            after=after,
            segments=segments,
            jurisdiction_code=notice.jurisdiction_code,
        )

    async def record(
        self,
        lane: int,
        notice: Notice,
        after: Progress,
        code: str,
        part_id: str = "",
        segments: int = 0,
    ) -> None:
        """Record a step; returns when all replicas have it, however long Kafka is away."""
        delivery = self.delivery(notice, after, code, part_id, segments)
        await self._write(_Step(lane, delivery, self._hands_on(notice, after)))

    async def _write_all(self, batch: Sequence[_Step]) -> list[None]:
        await self._write_until_stored(batch)
        passing("after_record")
        await self._settle(batch)
        passing("after_settle")
        for step in batch:
            _tell(step.delivery)
            ended(step.delivery.after, self._wall.now_ms())
        return [None] * len(batch)

    async def _write_until_stored(self, batch: Sequence[_Step]) -> None:
        by_lane: dict[int, list[Delivery]] = {}
        for item in batch:
            by_lane.setdefault(item.lane, []).append(item.delivery)
        following = [
            (step.lane, Outgoing(Topic.NOTICES, notice_batch(step.lane, step.handed_on)))
            for step in batch
            if step.handed_on is not None
        ]
        records = [
            (lane, Outgoing(Topic.DELIVERIES, delivery_batch(lane, deliveries)))
            for lane, deliveries in by_lane.items()
        ]
        while True:
            try:
                # First: once the end is on the log nobody looks at the notice again.
                if following:
                    await self._producer.send(following)
                return await self._producer.send(records)
            except KafkaError as error:
                _log.warning("deliveries.not_recorded", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_AFTER_S)

    async def _settle(self, batch: Sequence[_Step]) -> None:
        """After the record, so that a receipt never precedes its message on the log."""
        sent = [
            (item.lane, item.delivery)
            for item in batch
            if item.delivery.after.status is DeliveryStatus.SENT
        ]
        attempts = [(w.lane, w.delivery.notice_id, w.delivery.after.attempts) for w in batch]
        try:
            if sent:
                await self._receipts.remember(sent)
            await self._claims.settle(attempts)
        except (RedisError, OSError) as error:
            # The log has the steps; Redis is only quicker.
            _log.warning("deliveries.not_settled", error=type(error).__name__)


def delivery_id(notice_id: str, after: Progress, part_id: str = "") -> str:
    """The id of a step: the same step recorded twice is one delivery."""
    step = (notice_id, after.attempts, after.channel, after.status.name)
    looks = [f"look {after.looks}"] if after.looks else []
    return derived_id("delivery", *step, *([part_id] if part_id else []), *looks)


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
