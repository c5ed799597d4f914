"""The facts of a roster of posts: persons, and the holdings, rotations, stand-ins and leave that fill the posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from services.common.duty.hand_over import HandOver
from services.common.duty.person_rules import NO_RULES, PersonRules
from services.common.terms import Language, Tier

FOREVER_MS = 1 << 62
# The duty of a post where nothing else is said: the official responsible (包保责任人).
OWNER = "owner"
DEPUTY = "deputy"
# Who keeps a roster in order: told when nobody is on duty.
KEEPER = "roster_keeper"


@dataclass(frozen=True, slots=True)
class PostKey:
    """One post: a duty at a unit, of the unit's own ladder or of a department there."""

    tier: Tier
    jurisdiction_code: str
    duty: str = OWNER
    department: str = ""

    def __str__(self) -> str:
        beside = f"{self.department}:" if self.department else ""
        return f"{self.tier.name.lower()}/{self.jurisdiction_code}/{beside}{self.duty}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can hold posts. Contact data is personal: it is in the file, never in the change log.

    An address may be several, see `person_rules.devices`.
    """

    person_id: str
    name: str = field(repr=False, default="")
    language: Language = Language.ZH
    channels: tuple[str, ...] = ()
    mobile: str = field(repr=False, default="")
    wecom_id: str = field(repr=False, default="")
    email: str = field(repr=False, default="")
    dingtalk_id: str = field(repr=False, default="")
    feishu_id: str = field(repr=False, default="")
    rules: PersonRules = NO_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From a moment on, until another, which no longer belongs to it; milliseconds since the epoch."""

    from_ms: int = 0
    until_ms: int = FOREVER_MS

    def covers(self, at_ms: int) -> bool:
        """Whether the moment lies in it."""
        return self.from_ms <= at_ms < self.until_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting(Span):
    """A post exists: somebody must be on duty there at every moment of the span."""

    post: PostKey
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding(Span):
    """A person holds a post."""

    post: PostKey
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation(Span):
    """Persons hold a post in turn; the first of them from the beginning of the span."""

    post: PostKey
    persons: tuple[str, ...]
    hand_over: HandOver


@dataclass(frozen=True, slots=True, kw_only=True)
class Override(Span):
    """A person stands in at a post: for everybody, or only while a certain person would be on duty."""

    post: PostKey
    person: str
    instead_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift(Span):
    """One line of a duty table."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Span):
    """A duty table (值班表) that replaces rotation and holding of a post for a while."""

    post: PostKey
    shifts: tuple[Shift, ...]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Span):
    """A person is away, at all posts; the substitute, if one is named, takes over."""

    person: str
    substitute: str = ""


Item = Posting | Holding | Rotation | Override | Schedule | Leave


class GapReason(StrEnum):
    """Why nobody is on duty."""

    NO_SUCH_POST = "no_such_post"
    NO_HOLDER = "no_holder"
    TABLE_HAS_HOLE = "table_has_hole"
    ON_LEAVE = "on_leave"
    SUBSTITUTE_ON_LEAVE = "substitute_on_leave"
    STAND_IN_ON_LEAVE = "stand_in_on_leave"


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on duty, why, and whom one would have expected."""

    reason: GapReason
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An item, its id, and from when until when the roster said so: what was decided then stays explainable."""

    item_id: str
    item: Item
    from_ms: int = 0
    until_ms: int = FOREVER_MS

    def at(self, known_ms: int) -> bool:
        """Whether the roster said so at that moment."""
        return self.from_ms <= known_ms < self.until_ms


@dataclass(frozen=True, slots=True)
class DutyRoster:
    """All that was ever known, as it was known at one moment (`known_ms`; at the end of time unless told)."""

    roster_id: str
    persons: Mapping[str, Person]
    by_post: Mapping[PostKey, tuple[Known, ...]]
    by_person: Mapping[str, tuple[Known, ...]]
    known_ms: int = FOREVER_MS - 1

    def as_known(self, known_ms: int) -> DutyRoster:
        """The same roster as it stood at a moment, whatever was changed since."""
        return replace(self, known_ms=known_ms)

    def of_post(self, post: PostKey) -> list[Item]:
        """What is known of a post; what was said last comes last."""
        return [one.item for one in self.by_post.get(post, ()) if one.at(self.known_ms)]

    def leaves(self, person: str) -> list[Leave]:
        """A person's leave; what was said last comes last."""
        known = (one.item for one in self.by_person.get(person, ()) if one.at(self.known_ms))
        return [item for item in known if isinstance(item, Leave) and item.person == person]

    def posts_of(self, person: str) -> list[PostKey]:
        """The posts a person has, had or will have, by any item."""
        named = (one.item for one in self.by_person.get(person, ()) if one.at(self.known_ms))
        return list(dict.fromkeys(i.post for i in named if not isinstance(i, Leave)))

    def posts(self) -> list[PostKey]:
        """All posts that exist at some time."""
        return [post for post in self.by_post if self.of_post(post)]

    def items(self) -> list[Known]:
        """Everything known, each once, in the order it was said."""
        found = {id(one): one for known in self.by_post.values() for one in known}
        found |= {id(one): one for known in self.by_person.values() for one in known}
        live = (one for one in found.values() if one.at(self.known_ms))
        return sorted(live, key=lambda one: (one.from_ms, str(one.item)))


def persons_in(item: Item) -> tuple[str, ...]:
    """The ids of everybody an item names."""
    match item:
        case Posting():
            return ()
        case Rotation():
            return item.persons
        case Schedule():
            return tuple(dict.fromkeys(shift.person for shift in item.shifts))
        case Leave():
            return tuple(filter(None, (item.person, item.substitute)))
        case Override():
            return tuple(filter(None, (item.person, item.instead_of)))
        case _:
            return (item.person,)


def build(roster_id: str, persons: Iterable[Person], known: Iterable[Known]) -> DutyRoster:
    """A roster of these persons and items; the items in the order in which they were said."""
    by_post: dict[PostKey, list[Known]] = {}
    by_person: dict[str, list[Known]] = {}
    for one in known:
        if not isinstance(one.item, Leave):
            by_post.setdefault(one.item.post, []).append(one)
        for person in persons_in(one.item):
            by_person.setdefault(person, []).append(one)
    return DutyRoster(
        roster_id,
        {person.person_id: person for person in persons},
        {post: tuple(found) for post, found in by_post.items()},
        {person: tuple(found) for person, found in by_person.items()},
    )
