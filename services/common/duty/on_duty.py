"""Who is on duty at a post at a moment: exactly one person, or a gap with its reason."""

from __future__ import annotations

from typing import TypeVar

from services.common.duty.facts import (
    DutyRoster,
    Gap,
    GapReason,
    Holding,
    Item,
    Leave,
    Override,
    Person,
    PostKey,
    Rotation,
    Schedule,
    Span,
)

_Kind = TypeVar("_Kind", bound=Span)


def on_duty(roster: DutyRoster, post: PostKey, at_ms: int) -> Person | Gap:
    """The person on duty. A stand-in wins over the duty table, that over the rotation, that over the holder.

    Of two items of one kind the one said last wins. Who is on leave is replaced by the substitute named, else
    there is a gap: nobody is on duty without knowing it.
    """
    items = roster.of_post(post)
    if not items:
        return Gap(GapReason.NO_SUCH_POST)
    expected = _expected(items, at_ms)
    stand_in = _stand_in(items, expected, at_ms)
    if stand_in:
        if _leave(roster, stand_in, at_ms):
            return Gap(GapReason.STAND_IN_ON_LEAVE, stand_in)
        return roster.persons[stand_in]
    if isinstance(expected, Gap):
        return expected
    return _present(roster, expected, at_ms)


def people_of(roster: DutyRoster, post: PostKey, at_ms: int) -> frozenset[str]:
    """Everybody who may act for a post at a moment: its holders, its rotation, and whoever is on duty now."""
    found: set[str] = set()
    for item in roster.of_post(post):
        if isinstance(item, Holding | Rotation) and item.covers(at_ms):
            found |= {item.person} if isinstance(item, Holding) else set(item.persons)
    now = on_duty(roster, post, at_ms)
    return frozenset(found | ({now.person_id} if isinstance(now, Person) else set()))


def posts_at(roster: DutyRoster, person: str, at_ms: int) -> list[PostKey]:
    """The posts a person may act for at a moment, also as a substitute for somebody on leave."""
    places = {post: None for post in roster.posts_of(person)}
    for known in roster.by_person.get(person, ()):
        leave = known.item
        if isinstance(leave, Leave) and known.at(roster.known_ms) and leave.substitute == person:
            places |= dict.fromkeys(roster.posts_of(leave.person))
    return [post for post in places if person in people_of(roster, post, at_ms)]


def _expected(items: list[Item], at_ms: int) -> str | Gap:
    """Who is on duty when nobody is away and nobody stands in."""
    table = _last(items, Schedule, at_ms)
    if table:
        shift = next((one for one in reversed(table.shifts) if one.covers(at_ms)), None)
        return shift.person if shift else Gap(GapReason.TABLE_HAS_HOLE)
    rotation = _last(items, Rotation, at_ms)
    if rotation:
        turn = rotation.hand_over.turns(rotation.from_ms, at_ms)
        return rotation.persons[turn % len(rotation.persons)]
    holding = _last(items, Holding, at_ms)
    return holding.person if holding else Gap(GapReason.NO_HOLDER)


def _stand_in(items: list[Item], expected: str | Gap, at_ms: int) -> str:
    overrides = (one for one in reversed(items) if isinstance(one, Override) and one.covers(at_ms))
    return next((one.person for one in overrides if one.instead_of in ("", expected)), "")


def _present(roster: DutyRoster, person: str, at_ms: int) -> Person | Gap:
    leave = _leave(roster, person, at_ms)
    if leave is None:
        return roster.persons[person]
    if not leave.substitute:
        return Gap(GapReason.ON_LEAVE, person)
    # One step only: who stands in for a substitute has to be named, not found.
    if _leave(roster, leave.substitute, at_ms):
        return Gap(GapReason.SUBSTITUTE_ON_LEAVE, leave.substitute)
    return roster.persons[leave.substitute]


def _leave(roster: DutyRoster, person: str, at_ms: int) -> Leave | None:
    leaves = [one for one in roster.leaves(person) if one.covers(at_ms)]
    return leaves[-1] if leaves else None


def _last(items: list[Item], kind: type[_Kind], at_ms: int) -> _Kind | None:
    for item in reversed(items):
        if isinstance(item, kind) and item.covers(at_ms):
            return item
    return None
