"""Keeps each person's own rules: the night, what follows without acknowledgement, and the substitute."""

from __future__ import annotations

from collections.abc import Sequence

from services.common import log
from services.common.clock import Clock
from services.common.duty.person_rules import NO_RULES, PersonRules
from services.common.failpoint import passing
from services.common.kafka_out import LaneProducer
from services.common.lane_store import LaneStore
from services.common.lane_types import Outgoing
from services.common.roster import Roster
from services.common.topics import Topic
from services.notifier.adapters import codec
from services.notifier.adapters.acknowledged import Acknowledged
from services.notifier.domain.notices import Notice, Progress
from services.notifier.domain.order import SpreadPolicy, leaves_at
from services.notifier.domain.person import (
    follow_ups,
    held_at_night,
    may_sleep,
    stand_in,
    told_already,
)
from services.notifier.domain.providers import ProviderPolicy
from services.notifier.domain.results import Reason
from services.notifier.domain.standing import CaseView, Standing, standing_of
from services.notifier.service.handler import state_key

_log = log.get("own_rules")


class OwnRules:
    """Reads the roster anew each time. `wall` is real time."""

    def __init__(
        self,
        *,
        roster: Roster,
        store: LaneStore,
        acknowledged: Acknowledged,
        producer: LaneProducer,
        providers: ProviderPolicy,
        spread: SpreadPolicy,
        wall: Clock,
    ) -> None:
        self._roster = roster
        self._store = store
        self._acknowledged = acknowledged
        self._producer = producer
        self._providers = providers
        self._spread = spread
        self._wall = wall

    def night(self, lane: int, notice: Notice, before: Progress) -> Progress | None:
        """The step that puts a message off to the recipient's morning; None when it may go now."""
        quiet = self._rules(notice.recipient_id).quiet
        end_ms = quiet.end_of(self._wall.now_ms()) if quiet and may_sleep(notice, before) else None
        if end_ms is None:
            return None
        # All who sleep wake at the same minute: their messages leave lane by lane, as any mass does.
        return held_at_night(before, leaves_at(notice, lane, end_ms, self._spread))

    async def announce(self, lane: int, notice: Notice, before: Progress) -> None:
        """Before the first attempt, what follows it is on the log: whatever dies, it comes."""
        official = self._roster.get(notice.recipient_id)
        if before.attempts or official is None or not official.rules.delays:
            return
        channels, rules = official.channels, official.rules
        following = follow_ups(notice, channels, rules, self._wall.now_ms())
        if following:
            await self._producer.send(notices_out(lane, following))
            passing("after_announce")

    async def needless(self, lane: int, notice: Notice, view: CaseView | None) -> Reason | None:
        """Why a message that follows another need not be sent any more; None for one that must, and for all others."""
        if not notice.follows:
            return None
        until_ms = await self._acknowledged.until(notice.case_id, notice.recipient_id)
        if standing_of(notice, view, until_ms) is not Standing.AWAITS_ACKNOWLEDGEMENT:
            return Reason.ACKNOWLEDGED
        raw = await self._store.get(lane, state_key(notice.follows))
        same_kind = self._providers.behind(notice.only_channel)
        told = raw is not None and told_already(codec.read_progress(raw), same_kind)
        return Reason.TOLD_ALREADY if told else None

    def hands_on(self, notice: Notice, after: Progress) -> Notice | None:
        """The message to the recipient's substitute, when nothing reached the recipient."""
        found = stand_in(notice, after, self._rules(notice.recipient_id))
        if found is not None:
            _log.warning(
                "notice.handed_on", notice_id=notice.notice_id, recipient_id=found.recipient_id
            )
        return found

    def _rules(self, official_id: str) -> PersonRules:
        official = self._roster.get(official_id)
        return official.rules if official else NO_RULES


def notices_out(lane: int, notices: Sequence[Notice]) -> list[tuple[int, Outgoing]]:
    """Records for notices that the notifier itself owes."""
    return [(lane, Outgoing(Topic.NOTICES, codec.notice_batch(lane, one))) for one in notices]
