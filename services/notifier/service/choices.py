"""Who is told and through what: the recipient's own order, and by weight where a place of it is a kind of channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.roster import Official, Roster
from services.notifier.domain.message import Address, Channel
from services.notifier.domain.notices import Notice, Progress
from services.notifier.domain.order import is_red
from services.notifier.domain.recipients import NOWHERE, Reach, Ways, wished
from services.notifier.domain.results import Reason
from services.notifier.service.composer import addresses_of
from services.notifier.service.providers import Providers


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is told, through what, at which place of the person's order, and what else there is."""

    official: Official
    channel: Channel
    index: int
    ways: Ways = NOWHERE
    device: int = 0


class Choices:
    """Reads the roster anew for each attempt: who is reached otherwise by now, is."""

    def __init__(
        self, channels: Mapping[str, Channel], roster: Roster, providers: Providers
    ) -> None:
        self._channels = channels
        self._needs = {name: channel.needs for name, channel in channels.items()}
        self._roster = roster
        self._providers = providers

    def choose(
        self, notice: Notice, before: Progress, full: frozenset[str] = frozenset()
    ) -> Chosen | Reason:
        """The channel of the next attempt; the reason when there is none. full: these have no place just now."""
        official = self._roster.get(notice.recipient_id)
        if official is None:
            return Reason.NO_RECIPIENT
        reach = self._reach(notice, official)
        index = reach.first_from(before.channel_index, before.spent)
        if index is None:
            return before.reason if before.attempts else Reason.NO_ADDRESS
        spent = before.spent if index == before.channel_index else ()
        able = reach.at(index, spent)
        ways = Ways(len(able) - 1, reach.first_from(index + 1))
        name = self._one_of(able, reach.entry(index), notice, before, full)
        return Chosen(official, self._channels[name], index, ways, reach.device(index))

    def ways_on(self, notice: Notice, sent: Progress) -> Ways:
        """What is left besides the channel that a message left by."""
        official = self._roster.get(notice.recipient_id)
        if official is None:
            return NOWHERE
        return self._reach(notice, official).ways(sent.channel_index, sent.channel, sent.spent)

    def address(self, notice: Notice, sent: Progress) -> Address | None:
        """Where a message went; None when the recipient is not on the roster any more."""
        official = self._roster.get(notice.recipient_id)
        if official is None:
            return None
        reach = self._reach(notice, official)
        return reach.addresses[reach.device(sent.channel_index)]

    def by_name(self, recipient_id: str, channel: str) -> Chosen | Reason:
        """An official and one channel, or the first of a kind that is on, for a test message."""
        official = self._roster.get(recipient_id)
        if official is None:
            return Reason.NO_RECIPIENT
        on = [name for name in self._providers.policy.behind(channel) if name in self._channels]
        return Chosen(official, self._channels[on[0]], 0) if on else Reason.NO_ADDRESS

    def place_of(self, official_id: str) -> str:
        """The unit of an official; "" for one who is not on the roster."""
        official = self._roster.get(official_id)
        return official.jurisdiction_code if official else ""

    def _reach(self, notice: Notice, official: Official) -> Reach:
        order = wished(notice, official.channels)
        return Reach(order, addresses_of(official, notice), self._needs, self._providers.policy)

    def _one_of(
        self, able: list[str], kind: str, notice: Notice, before: Progress, full: frozenset[str]
    ) -> str:
        """Not the same provider twice in a row, unless it alone knows whether the message arrived."""
        if before.tries and before.reason is Reason.TIMEOUT and before.channel in able:
            return before.channel
        able = [name for name in able if name not in full] or able
        if before.tries and len(able) > 1:
            able = [name for name in able if name != before.channel]
        if len(able) == 1:
            return able[0]
        return self._providers.choose(
            kind, able, notice.notice_id, before.attempts + 1, best=is_red(notice)
        )
