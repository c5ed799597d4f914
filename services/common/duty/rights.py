"""Who may change a roster: a person who holds a post of the same or a higher tier over the post that is touched."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from services.common.divisions import contains
from services.common.duty.facts import DutyRoster, Item, Leave, PostKey
from services.common.duty.on_duty import posts_at


class EditVerdict(StrEnum):
    """Whether a change may be signed off, or why not."""

    ALLOWED = "allowed"
    NOTHING_CHANGES = "nothing_changes"
    NO_POST = "no_post"
    OUTSIDE_JURISDICTION = "outside_jurisdiction"
    TIER_TOO_LOW = "tier_too_low"
    PERSON_UNKNOWN = "person_unknown"
    ITEM_UNKNOWN = "item_unknown"


def may_edit(
    roster: DutyRoster, signed_by: str, touched: Iterable[Item], at_ms: int
) -> EditVerdict:
    """Whether a person may sign off a change of these items now. A department's post gives no right over others."""
    items = list(touched)
    own = [post for post in posts_at(roster, signed_by, at_ms) if not post.department]
    if not own:
        return EditVerdict.NO_POST
    if not items:
        return EditVerdict.NOTHING_CHANGES
    for post in _touched_posts(roster, items):
        verdict = _over(own, post)
        if verdict is not EditVerdict.ALLOWED:
            return verdict
    return EditVerdict.ALLOWED


def _touched_posts(roster: DutyRoster, items: list[Item]) -> list[PostKey]:
    """The posts a change touches; leave touches every post of the person, and of nobody without one."""
    found: dict[PostKey, None] = {}
    for item in items:
        posts = roster.posts_of(item.person) if isinstance(item, Leave) else [item.post]
        found |= dict.fromkeys(posts)
    return list(found)


def _over(own: list[PostKey], post: PostKey) -> EditVerdict:
    above = [one for one in own if contains(one.jurisdiction_code, post.jurisdiction_code)]
    if not above:
        return EditVerdict.OUTSIDE_JURISDICTION
    high = any(one.tier >= post.tier for one in above)
    return EditVerdict.ALLOWED if high else EditVerdict.TIER_TOO_LOW
