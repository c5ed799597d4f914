"""A roster file says what it means, or where it is wrong and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.common.duty.facts import Gap, GapReason, Person
from services.common.duty.folder import load_folder
from services.common.duty.moments import moment_of
from services.common.duty.on_duty import on_duty
from services.common.duty.roster_file import read_roster
from services.common.roster import Roster
from services.common.settings import REPOSITORY
from services.common.yaml_nodes import FileError
from tests.unit.duty.rosters import TOWN

EXAMPLE = REPOSITORY / "deploy" / "rosters" / "example"
HEAD = "roster: test\npersons:\n  - {id: P-1}\n"


@pytest.mark.parametrize(
    ("text", "where", "allowed"),
    [
        (
            "holdings:\n  - {post: town/1/owner, person: P-1}",
            ":5: holdings[0].post",
            "tier/unit/duty",
        ),
        ("holdings:\n  - {post: county/532327101/owner, person: P-1}", ":5:", "tier/unit/duty"),
        (
            "leaves:\n  - {person: P-1, from: soon, until: 2026-01-01}",
            ":5: leaves[0].from",
            "a date",
        ),
        (
            "leaves:\n  - {person: P-1, from: 2026-01-02, until: 2026-01-02}",
            ":5: leaves[0]",
            "until after from",
        ),
        (
            "rotations:\n  - {post: township/532327101/owner, persons: [P-1], from: 2026-01-01,\n"
            "     hand_over: {every: weekly}}",
            ":6: rotations[0].hand_over",
            "on with weekly",
        ),
        (
            "rotations:\n  - {post: township/532327101/owner, persons: [P-1], from: 2026-01-01,\n"
            '     hand_over: {every: daily, at: ["25:00"]}}',
            ":6: rotations[0].hand_over.at[0]",
            "08:30",
        ),
        ("duties: []", ":4: duties", "roster, persons, posts"),
    ],
)
def test_a_wrong_file_says_line_path_and_what_is_allowed(
    tmp_path: Path, text: str, where: str, allowed: str
) -> None:
    """Each mistake is named by file, line and path, with what may stand there."""
    file = tmp_path / "roster.yaml"
    file.write_text(HEAD + text + "\n", encoding="utf-8")
    with pytest.raises(FileError) as wrong:
        read_roster(file)
    assert f"{file}{where}" in str(wrong.value)
    assert allowed in str(wrong.value)


def test_who_is_named_must_be_described(tmp_path: Path) -> None:
    """An item that names a person whom no file describes is refused with its line."""
    file = tmp_path / "roster.yaml"
    text = "holdings:\n  - {post: township/532327101/owner, person: P-2}\n"
    file.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(FileError, match="line 5: P-2 is not in persons"):
        load_folder(tmp_path)


def test_the_example_reads_and_fills_its_posts() -> None:
    """The roster that is shipped as an example has the rotation, the table and the leave it speaks of."""
    roster = load_folder(EXAMPLE).roster
    nights = next(post for post in roster.posts() if post.duty == "night_duty")
    assert isinstance(on_duty(roster, nights, moment_of("2026-06-01 22:00")), Person)
    assert on_duty(roster, TOWN, moment_of("2025-01-01")) == Gap(GapReason.NO_HOLDER)
    officials = Roster.load(EXAMPLE)
    assert len(officials) == len(roster.persons)
    assert all(officials.get(person_id) for person_id in roster.persons)
