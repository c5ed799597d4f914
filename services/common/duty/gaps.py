"""The gaps of a roster in a time to come: who will be missing where, from when until when, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from services.common.duty.facts import (
    DutyRoster,
    Gap,
    Item,
    Person,
    Posting,
    PostKey,
    Rotation,
    Schedule,
    persons_in,
)
from services.common.duty.on_duty import on_duty


@dataclass(frozen=True, slots=True)
class Stretch:
    """One answer to who is on duty, and how long it holds."""

    post: PostKey
    from_ms: int
    until_ms: int
    who: Person | Gap


def stretches(roster: DutyRoster, post: PostKey, from_ms: int, until_ms: int) -> list[Stretch]:
    """Who is on duty at a post from a moment until another, in as few stretches as there are answers."""
    moments = sorted({from_ms, *_changes(roster, post, from_ms, until_ms)})
    found: list[Stretch] = []
    for start, end in zip(moments, [*moments[1:], until_ms], strict=True):
        who = on_duty(roster, post, start)
        if found and found[-1].who == who:
            found[-1] = replace(found[-1], until_ms=end)
        else:
            found.append(Stretch(post, start, end, who))
    return found


def gaps(
    roster: DutyRoster, posts: Iterable[PostKey], from_ms: int, until_ms: int
) -> list[Stretch]:
    """The stretches with nobody on duty while the post exists, the first to come first."""
    found = [
        cut
        for post in posts
        for one in stretches(roster, post, from_ms, until_ms)
        if isinstance(one.who, Gap)
        for cut in _while_it_exists(roster, one)
    ]
    return sorted(found, key=lambda one: (one.from_ms, str(one.post)))


def _while_it_exists(roster: DutyRoster, gap: Stretch) -> Iterator[Stretch]:
    postings = [i for i in roster.of_post(gap.post) if isinstance(i, Posting)]
    if not postings:
        yield gap
    for posting in postings:
        start, end = max(gap.from_ms, posting.from_ms), min(gap.until_ms, posting.until_ms)
        if start < end:
            yield replace(gap, from_ms=start, until_ms=end)


def _changes(roster: DutyRoster, post: PostKey, from_ms: int, until_ms: int) -> Iterator[int]:
    """The moments at which the answer may change."""
    named = roster.of_post(post)
    leaves = [leave for person in _everybody(named) for leave in roster.leaves(person)]
    # A substitute's own leave matters too.
    leaves += [one for leave in leaves for one in roster.leaves(leave.substitute)]
    for item in (*named, *leaves):
        edges = [item.from_ms, item.until_ms]
        if isinstance(item, Schedule):
            edges += [edge for shift in item.shifts for edge in (shift.from_ms, shift.until_ms)]
        if isinstance(item, Rotation):
            end_ms = min(until_ms, item.until_ms)
            edges += item.hand_over.between(item.from_ms, from_ms, end_ms)
        yield from (edge for edge in edges if from_ms < edge < until_ms)


def _everybody(items: list[Item]) -> set[str]:
    return {person for item in items for person in persons_in(item)}
