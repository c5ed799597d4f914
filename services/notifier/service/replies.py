"""Acts on SMS replies: "1" or 收到 acknowledges the newest unacknowledged case, "2" records a visit."""

from __future__ import annotations

from enum import Enum

from services.common import log
from services.common.roster import Roster
from services.notifier.adapters.sms_callbacks import ReplyNews
from services.notifier.domain.acts import ActKind, read_reply
from services.notifier.domain.notices import Notice
from services.notifier.service.desk import Desk

_log = log.get("replies")


class ReplyOutcome(Enum):
    """What became of a reply."""

    ACKNOWLEDGED = "acknowledged"
    VISIT_RECORDED = "visit_recorded"
    UNKNOWN_NUMBER = "unknown_number"
    UNKNOWN_TEXT = "unknown_text"
    NOTHING_OPEN = "nothing_open"


class Replies:
    """Finds the official by mobile and the case by what was last sent."""

    def __init__(self, roster: Roster, desk: Desk) -> None:
        self._desk = desk
        self._by_mobile = {
            official.mobile: official.official_id
            for official in roster.officials().values()
            if official.mobile
        }

    async def take(self, reply: ReplyNews) -> ReplyOutcome:
        """Act on one reply, and log what became of it without number or text."""
        outcome = await self._act(reply)
        _log.info("reply.taken", reason=outcome.value)
        return outcome

    async def _act(self, reply: ReplyNews) -> ReplyOutcome:
        official_id = self._by_mobile.get(reply.mobile)
        if official_id is None:
            return ReplyOutcome.UNKNOWN_NUMBER
        kind = read_reply(reply.text)
        if kind is None:
            return ReplyOutcome.UNKNOWN_TEXT
        notice = await self._meant(official_id, kind)
        if notice is None:
            return ReplyOutcome.NOTHING_OPEN
        await self._desk.hand_in(notice, kind, "sms_reply")
        acknowledged = kind is ActKind.ACKNOWLEDGE
        return ReplyOutcome.ACKNOWLEDGED if acknowledged else ReplyOutcome.VISIT_RECORDED

    async def _meant(self, official_id: str, kind: ActKind) -> Notice | None:
        """The newest notice; for an acknowledgement the newest not yet acknowledged."""
        for notice in await self._desk.recent(official_id):
            if kind is ActKind.VISIT or not await self._desk.is_acknowledged(notice):
                return notice
        return None
