"""Delivery receipts: what became of each SMS, when that becomes known, and who is told."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.simulators.behaviour import Mode
from tests.simulators.gateway import Outcome


@dataclass(frozen=True, slots=True)
class Receipt:
    """The fate of one SMS; with no due time the carrier never says."""

    gateway: str
    address: str
    text: str
    reference: str
    notice_id: str
    sent_at: float
    due_at: float | None
    delivered: bool
    detail: Mapping[str, str]

    def known(self, now: float) -> bool:
        """Whether the carrier has reported by this time."""
        return self.due_at is not None and self.due_at <= now


@dataclass(frozen=True, slots=True)
class Callback:
    """Where one gateway pushes receipts and replies."""

    url: str = ""
    reply_url: str = ""
    delay_ms: int = 0
    repeat: int = 1


@dataclass(slots=True)
class Ledger:
    """All receipts, in order of sending and in order of becoming known."""

    callbacks: dict[str, Callback] = field(default_factory=dict)
    _by_number: dict[tuple[str, str], list[Receipt]] = field(default_factory=dict)
    _unpulled: dict[str, list[Receipt]] = field(default_factory=dict)
    _queue: list[tuple[float, int, Receipt]] = field(default_factory=list)
    _count: int = 0

    def enter(self, gateway: str, outcome: Outcome, now: float) -> None:
        """Write down an accepted SMS and plan its receipt."""
        receipt = self._receipt(gateway, outcome, now)
        self._by_number.setdefault((gateway, receipt.address), []).append(receipt)
        if receipt.due_at is not None:
            self._count += 1
            self._unpulled.setdefault(gateway, []).append(receipt)
            heapq.heappush(self._queue, (receipt.due_at, self._count, receipt))

    def to_push(self, now: float) -> Iterator[Receipt]:
        """Receipts that have become known since the last call."""
        while self._queue and self._queue[0][0] <= now:
            yield heapq.heappop(self._queue)[2]

    def of(self, gateway: str, address: str) -> list[Receipt]:
        """Everything sent to one number, newest first."""
        return list(reversed(self._by_number.get((gateway, address), ())))

    def pull(self, gateway: str, limit: int, now: float) -> list[Receipt]:
        """Known receipts nobody has pulled yet; each is given out once."""
        waiting = self._unpulled.get(gateway, [])
        known = [receipt for receipt in waiting if receipt.known(now)][:limit]
        given = {id(receipt) for receipt in known}
        self._unpulled[gateway] = [item for item in waiting if id(item) not in given]
        return known

    def clear(self) -> None:
        """Forget every receipt, but not where they are to be pushed."""
        self._by_number.clear()
        self._queue.clear()
        self._unpulled.clear()

    def _receipt(self, gateway: str, outcome: Outcome, now: float) -> Receipt:
        letter = outcome.letter
        planned = self.callbacks.get(gateway, Callback()).delay_ms / 1000
        late = outcome.behaviour.delay if outcome.mode is Mode.RECEIPT_LATE else 0.0
        silent = outcome.mode in (Mode.RECEIPT_NEVER, Mode.DROPPED)
        return Receipt(
            gateway=gateway,
            address=letter.address,
            text=letter.text,
            reference=letter.reference,
            notice_id=letter.notice_id,
            sent_at=now,
            due_at=None if silent else now + planned + late,
            delivered=outcome.mode is not Mode.RECEIPT_FAILED,
            detail=letter.detail,
        )
