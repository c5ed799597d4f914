"""A person's own rules of being told: what follows after how long, quiet hours, several devices, who stands in."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.duty.hand_over import SHANGHAI_MS
from services.common.spans import DAY_MS, MINUTE_MS

# Between the addresses of one kind, such as two mobile numbers.
BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of every day, Asia/Shanghai, in which a person is not disturbed; minutes after midnight.

    They may pass midnight; the last minute is not included.
    """

    from_minute: int
    until_minute: int

    def end_of(self, at_ms: int) -> int | None:
        """When the quiet hours end that a moment lies in; None for a moment outside."""
        into_day = (at_ms + SHANGHAI_MS) % DAY_MS
        first, last = self.from_minute * MINUTE_MS, self.until_minute * MINUTE_MS
        inside = first <= into_day < last
        if first > last:
            inside = into_day >= first or into_day < last
        return at_ms + (last - into_day) % DAY_MS if inside else None


@dataclass(frozen=True, slots=True)
class PersonRules:
    """delays: for each channel of the order, after how many minutes without acknowledgement it is used as well;
    0: only when those before it cannot reach the person. substitute: who is told when nothing reaches the person.
    """

    delays: tuple[int, ...] = ()
    quiet: Quiet | None = None
    substitute: str = ""


NO_RULES = PersonRules()


def devices(addresses: str) -> tuple[str, ...]:
    """The addresses of one kind, the first to be tried first; a person may have several."""
    if BETWEEN not in addresses:
        return (addresses,) if addresses else ()
    return tuple(one.strip() for one in addresses.split(BETWEEN) if one.strip())
