"""Tells officials of no single case, in the lane of each: the same proposals in the same order tell the same."""

from __future__ import annotations

from collections.abc import Mapping

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.escalation.adapters.bulletin_codec import (
    notice_of,
    sent_to,
    told_from,
    told_key,
    told_to,
)
from services.escalation.domain.bulletins import Bulletin, Told, tell
from services.escalation.domain.reasons import Reason


class Announcer:
    """What the officials of one lane were told, while one record changes it."""

    def __init__(self, state: Mapping[str, bytes]) -> None:
        self._state = state
        self._told: dict[str, Told] = {}
        self.entries: list[pb.BulletinSent] = []
        self.notices: list[notify_pb2.Notice] = []

    def take(self, bulletin: Bulletin) -> Reason:
        """Tell it, unless it was told."""
        who = bulletin.recipient_id
        known = self._told.get(who) or told_from(who, self._state.get(told_key(who)))
        told, sent, reason = tell(known, bulletin)
        if sent is not None:
            self._told[who] = told
            self.entries.append(sent_to(sent))
            self.notices.append(notice_of(sent))
        return reason

    def puts(self) -> dict[str, bytes | None]:
        """What the officials have been told now."""
        return {told_key(one.recipient_id): told_to(one) for one in self._told.values()}
