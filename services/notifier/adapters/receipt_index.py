"""Finds the delivery a gateway's receipt belongs to: by the gateway's message id, else by the lanes' own state."""

from __future__ import annotations

from collections.abc import Iterable

from redis.asyncio import Redis

from services.common.lane_store import LaneStore
from services.common.lanes import LANES
from services.notifier.adapters.codec import Delivery, delivery_message, read_delivery

_KEPT_S = 4 * 86_400


def receipt_key(channel: str, provider_message_id: str) -> str:
    """The lane state entry that holds the delivery awaiting this receipt."""
    return f"p:{channel}:{provider_message_id}"


class ReceiptIndex:
    """A quick key per message id; lost with Redis, it is answered from the rebuilt lanes."""

    def __init__(self, redis: Redis, store: LaneStore, prefix: str) -> None:
        self._redis = redis
        self._store = store
        self._stem = f"{prefix}:notify:sent"

    async def remember(self, sent: Iterable[tuple[int, Delivery]]) -> None:
        """Note messages (lane, delivery) that await their receipts."""
        pipe = self._redis.pipeline(transaction=False)
        for lane, delivery in sent:
            raw = b"%03d" % lane + delivery_message(delivery).SerializeToString()
            after = delivery.after
            pipe.set(self._key(after.channel, after.provider_message_id), raw, ex=_KEPT_S)
        await pipe.execute()

    async def find(self, channel: str, provider_message_id: str) -> tuple[int, Delivery] | None:
        """The lane and the delivery that got this message id."""
        raw = await self._redis.get(self._key(channel, provider_message_id))
        if isinstance(raw, bytes):
            return int(raw[:3]), read_delivery(raw[3:])
        key = receipt_key(channel, provider_message_id)
        found = await self._store.load({lane: [key] for lane in range(LANES)})
        for lane, loaded in found.items():
            if key in loaded.state:
                return lane, read_delivery(loaded.state[key])
        return None

    def _key(self, channel: str, provider_message_id: str) -> str:
        return f"{self._stem}:{channel}:{provider_message_id}"
