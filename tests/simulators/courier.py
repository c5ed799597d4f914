"""Pushes receipts and replies to the product as the vendors do, again when it is refused."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import httpx

from tests.simulators.exchange import Exchange
from tests.simulators.receipts import Callback, Receipt

TICK_SECONDS: Final = 0.02
ARRAY_SIZE: Final = 100
# Vendors that push each receipt by itself, and those that push forms instead of JSON.
ONE_AT_A_TIME: Final = frozenset({"huawei-sms", "tencent-voice"})
AS_FORMS: Final = frozenset({"huawei-sms"})
ATTEMPTS: Final = 3
ATTEMPT_PAUSE_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


class Reporting(Protocol):
    """A gateway whose vendor pushes receipts and replies."""

    @property
    def name(self) -> str:
        """The gateway's name."""

    def report(self, receipt: Receipt) -> Mapping[str, object]:
        """One receipt in the vendor's form."""

    def reply(self, address: str, text: str, now: float) -> object:
        """One reply in the vendor's form."""

    def acknowledged(self, body: Mapping[str, object]) -> bool:
        """Whether the receiver's answer means it has the push."""


class Carrying(Protocol):
    """A gateway that brings receipts and replies over the product's own connection."""

    @property
    def name(self) -> str:
        """The gateway's name."""

    async def report(self, receipt: Receipt) -> bool:
        """Bring one receipt; whether the product took it."""

    async def bring_reply(self, address: str, text: str, times: int) -> bool:
        """Bring one reply, perhaps repeatedly; whether the product took it."""


@dataclass(slots=True)
class Courier:
    """Runs beside the gateways and carries what has become due."""

    exchange: Exchange
    gateways: Mapping[str, Reporting]
    carrying: Mapping[str, Carrying] = field(default_factory=dict)
    _client: httpx.AsyncClient = field(
        # No proxy of the surroundings may come between the simulator and the product.
        default_factory=lambda: httpx.AsyncClient(trust_env=False, timeout=5.0)
    )
    _tasks: set[asyncio.Task[bool]] = field(default_factory=set)

    async def run(self) -> None:
        """Carry receipts until cancelled."""
        try:
            while True:
                self._dispatch(time.time())
                await asyncio.sleep(TICK_SECONDS)
        finally:
            await self._client.aclose()

    async def reply(self, gateway: str, address: str, text: str) -> bool:
        """Carry one reply at once, and say whether the product took it."""
        if gateway in self.carrying:
            self.exchange.stats.add(gateway, "replies")
            times = self.exchange.ledger.callbacks.get(gateway, Callback()).repeat
            return await self.carrying[gateway].bring_reply(address, text, times)
        callback = self.exchange.ledger.callbacks.get(gateway, Callback())
        url = callback.reply_url or callback.url
        if not url:
            return False
        self.exchange.stats.add(gateway, "replies")
        payload = self.gateways[gateway].reply(address, text, time.time())
        return await self._push(self.gateways[gateway], url, payload)

    def _dispatch(self, now: float) -> None:
        due: dict[str, list[Receipt]] = {}
        for receipt in self.exchange.ledger.to_push(now):
            due.setdefault(receipt.gateway, []).append(receipt)
        for name, receipts in due.items():
            callback = self.exchange.ledger.callbacks.get(name)
            if name in self.carrying:
                self._bring(self.carrying[name], callback or Callback(), receipts)
            if name in self.gateways and callback is not None and callback.url:
                self._carry(self.gateways[name], callback, receipts)

    def _carry(self, gateway: Reporting, callback: Callback, receipts: Sequence[Receipt]) -> None:
        self.exchange.stats.add(gateway.name, "receipts", len(receipts))
        for start in range(0, len(receipts), ARRAY_SIZE):
            reports = [gateway.report(item) for item in receipts[start : start + ARRAY_SIZE]]
            payloads = [reports] if gateway.name not in ONE_AT_A_TIME else reports
            for payload in payloads * callback.repeat:
                task = asyncio.create_task(self._push(gateway, callback.url, payload))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _bring(self, gateway: Carrying, callback: Callback, receipts: Sequence[Receipt]) -> None:
        self.exchange.stats.add(gateway.name, "receipts", len(receipts))
        for receipt in receipts:
            for _ in range(callback.repeat):
                task = asyncio.create_task(gateway.report(receipt))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _push(self, gateway: Reporting, url: str, payload: object) -> bool:
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(ATTEMPT_PAUSE_SECONDS)
            try:
                as_form = gateway.name in AS_FORMS
                sent = {"data": payload} if as_form else {"json": payload}
                response = await self._client.post(url, **sent)  # type: ignore[arg-type]
                body = response.json() if response.is_success else {}
            except (httpx.HTTPError, ValueError) as error:
                log.warning("push to %s failed: %r", gateway.name, error)
                continue
            if isinstance(body, dict) and gateway.acknowledged(body):
                return True
        return False
