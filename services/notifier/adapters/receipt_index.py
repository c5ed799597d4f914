"""Finds the delivery a gateway's receipt belongs to: by the gateway's message id, else by the lanes' own state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redis.asyncio import Redis

from services.common.lane_store import LaneStore
from services.common.lanes import LANES
from services.notifier.adapters.codec import Delivery, delivery_message, read_delivery
from services.notifier.domain.parts import part_ids

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
            for part_id in part_ids(after.provider_message_id):
                pipe.set(self._key(after.channel, part_id), raw, ex=_KEPT_S)
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

    async def arrived(self, sent: Delivery, part_id: str) -> set[str]:
        """Note that a part has arrived; all parts of its message that have, as far as Redis knows."""
        key = f"{self._stem}:parts:{sent.notice_id}:{sent.after.attempts}"
        pipe = self._redis.pipeline(transaction=True)
        pipe.sadd(key, part_id)
        pipe.expire(key, _KEPT_S)
        pipe.smembers(key)
        known: set[bytes] = (await pipe.execute())[2]
        return {one.decode() for one in known}

    def _key(self, channel: str, provider_message_id: str) -> str:
        return f"{self._stem}:{channel}:{provider_message_id}"
