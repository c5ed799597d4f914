"""Laws of the change log beside a roster, and of who may write into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from services.common.duty.change_log import (
    FILE,
    SETTLES_MS,
    Change,
    ChangeLogWrong,
    LogFault,
    append,
    digest_of,
)
from services.common.duty.facts import Holding, Leave, Override, Person
from services.common.duty.folder import LiveRoster, load_folder
from services.common.duty.on_duty import on_duty
from services.common.duty.rights import EditVerdict, may_edit
from services.common.yaml_nodes import FileError
from tests.unit.duty.rosters import COUNTY, OTHER_TOWN, START, STATION, TOWN, days, roster_of

HELD = """roster: test
persons:
  - {id: P-1, name: 甲}
  - {id: P-2, name: 乙}
holdings:
  - {post: township/532327101/owner, person: P-1}
"""
STAND_IN = Override(post=TOWN, person="P-2", from_ms=START, until_ms=days(2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "roster.yaml").write_text(HELD, encoding="utf-8")
    return tmp_path


def sign(
    folder: Path, *added: Override, at_ms: int = START, withdrawn: tuple[str, ...] = ()
) -> None:
    read = load_folder(folder)
    first = digest_of(read.base) if not read.changes else ""
    number = len(read.changes) + 1
    change = Change("test", number, at_ms, "P-1", "sick", added, withdrawn, first)
    append(folder, change, read.head)


def test_a_running_worker_sees_a_change_without_a_restart(folder: Path) -> None:
    """A change counts a minute after it was written, and what was decided before stays as it was."""
    live = LiveRoster(folder)
    sign(folder, STAND_IN)
    counts_ms = START + SETTLES_MS
    assert on_duty(live.roster.as_known(counts_ms), TOWN, counts_ms) == Person("P-2", "乙")
    before = counts_ms - 1
    assert on_duty(live.roster.as_known(before), TOWN, before) == Person("P-1", "甲")


def test_files_that_cannot_be_used_leave_the_old_roster(folder: Path) -> None:
    """A broken file does not stop a worker that runs; it does stop one that starts."""
    live = LiveRoster(folder)
    (folder / "roster.yaml").write_text("roster: [", encoding="utf-8")
    assert on_duty(live.roster, TOWN, START) == Person("P-1", "甲")
    with pytest.raises(FileError, match="YAML"):
        LiveRoster(folder)


@pytest.mark.parametrize("field", ["signed_by", "at_ms", "reason", "added"])
def test_a_changed_entry_is_found(folder: Path, field: str) -> None:
    """Whatever is altered in an entry, the chain says at which line."""
    sign(folder, STAND_IN)
    sign(folder, replace(STAND_IN, from_ms=days(3), until_ms=days(4)), at_ms=START + 1)
    rows = [orjson.loads(line) for line in (folder / FILE).read_bytes().splitlines()]
    rows[0]["change"][field] = {"at_ms": START - 1, "added": []}.get(field, "P-9")
    (folder / FILE).write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    with pytest.raises(ChangeLogWrong) as wrong:
        load_folder(folder)
    assert (wrong.value.fault, wrong.value.line) == (LogFault.CHAIN_BROKEN, 1)


def test_a_lost_entry_is_found(folder: Path) -> None:
    """An entry taken out of the middle leaves a gap in the sequence."""
    for number in range(3):
        sign(folder, replace(STAND_IN, until_ms=days(2 + number)), at_ms=START + number)
    lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    (folder / FILE).write_bytes(lines[0] + lines[2])
    with pytest.raises(ChangeLogWrong, match="chain_broken"):
        load_folder(folder)


def test_posts_are_not_changed_beside_the_log_but_contacts_are(folder: Path) -> None:
    """Once the log has begun the files' duties are bound by it; a telephone number may be changed and erased."""
    sign(folder, STAND_IN)
    file = folder / "roster.yaml"
    file.write_text(HELD.replace("name: 乙", 'name: 乙, mobile: "19900000001"'), encoding="utf-8")
    assert load_folder(folder).roster.persons["P-2"].mobile == "19900000001"
    file.write_text(HELD.replace("person: P-1", "person: P-2"), encoding="utf-8")
    with pytest.raises(ChangeLogWrong, match="files_changed"):
        load_folder(folder)


def test_two_editors_do_not_overwrite_one_another(folder: Path) -> None:
    """Who read before the other wrote is refused, and nothing of the log is lost."""
    seen = load_folder(folder)
    sign(folder, STAND_IN)
    late = Change("test", 1, START, "P-1", "", (STAND_IN,), (), digest_of(seen.base))
    with pytest.raises(ChangeLogWrong, match="written_meanwhile"):
        append(folder, late, seen.head)
    assert len(load_folder(folder).changes) == 1


def test_only_a_post_of_the_same_or_a_higher_tier_over_the_place_may_edit() -> None:
    """The town's own and the county may; the neighbour, the department, and whoever has no post may not."""
    roster = roster_of(
        [
            Holding(post=TOWN, person="P-1"),
            Holding(post=OTHER_TOWN, person="P-2"),
            Holding(post=COUNTY, person="P-3"),
            Holding(post=STATION, person="P-4"),
        ]
    )
    edit, upward = [STAND_IN], [Holding(post=COUNTY, person="P-1")]
    away = [Leave(person="P-1", from_ms=START, until_ms=days(1))]
    verdicts = {
        who: may_edit(roster, who, edit, START) for who in ("P-1", "P-2", "P-3", "P-4", "P-9")
    }
    assert verdicts == {
        "P-1": EditVerdict.ALLOWED,
        "P-2": EditVerdict.OUTSIDE_JURISDICTION,
        "P-3": EditVerdict.ALLOWED,
        "P-4": EditVerdict.NO_POST,
        "P-9": EditVerdict.NO_POST,
    }
    assert may_edit(roster, "P-1", upward, START) is EditVerdict.OUTSIDE_JURISDICTION
    assert may_edit(roster, "P-1", away, START) is EditVerdict.ALLOWED
    assert may_edit(roster, "P-2", away, START) is EditVerdict.OUTSIDE_JURISDICTION
    assert may_edit(roster, "P-3", [], START) is EditVerdict.NOTHING_CHANGES
