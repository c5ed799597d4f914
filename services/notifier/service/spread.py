"""Keeps a mass of messages away from full and half hours, when every platform is full."""

from __future__ import annotations

from services.common.clock import Clock
from services.common.spans import MINUTE_MS
from services.notifier.domain.notices import Notice
from services.notifier.domain.order import SpreadPolicy, leaves_at


class Spread:
    """What is a mass, this worker sees by what came to it in this minute and the last. `wall` is real time.

    Nothing is kept: a message not sent yet stays due, and a worker that starts anew asks again.
    """

    def __init__(self, policy: SpreadPolicy, wall: Clock) -> None:
        self._policy = policy
        self._wall = wall
        self._minute = 0
        self._arrived = [0, 0]

    def leaves_at(self, lane: int, notice: Notice) -> int:
        """0 for a message that may leave now, else when."""
        if not self._policy.mass_from or sum(self._arrived) < self._policy.mass_from:
            return 0
        now_ms = self._wall.now_ms()
        at_ms = leaves_at(notice, lane, now_ms, self._policy)
        return at_ms if at_ms > now_ms else 0

    def arrived(self, notices: int) -> None:
        """So many new ones came just now."""
        minute = self._wall.now_ms() // MINUTE_MS
        if minute != self._minute:
            last = self._arrived[1] if minute == self._minute + 1 else 0
            self._arrived, self._minute = [last, 0], minute
        self._arrived[1] += notices
