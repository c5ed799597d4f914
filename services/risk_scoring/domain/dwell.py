"""How long a level must stand before it may be lowered, whatever a fresh assessment finds."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.spans import DAY_MS
from services.common.terms import Level


@dataclass(frozen=True, slots=True)
class Dwell:
    """Days that red and yellow stand at least, counted from when the level was set."""

    red_days: int
    yellow_days: int

    def ends_ms(self, level: Level, since_ms: int) -> int:
        """From when a level set at `since_ms` may be lowered; 0 for a level that cannot fall."""
        if level is Level.RED:
            return since_ms + self.red_days * DAY_MS
        return since_ms + self.yellow_days * DAY_MS if level is Level.YELLOW else 0
