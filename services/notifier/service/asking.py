"""Asks a platform for the receipt that no callback brought, within the platform's own limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.common.clock import Clock
from services.notifier.adapters.buckets import Buckets
from services.notifier.adapters.receipt_source import ReceiptSource, SentMessage
from services.notifier.adapters.sms_callbacks import ReceiptNews
from services.notifier.domain.message import Channel
from services.notifier.domain.notices import Notice, Progress
from services.notifier.domain.planner import SendingPolicy, receipt_awaited
from services.notifier.service.choices import Choices
from services.notifier.service.providers import Providers
from services.notifier.service.receipts import ReceiptOutcome, Receipts
from services.notifier.service.recorder import Recorder

# These end the wait, or say that it has ended: nothing is to be recorded beside them.
_SETTLED = frozenset({ReceiptOutcome.RECORDED, ReceiptOutcome.STALE})


def ask_bucket(channel: str) -> str:
    """The name in `per_minute` of how often a platform may be asked."""
    return f"{channel}.ask"


class Asking:
    """What is asked for takes the path of the callbacks; `wall` is real time."""

    def __init__(
        self,
        *,
        channels: Mapping[str, Channel],
        choices: Choices,
        buckets: Buckets,
        receipts: Receipts,
        recorder: Recorder,
        providers: Providers,
        policy: SendingPolicy,
        wall: Clock,
    ) -> None:
        self._channels = channels
        self._choices = choices
        self._buckets = buckets
        self._receipts = receipts
        self._recorder = recorder
        self._providers = providers
        self._policy = policy
        self._wall = wall

    async def receipt(self, lane: int, notice: Notice, sent: Progress) -> None:
        """A receipt is due: ask; without an answer wait on, or give it up as unconfirmed."""
        news = await self._ask(notice, sent)
        if news:
            outcomes = await self._receipts.take(sent.channel, news)
            if _SETTLED.intersection(outcomes):
                return
        now_ms = self._wall.now_ms()
        if sent.sent_ms:
            self._providers.note_arrival(sent.channel, now_ms - sent.sent_ms)
        after = receipt_awaited(sent, self._policy, now_ms)
        await self._recorder.record(lane, notice, after, "")

    async def _ask(self, notice: Notice, sent: Progress) -> Sequence[ReceiptNews]:
        channel = self._channels.get(sent.channel)
        address = self._choices.address(notice, sent)
        if not isinstance(channel, ReceiptSource) or address is None or not sent.sent_ms:
            return []
        # A place later in the minute is as good as none: the next look is minutes away.
        places, _ = await self._buckets.take(ask_bucket(sent.channel), 1)
        if not places:
            return []
        asked = SentMessage(sent.provider_message_id, sent.sent_ms, address.mobile)
        return await channel.ask(asked, self._wall.now_ms())
