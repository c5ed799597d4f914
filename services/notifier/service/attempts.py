"""Makes one attempt: chooses the channel, keeps its rate, claims, sends, plans what comes next, records it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from services.common import log
from services.common.clock import Clock
from services.common.failpoint import passing
from services.notifier.adapters.case_views import CaseViews
from services.notifier.adapters.claims import Claim, Claims
from services.notifier.adapters.delivery_log import DeliveryLog
from services.notifier.adapters.metrics import ATTEMPTS, SENDING, processed
from services.notifier.adapters.receipt_source import ReceiptSource
from services.notifier.domain.notices import Notice, Progress
from services.notifier.domain.order import rank_of
from services.notifier.domain.planner import (
    Attempt,
    SendingPolicy,
    decide,
    no_longer_needed,
    undeliverable,
)
from services.notifier.domain.recipients import Ways
from services.notifier.domain.results import Reason, SendResult, SendStatus, misconfigured, retry
from services.notifier.domain.standing import overtaken
from services.notifier.service.choices import Choices, Chosen
from services.notifier.service.composer import Composer
from services.notifier.service.handler import state_key
from services.notifier.service.own_rules import OwnRules
from services.notifier.service.providers import Providers
from services.notifier.service.recorder import Recorder
from services.notifier.service.turns import Minutes, Turns

# The message is, or may be, on its way, and is charged.
_LEFT = frozenset({SendStatus.ACCEPTED, SendStatus.DELIVERED, SendStatus.UNKNOWN_OUTCOME})
# Long enough to ask for a place that is there.
_GLANCE_MS = 500
_log = log.get("attempts")


class Attempts:
    """Everything one attempt needs. `wall` is real time, for signatures and waits."""

    def __init__(
        self,
        *,
        channels: Iterable[str],
        choices: Choices,
        providers: Providers,
        composer: Composer,
        policy: SendingPolicy,
        minutes: Minutes,
        views: CaseViews,
        own_rules: OwnRules,
        written: DeliveryLog,
        claims: Claims,
        recorder: Recorder,
        wall: Clock,
        concurrency: int,
    ) -> None:
        self.choices = choices
        self._providers = providers
        self._composer = composer
        self._policy = policy
        self._minutes = minutes
        self._views = views
        self._own_rules = own_rules
        self._written = written
        self._claims = claims
        self._recorder = recorder
        self._wall = wall
        self._turns = {name: Turns(concurrency) for name in channels}

    async def make(
        self, lane: int, notice: Notice, before: Progress, mine: Callable[[], bool]
    ) -> int | None:
        """One attempt for a due notice; when nothing was recorded, in how many ms it must be looked at again."""
        chosen, full = await self._choose_with_place(notice, before)
        if isinstance(chosen, Reason):
            await self._recorder.record(lane, notice, undeliverable(before, chosen), "")
            return None
        if full is not None and chosen.ways.next_index is None:
            # Nowhere else to go: wait for a place, without counting it as a try.
            return full.after_ms
        if full is not None:
            after = self._plan(before, replace(chosen, ways=Ways(0, chosen.ways.next_index)), full)
            await self._recorder.record(lane, notice, after, full.provider_code)
            return None
        # Whoever waits here costs nothing; those inside are few, so that what goes first meets no crowd.
        async with self._turns[chosen.channel.name].turn(rank_of(notice)):
            return await self._send_if_needed(lane, notice, before, chosen, mine)

    async def _send_if_needed(
        self, lane: int, notice: Notice, before: Progress, chosen: Chosen, mine: Callable[[], bool]
    ) -> int | None:
        # The wait may have been long: for the case to move on, and for the lane to move to another worker.
        idle = await self._needless(lane, notice)
        if idle is not None:
            await self._recorder.record(lane, notice, no_longer_needed(before, idle), "")
            return None
        if not mine():
            return 0
        await self._own_rules.announce(lane, notice, before)
        return await self._claim_and_send(lane, notice, before, chosen)

    async def _needless(self, lane: int, notice: Notice) -> Reason | None:
        """Why the message need not be sent any more, by the state as it is now."""
        view = await self._views.of(lane, notice.case_id)
        if overtaken(notice, view):
            return Reason.CASE_MOVED_ON
        return await self._own_rules.needless(lane, notice, view)

    async def send(self, notice: Notice, chosen: Chosen, check_duplicates: bool) -> SendResult:
        """Compose and send; a fault of our own is a result as well."""
        channel = chosen.channel
        try:
            result = await self._compose_and_send(notice, chosen, check_duplicates)
        except Exception as error:  # noqa: BLE001 — the border: a channel's bug is not a lost notice
            # Only the type: the text of an error may carry a URL or a key.
            _log.error("channel.broken", channel=channel.name, error=type(error).__name__)
            result = misconfigured(Reason.INTERNAL_ERROR)
            self._providers.note_attempt(channel.name, result, 0)
        ATTEMPTS.labels(channel.name, result.status.value, result.reason.value).inc()
        return result

    async def _compose_and_send(
        self, notice: Notice, chosen: Chosen, check_duplicates: bool
    ) -> SendResult:
        channel = chosen.channel
        message = self._composer.compose(
            notice, chosen.official, channel, check_duplicates, chosen.device
        )
        if message is None:
            return misconfigured(Reason.BAD_TEMPLATE)
        began_ms = self._wall.now_ms()
        with SENDING.labels(channel.name).time():
            result = await channel.send(message, began_ms)
        self._providers.note_attempt(channel.name, result, self._wall.now_ms() - began_ms)
        return replace(result, segments=message.segments) if result.status in _LEFT else result

    async def _claim_and_send(
        self, lane: int, notice: Notice, before: Progress, chosen: Chosen
    ) -> int | None:
        attempt = before.attempts + 1
        passing("before_claim")
        claim = await self._claims.take(lane, notice.notice_id, attempt)
        passing("after_claim")
        if claim is Claim.RECORDED:
            return 0
        if claim is Claim.RETAKEN:
            key = state_key(notice.notice_id)
            if await self._written.has(lane, notice.notice_id, attempt, key):
                # Only the claim was not settled any more: the lane will read the record.
                return 0
            _log.warning("notice.retaken", notice_id=notice.notice_id, attempt=attempt)
        refused = before.tries > 0 and before.reason is not Reason.TIMEOUT
        check_duplicates = claim is Claim.RETAKEN or not refused
        result = await self.send(notice, chosen, check_duplicates)
        passing("after_send")
        after = self._plan(before, chosen, result)
        processed(after)
        await self._recorder.record(
            lane, notice, after, result.provider_code, segments=result.segments
        )
        return None

    async def _choose_with_place(
        self, notice: Notice, before: Progress
    ) -> tuple[Chosen | Reason, SendResult | None]:
        """A channel with a place in its minute; where none of the kind has one, the answer that says so."""
        tried: set[str] = set()
        while True:
            chosen = self.choices.choose(notice, before, frozenset(tried))
            if isinstance(chosen, Reason):
                return chosen, None
            name = chosen.channel.name
            # Where another provider may have a place, nobody waits for this one's.
            more = len(tried) < chosen.ways.others
            full = await self._wait_for_place(notice, name, _GLANCE_MS if more else None)
            if full is None or name in tried or len(tried) == chosen.ways.others:
                return chosen, full
            tried.add(name)

    def _plan(self, before: Progress, chosen: Chosen, result: SendResult) -> Progress:
        # A place skipped for want of an address starts its tries anew.
        same = chosen.index == before.channel_index
        start = before if same else replace(before, tries=0, spent=())
        attempt = Attempt(
            channel=chosen.channel.name,
            channel_index=chosen.index,
            result=result,
            ways=chosen.ways,
            repeat_safe=chosen.channel.repeat_safe,
            asks=isinstance(chosen.channel, ReceiptSource),
        )
        return decide(start, attempt, self._policy, self._wall.now_ms())

    async def _wait_for_place(
        self, notice: Notice, channel: str, patience_ms: int | None
    ) -> SendResult | None:
        """Wait for a place in the channel's minute; a result when it would take too long."""
        patience = self._policy.patience_ms if patience_ms is None else patience_ms
        wait_ms = await self._minutes.place(channel, rank_of(notice), patience)
        return retry(Reason.RATE_LIMITED_HERE, wait_ms) if wait_ms else None
