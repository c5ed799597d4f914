"""Over which units an official is: by the posts held at that moment, and never over everything for want of a post."""

from __future__ import annotations

import pytest

from services.common.divisions import contains
from services.common.duty.moments import moment_of
from services.common.roster import Official, Roster
from services.common.settings import REPOSITORY
from services.common.terms import Language, Tier

EXAMPLE = REPOSITORY / "deploy" / "rosters" / "example"


@pytest.mark.parametrize(
    ("who", "day", "places"),
    [
        ("C-1", "2026-03-10", ("532327",)),
        ("T-1", "2026-03-10", ("532327101",)),
        # The post began in 2026, so nobody is over the township before; after the leave the substitute is not.
        ("T-1", "2025-12-31", None),
        ("T-2", "2026-05-12", ("532327101",)),
        ("S-1", "2026-03-10", ()),
        ("X-9", "2026-03-10", None),
    ],
)
def test_a_roster_of_posts(who: str, day: str, places: tuple[str, ...] | None) -> None:
    """A post that has not begun gives nothing; a department is over no place; who is unknown holds no post."""
    found = Roster.load(EXAMPLE).places(who, moment_of(day))
    assert (None if found is None else tuple(dict.fromkeys(found))) == places


def test_a_csv() -> None:
    """The line's unit, at all times."""
    roster = Roster(
        [
            Official("T-1", "532301001", Tier.TOWNSHIP, "", Language.ZH, ()),
            Official("D-1", "532301", Tier.COUNTY, "", Language.ZH, (), department="police"),
        ]
    )
    assert [roster.places(who, 0) for who in ("T-1", "D-1", "X-9")] == [("532301001",), (), None]


def test_no_unit_contains_nothing() -> None:
    """An official without a place must not be over every place."""
    assert not contains("", "532301001")
    assert contains("532300", "532301001") and contains("532301001", "532301001")
