"""Keeps the weights of providers: what this worker saw, and what all workers saw, twice a second. No trip a message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from redis.exceptions import RedisError

from services.common import log
from services.notifier.adapters.health_book import HealthBook
from services.notifier.adapters.metrics import WEIGHT
from services.notifier.domain.providers import (
    ProviderPolicy,
    Recent,
    chosen,
    draw_of,
    of_arrival,
    of_attempt,
)
from services.notifier.domain.results import SendResult

EVERY_S = 0.5
_log = log.get("providers")


class Providers:
    """What this worker has seen counts here at once, and elsewhere at the next exchange."""

    def __init__(
        self, policy: ProviderPolicy, book: HealthBook, switched_on: Iterable[str]
    ) -> None:
        self.policy = policy
        self._book = book
        on = set(switched_on)
        self._kinds = {
            kind: [name for name in weights if name in on] for kind, weights in policy.kinds.items()
        }
        names = dict.fromkeys(name for members in self._kinds.values() for name in members)
        self._known = dict.fromkeys(names, Recent())
        self._fresh = dict.fromkeys(names, Recent())
        self._thin = dict.fromkeys(names, False)
        # As they are now, for every kind and channel.
        self._weights = {
            (kind, name): self._weight(kind, name)
            for kind, members in self._kinds.items()
            for name in members
        }

    def choose(
        self, kind: str, among: Iterable[str], notice_id: str, attempt: int, *, best: bool
    ) -> str:
        """One of these channels of a kind; best: the fittest, without chance."""
        weights = {name: self._weights[(kind, name)] for name in among}
        return chosen(weights, draw_of(notice_id, attempt), best=best)

    def note_attempt(self, channel: str, result: SendResult, took_ms: int) -> None:
        """What an attempt says of its provider."""
        self._note(channel, of_attempt(result, took_ms, self.policy))

    def note_arrival(self, channel: str, took_ms: int) -> None:
        """How long a message took to the phone, or how long it is on its way by now."""
        self._note(channel, of_arrival(took_ms, self.policy))

    async def exchange(self) -> None:
        """Give what was seen, take what all have seen."""
        if not self._known:
            return
        given = self._fresh
        self._fresh = dict.fromkeys(given, Recent())
        try:
            self._known = dict(await self._book.add(given))
        except BaseException:
            self._fresh = {name: given[name] + more for name, more in self._fresh.items()}
            raise
        self._weigh(self._known)
        for kind, members in self._kinds.items():
            for name in members:
                self._show(kind, name)

    async def run(self) -> None:
        """Exchange until cancelled; without Redis each worker goes by what it saw itself."""
        while True:
            try:
                await self.exchange()
            except (TimeoutError, RedisError, OSError) as error:
                _log.warning("providers.not_exchanged", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    def _weight(self, kind: str, name: str) -> float:
        recent = self._known.get(name, Recent()) + self._fresh.get(name, Recent())
        return self.policy.weight(kind, name, recent)

    def _note(self, channel: str, seen: Recent) -> None:
        if channel in self._fresh:
            self._fresh[channel] += seen
            self._weigh((channel,))

    def _weigh(self, channels: Iterable[str]) -> None:
        changed = set(channels)
        for kind, name in self._weights:
            if name in changed:
                self._weights[(kind, name)] = self._weight(kind, name)

    def _show(self, kind: str, name: str) -> None:
        """On the gauge; in the log when a provider loses half of its weight, and when it has it back."""
        recent = self._known[name]
        weight, resting = self._weights[(kind, name)], self.policy.kinds[kind][name]
        WEIGHT.labels(kind, name).set(weight)
        thin = weight < resting / 2
        if thin is not self._thin[name]:
            self._thin[name] = thin
            (_log.error if thin else _log.info)(
                "provider.avoided" if thin else "provider.well",
                channel=name,
                attempts=round(recent.asked),
                failed=round(recent.failed),
                slow=round(recent.slow),
            )
