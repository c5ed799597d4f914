"""A rule pack as frozen facts, with the tables that make rating one pass over 25 bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from services.common.terms import Answer, Level
from services.common.text import Text as Text
from services.risk_scoring.domain.dwell import Dwell

_GREEN, _YELLOW, _RED = Level.GREEN, Level.YELLOW, Level.RED


class Mark(Enum):
    """How far a criterion is confirmed: read in a stored source, or remembered literature."""

    VERIFIED = "V"
    REMEMBERED = "R"


class Nature(Enum):
    """What an indicator is about. None of them is what somebody is."""

    # Something somebody did.
    ACT = "act"
    # A conflict between people that goes on.
    DISPUTE = "dispute"
    # What the person concerned fears.
    FEAR = "fear"
    # How things stand around the home; alone never a red.
    CIRCUMSTANCE = "circumstance"
    # What lowers the danger; the only nature that may take points away.
    PROTECTIVE = "protective"


class SourceKind(Enum):
    """What a criterion rests on."""

    INSTRUMENT = "instrument"
    LAW = "law"
    RESEARCH = "research"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Source:
    """An instrument, clause, study or local practice that indicators cite.

    population: whom it was made for or tested on. licence: what its use allows.
    """

    id: str
    kind: SourceKind
    name: Text
    population: Text
    licence: Text


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which something holds, both included; without `until` it has no end."""

    begins: date
    until: date | None = None

    def covers(self, other: Period) -> bool:
        """Whether it holds on every day of another."""
        if self.begins > other.begins:
            return False
        return self.until is None or (other.until is not None and other.until <= self.until)


@dataclass(frozen=True, slots=True)
class Review:
    """Who answers for it, by post, and since when."""

    reviewer: str
    reviewed_on: date


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an indicator comes from: cited items ("LAP 1"), how far confirmed, who reviewed it, when it holds.

    `effective` is None when the indicator holds as long as its pack.
    """

    cites: tuple[str, ...]
    mark: Mark
    review: Review
    effective: Period | None = None

    @property
    def cited(self) -> str:
        """The items in one line."""
        return "; ".join(self.cites)


@dataclass(frozen=True, slots=True, eq=False)
class Indicator:
    """One question about an act, a conflict or a need.

    floor: the level a "yes" gives whatever the sum. trigger: sign of lethal danger, first contact at once.
    implied_by: kinds of incident that answer the question with "yes".
    """

    id: str
    text: Text
    nature: Nature
    weight: int
    floor: Level
    trigger: bool
    provenance: Provenance
    implied_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Combination:
    """Things that mean more together than their points: a "yes" in each of the groups gives the floor.

    The group is what may stand for one of the things: physical or sexual violence, say.
    """

    id: str
    text: Text
    floor: Level
    each_of: tuple[tuple[str, ...], ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Recency:
    """Points per incident by the narrowest window it lies in; their sum is capped."""

    within_30: int
    within_90: int
    within_365: int
    cap: int


@dataclass(frozen=True, slots=True)
class Change:
    """Points for each indicator that was no at the last assessment and is yes at this one; the sum is capped."""

    per_newly_yes: int
    cap: int

    def points(self, newly: int) -> int:
        """For a number of newly reported things."""
        return min(self.cap, newly * self.per_newly_yes)


@dataclass(frozen=True, slots=True)
class Unknowns:
    """With more than `max_share` of answers unknown and the bounds open, a household cannot be rated:
    it must be visited within `visit_within_hours`.
    """

    max_share: float
    visit_within_hours: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who chose the thresholds, by post, and why: they are policy, not mathematics."""

    chosen_by: str
    why: Text


@dataclass(frozen=True, slots=True)
class Clocks:
    """Hours until the next assessment, from the shortest step to the longest."""

    red_trigger: int
    red: int
    yellow: int
    green: int
    none: int
    tighter_days: int

    @property
    def steps(self) -> tuple[int, ...]:
        """The hours in order; tighter means one step to the left."""
        return (self.red_trigger, self.red, self.yellow, self.green, self.none)


@dataclass(frozen=True, slots=True)
class Duty:
    """What the law demands within some hours when any of some indicators holds, whatever the level."""

    id: str
    when_any: tuple[str, ...]
    within_hours: int
    text: Text
    source: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Kinds of incident a pack accepts and refuses; `accepts_other`: also kinds no pack lists."""

    categories: frozenset[str]
    refuses: frozenset[str]
    accepts_other: bool


@dataclass(frozen=True, slots=True)
class PackCase:
    """A unit case inside the pack: answers and incidents that must give a level.

    newly_yes: how many of the hits were no at the assessment before.
    """

    name: str
    hits: tuple[str, ...]
    unknown: tuple[str, ...]
    rest: Answer
    incidents_days_ago: tuple[int, ...]
    newly_yes: int
    level: Level
    cannot_rate: bool
    duties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """Index tables of a pack: looked up, never searched, while rating."""

    index: Mapping[str, int]
    weights: tuple[int, ...]
    floors: tuple[Level, ...]
    triggers: frozenset[int]
    # Indices that could raise a level, the lightest first: the order of counterfactuals.
    lightest_first: tuple[int, ...]
    # Their weights in the same order; and by level, the places in it whose floor is at least that.
    lightest_weights: tuple[int, ...]
    floor_places: tuple[tuple[int, ...], ...]
    # Floors of combinations, with the indices of their groups; and all indices in any of them.
    combinations: tuple[tuple[Level, tuple[frozenset[int], ...]], ...]
    combined: frozenset[int]
    duties: tuple[tuple[str, frozenset[int]], ...]
    blank: bytes
    implied: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pack:
    """A versioned rule pack, loaded once and known by its identity.

    Thresholds: at least `yellow_at` points is yellow, `red_at` is red.
    """

    id: str
    version: str
    title: Text
    effective: Period
    review: Review
    sources: tuple[Source, ...]
    yellow_at: int
    red_at: int
    chosen: Chosen
    unknowns: Unknowns
    dwell: Dwell
    recency: Recency
    change: Change
    scope: Scope
    clocks: Clocks
    duties: tuple[Duty, ...]
    indicators: tuple[Indicator, ...]
    combinations: tuple[Combination, ...]
    cases: tuple[PackCase, ...]
    tables: Tables

    def __repr__(self) -> str:
        return f"Pack({self.id}@{self.version})"

    @property
    def rules(self) -> Iterator[tuple[str, Indicator | Combination]]:
        """All that can raise a level by being so, each with its path in the file."""
        yield from ((f"indicators[{at}]", one) for at, one in enumerate(self.indicators))
        yield from ((f"combinations[{at}]", one) for at, one in enumerate(self.combinations))

    def level_at(self, points: int) -> Level:
        """The level the sum alone gives."""
        if points >= self.red_at:
            return _RED
        return _YELLOW if points >= self.yellow_at else _GREEN

    def level_with(self, points: int, floor: Level) -> Level:
        """The level that the sum and a floor give together: the higher of the two."""
        if points >= self.red_at or floor is _RED:
            return _RED
        return _YELLOW if points >= self.yellow_at or floor is _YELLOW else _GREEN

    def threshold_of(self, level: Level) -> int:
        """Points from which the sum alone gives `level`, which is yellow or red."""
        return self.red_at if level is _RED else self.yellow_at

    def duty(self, duty_id: str) -> Duty:
        """A duty by id; KeyError when the pack has none of that name."""
        return {duty.id: duty for duty in self.duties}[duty_id]


def tables_of(
    indicators: Sequence[Indicator],
    duties: Sequence[Duty],
    combinations: Sequence[Combination] = (),
) -> Tables:
    """The index tables of indicators in pack order."""
    index = {indicator.id: at for at, indicator in enumerate(indicators)}
    groups = tuple(
        (
            one.floor,
            tuple(frozenset(index[i] for i in names if i in index) for names in one.each_of),
        )
        for one in combinations
    )
    combined = frozenset(at for _, sets in groups for group in sets for at in group)
    could_raise = [
        at
        for at, one in enumerate(indicators)
        if one.weight > 0 or one.floor is not Level.NONE or at in combined
    ]
    lightest = tuple(sorted(could_raise, key=lambda at: (indicators[at].weight, at)))
    implied: dict[str, tuple[int, ...]] = {}
    for at, indicator in enumerate(indicators):
        for category in indicator.implied_by:
            implied[category] = (*implied.get(category, ()), at)
    return Tables(
        index=index,
        weights=tuple(indicator.weight for indicator in indicators),
        floors=tuple(indicator.floor for indicator in indicators),
        triggers=frozenset(at for at, one in enumerate(indicators) if one.trigger),
        lightest_first=lightest,
        lightest_weights=tuple(indicators[at].weight for at in lightest),
        floor_places=tuple(
            tuple(place for place, at in enumerate(lightest) if indicators[at].floor >= level)
            for level in Level
        ),
        combinations=groups,
        combined=combined,
        duties=tuple(
            (duty.id, frozenset(index[name] for name in duty.when_any if name in index))
            for duty in duties
        ),
        blank=bytes([Answer.UNKNOWN]) * len(indicators),
        implied=implied,
    )
