"""One report as it is sent, with what the simulation knows about it and the receiver must find out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.cli.simulate.schedule import Day
from services.common.terms import Level


class Source(Enum):
    """Who sends; the prefix of each source_id tells it, and an API key exists for each."""

    GRID_APP = "grid_app"
    POLICE = "police_110"
    FEDERATION = "womens_federation"
    PEOPLE_SPEAK = "people_speak"
    CIVIL_AFFAIRS = "civil_affairs"

    @property
    def prefix(self) -> str:
        """What this source's ids begin with."""
        return _PREFIXES[self]


class Fate(Enum):
    """What a correct receiver does with the report."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class Fault(Enum):
    """What is wrong with a broken report."""

    NONE = "none"
    UNKNOWN_INDICATOR = "unknown_indicator"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_JURISDICTION = "unknown_jurisdiction"
    WRONG_CODE = "wrong_code"
    FUTURE_DATE = "future_date"
    MISSING_FIELD = "missing_field"


_PREFIXES = {
    Source.GRID_APP: "GA",
    Source.POLICE: "P110",
    Source.FEDERATION: "WF",
    Source.PEOPLE_SPEAK: "PS",
    Source.CIVIL_AFFAIRS: "CA",
}
_BY_PREFIX = {prefix: source for source, prefix in _PREFIXES.items()}


@dataclass(frozen=True, slots=True)
class Sent:
    """A report at the second of the day it is sent; `level` is what its own answers lead to."""

    second: int
    day: Day
    source: Source
    report: dict[str, object]
    fate: Fate = Fate.ACCEPTED
    fault: Fault = Fault.NONE
    level: Level = Level.NONE

    @property
    def at_ms(self) -> int:
        """When it is sent, in milliseconds since the epoch; a broken report may claim another time."""
        return self.day.starts_ms + self.second * 1000


def source_of(source_id: str) -> Source:
    """The sender of a report in the written files; ValueError for an id not of this simulation."""
    prefix = source_id.partition("-")[0]
    if prefix not in _BY_PREFIX:
        raise ValueError(f"{source_id!r} begins with none of {', '.join(_BY_PREFIX)}")
    return _BY_PREFIX[prefix]
