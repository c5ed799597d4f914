"""How messages did in the last day, as "sanse doctor" says it: shares of the promises, and codes nobody mapped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from services.cli.sending.cost import folded
from services.cli.sending.log_fold import SendingFold, Share
from services.cli.sending.texts import say
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS

_ALWAYS_MS = 1 << 52


def last_day(settings: CommonSettings, wall_ms: int) -> SendingFold:
    """What was recorded within a day before wall_ms, real time."""
    return folded(settings, 0, _ALWAYS_MS, wall_ms - DAY_MS)


def findings(fold: SendingFold) -> Iterator[tuple[str, str]]:
    """What was found, and what to do about it; "" when nothing need be done."""
    yield from _shares("doctor.processed", fold.processed())
    yield from _shares("doctor.delivered", fold.delivered())
    for (channel, code), count in sorted(fold.unmapped.items()):
        what = say("doctor.unmapped", channel=channel, code=code or '""', count=count)
        yield what, say("doctor.add_code")
    for unit, count in sorted(Counter(fold.held.values()).items()):
        yield say("doctor.held", unit=unit, count=count), say("doctor.release", unit=unit)


def _shares(key: str, shares: Mapping[str, Share]) -> Iterator[tuple[str, str]]:
    for channel, share in shares.items():
        percent = f"{share.percent:.1f}"
        yield say(key, channel=channel or "—", percent=percent, kept=share.kept, all=share.all), ""
