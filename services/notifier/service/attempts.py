"""Makes one attempt: chooses the channel, keeps its rate, claims, sends, plans what comes next, records it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from services.common import log
from services.common.clock import Clock
from services.common.failpoint import passing
from services.common.roster import Official, Roster
from services.notifier.adapters.buckets import Buckets
from services.notifier.adapters.case_views import CaseViews
from services.notifier.adapters.claims import Claim, Claims
from services.notifier.adapters.delivery_log import DeliveryLog
from services.notifier.adapters.metrics import ATTEMPTS, SENDING, processed
from services.notifier.adapters.receipt_source import ReceiptSource
from services.notifier.domain.message import Channel
from services.notifier.domain.notices import Notice, Progress
from services.notifier.domain.planner import (
    Attempt,
    SendingPolicy,
    decide,
    no_longer_needed,
    undeliverable,
)
from services.notifier.domain.recipients import next_channel, wished
from services.notifier.domain.results import Reason, SendResult, SendStatus, misconfigured, retry
from services.notifier.domain.standing import overtaken
from services.notifier.service.composer import Composer, address_of
from services.notifier.service.handler import state_key
from services.notifier.service.recorder import Recorder

# The message is, or may be, on its way, and is charged.
_LEFT = frozenset({SendStatus.ACCEPTED, SendStatus.DELIVERED, SendStatus.UNKNOWN_OUTCOME})
_log = log.get("attempts")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is told, and through what."""

    official: Official
    channel: Channel
    index: int


class Attempts:
    """Everything one attempt needs. `wall` is real time, for signatures and waits."""

    def __init__(
        self,
        *,
        channels: Mapping[str, Channel],
        roster: Roster,
        composer: Composer,
        policy: SendingPolicy,
        buckets: Buckets,
        views: CaseViews,
        written: DeliveryLog,
        claims: Claims,
        recorder: Recorder,
        wall: Clock,
        concurrency: int,
    ) -> None:
        self._channels = channels
        self._needs = {name: channel.needs for name, channel in channels.items()}
        self._roster = roster
        self._composer = composer
        self._policy = policy
        self._buckets = buckets
        self._views = views
        self._written = written
        self._claims = claims
        self._recorder = recorder
        self._wall = wall
        self._places = {name: asyncio.Semaphore(concurrency) for name in channels}

    async def make(
        self, lane: int, notice: Notice, before: Progress, mine: Callable[[], bool]
    ) -> bool:
        """One attempt for a due notice; False when it must be looked at again later."""
        chosen = self._choose(notice, before)
        if isinstance(chosen, Reason):
            await self._recorder.record(lane, notice, undeliverable(before, chosen), "")
            return True
        full = await self._wait_for_place(chosen.channel.name)
        if full is not None and self.next_index(notice, chosen.index + 1) is None:
            # Nowhere else to go: wait for a place, without counting it as a try.
            return False
        if full is not None:
            after = self._plan(before, chosen, notice, full)
            await self._recorder.record(lane, notice, after, full.provider_code)
            return True
        # The wait may have been long: for the case to move on, and for the lane to move to another worker.
        if overtaken(notice, await self._views.of(lane, notice.case_id)):
            await self._recorder.record(lane, notice, no_longer_needed(before), "")
            return True
        return mine() and await self._claim_and_send(lane, notice, before, chosen)

    async def send(self, notice: Notice, chosen: Chosen, check_duplicates: bool) -> SendResult:
        """Compose and send; a fault of our own is a result as well."""
        channel = chosen.channel
        try:
            result = await self._compose_and_send(notice, chosen, check_duplicates)
        except Exception as error:  # noqa: BLE001 — the border: a channel's bug is not a lost notice
            # Only the type: the text of an error may carry a URL or a key.
            _log.error("channel.broken", channel=channel.name, error=type(error).__name__)
            result = misconfigured(Reason.INTERNAL_ERROR)
        ATTEMPTS.labels(channel.name, result.status.value, result.reason.value).inc()
        return result

    def by_name(self, recipient_id: str, channel: str) -> Chosen | Reason:
        """An official and one channel, for a test message."""
        official = self._roster.get(recipient_id)
        if official is None:
            return Reason.NO_RECIPIENT
        found = self._channels.get(channel)
        return Chosen(official, found, 0) if found else Reason.NO_ADDRESS

    def place_of(self, official_id: str) -> str:
        """The unit of an official; "" for one who is not on the roster."""
        official = self._roster.get(official_id)
        return official.jurisdiction_code if official else ""

    def next_index(self, notice: Notice, start: int) -> int | None:
        """The next of the recipient's channels that can reach them."""
        official = self._roster.get(notice.recipient_id)
        if official is None:
            return None
        channels = wished(notice, official.channels)
        return next_channel(channels, start, self._needs, address_of(official, notice))

    async def _compose_and_send(
        self, notice: Notice, chosen: Chosen, check_duplicates: bool
    ) -> SendResult:
        channel = chosen.channel
        message = self._composer.compose(notice, chosen.official, channel, check_duplicates)
        if message is None:
            return misconfigured(Reason.BAD_TEMPLATE)
        async with self._places[channel.name]:
            with SENDING.labels(channel.name).time():
                result = await channel.send(message, self._wall.now_ms())
        return replace(result, segments=message.segments) if result.status in _LEFT else result

    async def _claim_and_send(
        self, lane: int, notice: Notice, before: Progress, chosen: Chosen
    ) -> bool:
        attempt = before.attempts + 1
        passing("before_claim")
        claim = await self._claims.take(lane, notice.notice_id, attempt)
        passing("after_claim")
        if claim is Claim.RECORDED:
            return False
        if claim is Claim.RETAKEN:
            key = state_key(notice.notice_id)
            if await self._written.has(lane, notice.notice_id, attempt, key):
                # Only the claim was not settled any more: the lane will read the record.
                return False
            _log.warning("notice.retaken", notice_id=notice.notice_id, attempt=attempt)
        refused = before.tries > 0 and before.reason is not Reason.TIMEOUT
        check_duplicates = claim is Claim.RETAKEN or not refused
        result = await self.send(notice, chosen, check_duplicates)
        passing("after_send")
        after = self._plan(before, chosen, notice, result)
        processed(after)
        await self._recorder.record(
            lane, notice, after, result.provider_code, segments=result.segments
        )
        return True

    def _choose(self, notice: Notice, before: Progress) -> Chosen | Reason:
        official = self._roster.get(notice.recipient_id)
        if official is None:
            return Reason.NO_RECIPIENT
        index = self.next_index(notice, before.channel_index)
        if index is None:
            return before.reason if before.attempts else Reason.NO_ADDRESS
        name = wished(notice, official.channels)[index]
        return Chosen(official, self._channels[name], index)

    def _plan(
        self, before: Progress, chosen: Chosen, notice: Notice, result: SendResult
    ) -> Progress:
        # A channel skipped for want of an address starts its tries anew.
        start = before if chosen.index == before.channel_index else replace(before, tries=0)
        attempt = Attempt(
            channel=chosen.channel.name,
            channel_index=chosen.index,
            result=result,
            next_index=self.next_index(notice, chosen.index + 1),
            repeat_safe=chosen.channel.repeat_safe,
            asks=isinstance(chosen.channel, ReceiptSource),
        )
        return decide(start, attempt, self._policy, self._wall.now_ms())

    async def _wait_for_place(self, channel: str) -> SendResult | None:
        """Wait for a place in the channel's minute; a result when it would take too long."""
        wait_ms = await self._buckets.reserve(channel)
        if wait_ms < 0:
            return retry(Reason.RATE_LIMITED_HERE, -1 - wait_ms)
        if wait_ms:
            await asyncio.sleep(wait_ms / 1000)
        return None
