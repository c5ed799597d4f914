"""Finds the delivery a gateway's receipt belongs to: by the gateway's message id, else by the lanes' own state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redis.asyncio import Redis

from services.common.lane_store import LaneStore
from services.common.lanes import LANES
from services.notifier.adapters.codec import Delivery, delivery_message, read_delivery

_KEPT_S = 4 * 86_400
# Lane and delivery by message id.
Found = dict[str, tuple[int, Delivery]]


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

    async def find(self, channel: str, ids: Sequence[str]) -> Found:
        """The lane and delivery of each message id that has a quick key."""
        if not ids:
            return {}
        pipe = self._redis.pipeline(transaction=False)
        for one in ids:
            pipe.get(self._key(channel, one))
        answers = zip(ids, await pipe.execute(), strict=True)
        return {one: (int(raw[:3]), read_delivery(raw[3:])) for one, raw in answers if raw}

    async def search(self, channel: str, ids: Sequence[str]) -> Found:
        """The same from the state of all lanes: dear, and only after Redis lost its quick keys."""
        keys = {receipt_key(channel, one): one for one in ids}
        if not keys:
            return {}
        loaded = await self._store.load({lane: list(keys) for lane in range(LANES)})
        return {
            keys[key]: (lane, read_delivery(raw))
            for lane, found in loaded.items()
            for key, raw in found.state.items()
        }

    def _key(self, channel: str, provider_message_id: str) -> str:
        return f"{self._stem}:{channel}:{provider_message_id}"
