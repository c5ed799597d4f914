"""What officials are told in the mornings: each thing once, however often it is proposed, on working days only."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lanes import lane_of
from services.common.spans import DAY_MS, HOUR_MS
from services.common.topics import Topic
from services.common.yaml_nodes import FileError
from services.escalation.adapters.bulletin_codec import (
    BulletinFold,
    bulletin_from,
    bulletin_id,
    bulletin_to,
    told_key,
)
from services.escalation.adapters.mornings_file import load_mornings, read_mornings
from services.escalation.domain.bulletins import (
    Bulletin,
    BulletinKind,
    DutyCounts,
    GapAhead,
    Told,
    tell,
)
from services.escalation.domain.mornings import Digests, Mornings
from services.escalation.domain.reasons import Reason
from services.escalation.domain.worktime import CHINA
from tests.contract.escalation.records import Lane, command_value
from tests.unit.escalation.desk import START_MS

SHIPPED = Path("deploy/mornings/mornings.yaml")
KEEPER = "KP-1"


def gap(post: str, begins_h: int, hours: int) -> GapAhead:
    """A gap so many hours after the start."""
    begins = START_MS + begins_h * HOUR_MS
    return GapAhead(post, "532301001", "owner", begins, begins + hours * HOUR_MS)


def bulletin(day: int, kind: BulletinKind, *gaps: GapAhead) -> Bulletin:
    """What the clock proposes on a day after the start."""
    name = f"2026-01-{day:02d}"
    return Bulletin(
        bulletin_id(kind, KEEPER, name),
        kind,
        KEEPER,
        name,
        START_MS + (day - 6) * DAY_MS,
        "532301001",
        DutyCounts(3, 1, 1, 1, 0) if kind is BulletinKind.DIGEST else DutyCounts(),
        ("532301-AAAAAA",) if kind is BulletinKind.DIGEST else (),
        gaps,
    )


DIGEST, OUTLOOK = BulletinKind.DIGEST, BulletinKind.ROSTER_OUTLOOK
gaps_ahead = st.lists(
    st.builds(
        gap,
        st.sampled_from(["township/a/owner", "village/b/owner"]),
        st.integers(0, 99),
        st.just(9),
    ),
    max_size=4,
)
mornings = st.lists(
    st.tuples(st.integers(6, 12), st.sampled_from([DIGEST, OUTLOOK]), gaps_ahead), max_size=20
)


@settings(max_examples=60)
@given(mornings)
def test_each_digest_and_each_gap_is_told_once(
    given_: list[tuple[int, BulletinKind, list[GapAhead]]],
) -> None:
    """In any order of proposals, made twice: one of a kind a day at most, no gap twice; a rebuild knows the same."""
    lane = Lane(KEEPER)
    for day, kind, gaps in given_:
        # The clock looks ahead: a gap that is over is proposed no more.
        ahead = [one for one in gaps if one.until_ms > START_MS + (day - 6) * DAY_MS]
        made = bulletin(day, kind, *(ahead if kind is OUTLOOK else ()))
        proposal = bulletin_to(made)
        assert bulletin_from(proposal) == made
        for _ in range(2):
            lane.takes(Topic.COMMANDS, command_value(proposal))
    ids = [one.notice_id for one in lane.notices]
    assert len(set(ids)) == len(ids)
    fold = BulletinFold()
    told: list[pb.GapAhead] = []
    for value in lane.ledger:
        batch = pb.CaseEventBatch.FromString(value)
        fold.take(batch.bulletins)
        told += [one for sent in batch.bulletins for one in sent.gaps]
    for number, one in enumerate(told):
        assert not any(
            other.post == one.post and other.from_ms <= one.from_ms < other.until_ms
            for other in told[:number]
        )
    kept = {key: value for key, value in lane.state.items() if key == told_key(KEEPER)}
    assert fold.state(lane_of(KEEPER)) == kept


def test_a_gap_that_begins_sooner_than_was_told_is_told_again() -> None:
    """Somebody else's leave makes it begin today: who was told of Thursday does not know that."""
    told, _, _ = tell(Told(KEEPER), bulletin(6, OUTLOOK, gap("a", 48, 24)))
    told, again, reason = tell(told, bulletin(7, OUTLOOK, gap("a", 60, 12)))
    assert (again, reason) == (None, Reason.TOLD_ALREADY)
    _, sooner, _ = tell(told, bulletin(8, OUTLOOK, gap("a", 40, 32), gap("b", 50, 9)))
    assert sooner is not None
    assert [one.post for one in sooner.gaps] == ["a", "b"]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-02 08:29", ""),
        ("2026-03-02 08:30", "2026-03-02"),
        ("2026-03-02 10:59", "2026-03-02"),
        ("2026-03-02 11:00", ""),
        # A Saturday.
        ("2026-03-07 09:00", ""),
    ],
)
def test_a_morning_is_one_of_a_working_day(moment: str, day: str) -> None:
    """From the first time on until before the second; a working day is what the calendar of the policies says."""
    at = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)
    found = read_mornings(SHIPPED).day_at(int(at.timestamp() * 1000), lambda d: d.weekday() < 5)
    assert found == day


def test_the_shipped_file_is_read_and_a_wrong_one_told(tmp_path: Path) -> None:
    """Nothing is told without a file; an error names line, path and what is allowed."""
    assert read_mornings(SHIPPED) == Mornings(Digests.ALL, 510, 660, 7, 300, 60)
    assert load_mornings(tmp_path / "none.yaml").silent
    shipped = SHIPPED.read_text(encoding="utf-8")
    for old, new, words in [
        ('"08:30"', '"8.30"', "is no time of day"),
        ('until: "11:00"', 'until: "08:30"', "not after its beginning"),
        ("digest: all", "digest: some", "all, pressed, none"),
        ("per_minute: 300", "per_minute: 0", "from 1 to 100000"),
    ]:
        wrong = tmp_path / "mornings.yaml"
        wrong.write_text(shipped.replace(old, new), encoding="utf-8")
        with pytest.raises(FileError, match=words):
            read_mornings(wrong)
