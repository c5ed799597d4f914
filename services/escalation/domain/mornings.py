"""When officials are told of no single case: on the mornings of working days, and of how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.escalation.domain.worktime import CHINA, IsWorkday


class Digests(StrEnum):
    """Who gets a digest: everybody with open duties, who is pressed by some of them, or nobody."""

    ALL = "all"
    PRESSED = "pressed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Mornings:
    """What the operators allow; nothing of it by default. Minutes after midnight in China."""

    digests: Digests = Digests.NONE
    from_minute: int = 0
    until_minute: int = 0
    # How many days ahead a roster's gaps are told; 0: they are not.
    gap_days: int = 0
    # At most so many a minute, so that no channel is full when something urgent comes.
    per_minute: int = 1
    # Homes not assessed again in time become duties, so many a minute; 0: they do not.
    reassessments_per_minute: int = 0

    @property
    def silent(self) -> bool:
        """Whether nothing is told."""
        return self.digests is Digests.NONE and not self.gap_days

    def day_at(self, now_ms: int, is_workday: IsWorkday) -> str:
        """The working morning a moment lies in, as 2026-03-02; "" where it lies in none."""
        now = datetime.fromtimestamp(now_ms / 1000, CHINA)
        minute = now.hour * 60 + now.minute
        within = self.from_minute <= minute < self.until_minute
        return now.date().isoformat() if within and is_workday(now.date()) else ""
