"""The rules of a person as they stand in a roster: "sms:5" in the order of channels, "22:00-07:00" for quiet hours."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.common.duty.moments import minute_of
from services.common.duty.person_rules import PersonRules, Quiet
from services.common.text import Text

DELAY_MOST = 24 * 60
_ENTRY = re.compile(r"([a-z][a-z0-9_]*)(?::(\d{1,4}))?")
_ORDER = Text(
    "通道名，可加分钟数，如 wecom_app、sms:5、voice:10；第一个不带分钟数，分钟数 1 至 1440，不得递减",
    "names of channels, with minutes where wished, such as wecom_app, sms:5, voice:10; the first without; "
    "1 to 1440, none less than the one before",
)
_QUIET = Text("如 22:00-07:00", "hours such as 22:00-07:00")


class RuleWrong(ValueError):
    """A rule that cannot be used: what is wrong, and what is allowed."""

    def __init__(self, problem: Text, allowed: Text) -> None:
        self.problem = problem
        self.allowed = allowed
        super().__init__(f"{problem.en}; allowed: {allowed.en} / {problem.zh}；允许：{allowed.zh}")


def read_order(entries: Iterable[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The channels in order, and the minutes of each; RuleWrong names the entry."""
    names: list[str] = []
    delays: list[int] = []
    for entry in entries:
        found = _ENTRY.fullmatch(entry)
        minutes = int(found[2] or 0) if found else 0
        if found is None or (found[2] and not _follows(minutes, delays)):
            raise _unusable(entry, _ORDER)
        names.append(found[1])
        delays.append(minutes)
    return tuple(names), tuple(delays)


def written_order(channels: Iterable[str], delays: Iterable[int]) -> tuple[str, ...]:
    """The entries that `read_order` reads so."""
    entries = dict(enumerate(channels))
    minutes = dict(enumerate(delays))
    return tuple(
        f"{name}:{minutes[at]}" if minutes.get(at) else name for at, name in entries.items()
    )


def read_quiet(text: str) -> Quiet | None:
    """The quiet hours; None for an empty text. RuleWrong for anything else that is none."""
    if not text:
        return None
    first, _, last = text.partition("-")
    try:
        quiet = Quiet(minute_of(first.strip()), minute_of(last.strip()))
    except ValueError:
        raise _unusable(text, _QUIET) from None
    if quiet.from_minute == quiet.until_minute:
        raise _unusable(text, _QUIET)
    return quiet


def written_quiet(quiet: Quiet | None) -> str:
    """Quiet hours as `read_quiet` reads them."""
    if quiet is None:
        return ""
    first, last = quiet.from_minute, quiet.until_minute
    return f"{first // 60:02d}:{first % 60:02d}-{last // 60:02d}:{last % 60:02d}"


def read_rules(
    order: Iterable[str], quiet: str, substitute: str
) -> tuple[tuple[str, ...], PersonRules]:
    """The channels in order, and the rules beside them; RuleWrong says what is wrong."""
    channels, delays = read_order(order)
    return channels, PersonRules(delays if any(delays) else (), read_quiet(quiet), substitute)


def _follows(minutes: int, before: list[int]) -> bool:
    """Whether a channel may have this delay: not the first, and not sooner than one before it."""
    return bool(before) and max(1, *before) <= minutes <= DELAY_MOST


def _unusable(value: str, allowed: Text) -> RuleWrong:
    return RuleWrong(Text(f"值 {value!r} 不可用", f"value {value!r} is not usable"), allowed)
