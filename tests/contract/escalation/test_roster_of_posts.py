"""Decisions with a roster of posts: who is on duty at the message's time becomes the owner, also when read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.common.divisions import contains
from services.common.duty.change_log import SETTLES_MS, Change, append, digest_of
from services.common.duty.facts import Leave
from services.common.duty.folder import load_folder
from services.common.spans import HOUR_MS
from services.common.terms import Level, Tier
from services.escalation.adapters.posts import DutyPosts, load_posts
from services.escalation.domain.events import NoticeKind
from services.escalation.domain.posts import OwnerReason
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import GRID, START_MS, Desk, rules

ROSTER = """roster: test
persons: [{id: TS-1}, {id: TS-2}, {id: CT-1}, {id: KP-1}, {id: PF-1}, {id: PS-1}]
holdings:
  - {post: prefecture/532300/owner, person: PF-1}
  - {post: county/532301/owner, person: CT-1}
  - {post: county/532301/roster_keeper, person: KP-1}
  - {post: "township/532301001/police_station:owner", person: PS-1}
rotations:
  # START_MS is 2026-01-06 16:00 in Asia/Shanghai.
  - post: township/532301001/owner
    from: 2026-01-06
    persons: [TS-1, TS-2]
    hand_over: {every: daily, at: ["08:00"]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    return tmp_path


def posts_of(folder: Path) -> DutyPosts:
    posts = load_posts(folder)
    assert isinstance(posts, DutyPosts)
    return posts


def on_leave(folder: Path, who: str, at_ms: int) -> None:
    read = load_folder(folder)
    away = Leave(person=who, from_ms=START_MS, until_ms=START_MS + 48 * HOUR_MS)
    first = "" if read.changes else digest_of(read.base)
    number = len(read.changes) + 1
    append(folder, Change("test", number, at_ms, "CT-1", "ill", (away,), (), first), read.head)


def test_the_owner_is_who_is_on_duty_at_the_messages_time(folder: Path) -> None:
    """A case is theirs whose turn it is; the others of the rotation may act on it, a department may not."""
    desk = Desk(rules(posts_of(folder)))  # type: ignore[arg-type]
    desk.finds(Level.YELLOW)
    assert desk.case.owner_id == "TS-2"
    desk.now_ms = START_MS + 24 * HOUR_MS
    desk.expects(NoticeKind.DUTY_ASSIGNED, "TS-2")
    assert desk.acknowledges("TS-1").reason is Reason.ACKNOWLEDGED
    assert desk.acknowledges("PS-1").reason is Reason.OUTSIDE_JURISDICTION
    desk.expects_nothing_more()


def test_nobody_on_duty_goes_up_at_once_and_the_keeper_is_told(folder: Path) -> None:
    """The next tier has the case, knows that it stands in, and whoever keeps the roster is asked to fill it."""
    on_leave(folder, "TS-2", START_MS - SETTLES_MS)
    desk = Desk(rules(posts_of(folder)))  # type: ignore[arg-type]
    desk.finds(Level.YELLOW)
    assert (desk.case.owner_id, desk.case.tier) == ("CT-1", Tier.COUNTY)
    assert desk.case.owner_reason == OwnerReason.ROSTER_GAP_NEXT_TIER.value
    desk.expects(NoticeKind.DUTY_ASSIGNED, "CT-1")
    desk.expects(NoticeKind.ROSTER_GAP, "CT-1")
    desk.expects(NoticeKind.FILL_ROSTER, "KP-1")
    desk.expects_nothing_more()


def test_a_message_read_again_after_a_change_has_the_same_owner(folder: Path) -> None:
    """Leave that was written down afterwards, even with effect before, changes nothing that was decided."""
    posts = posts_of(folder)
    first = Desk(rules(posts))  # type: ignore[arg-type]
    first.finds(Level.YELLOW)
    on_leave(folder, "TS-2", START_MS)
    again = Desk(rules(posts))  # type: ignore[arg-type]
    again.finds(Level.YELLOW)
    assert again.case == first.case
    later = Desk(rules(posts), now_ms=START_MS + SETTLES_MS)  # type: ignore[arg-type]
    later.finds(Level.YELLOW)
    assert later.case.owner_id == "CT-1"


def test_a_department_without_anybody_tells_the_keeper(folder: Path) -> None:
    """The centre hands it on, and the keeper of the roster learns of the gap."""
    posts = posts_of(folder).as_of(START_MS)
    there = posts.department(GRID, "police_station", Tier.TOWNSHIP)
    assert (there.owner_id, there.keeper_id) == ("PS-1", "")
    gone = posts.department(GRID, "school", Tier.TOWNSHIP)
    assert (gone.owner_id, gone.keeper_id) == ("TS-2", "KP-1")
    assert gone.reason is OwnerReason.DEPARTMENT_GAP_TO_CENTRE
    post = posts.get("PS-1")
    assert post is not None
    assert contains(post.jurisdiction_code, GRID)
    assert not post.is_over(GRID)
