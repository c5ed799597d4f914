"""Rounds on a real broker: the counts are the simulation's truth to the last household, whatever is sent twice."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from sanse.risk.v1 import rounds_pb2
from services.cli.rounds import register as register_module
from services.cli.topic_reader import read_topic
from services.common.clock import SharedClock
from services.common.crypto import Keys
from services.common.kafka_out import LaneProducer
from services.common.topics import Topic
from services.risk_scoring.domain.round_counts import NOTHING, totals
from tests.contract.rounds.world import (
    AFTER_MS,
    MASTER_KEY,
    WrittenWorld,
    case_of,
    publish,
    round_ids,
    write_cases,
    written_world,
)

DAY_MS = 86_400_000


@pytest.fixture
def world(kafka: str, redis_url: str, sanse_prefix: str, folder: Path) -> WrittenWorld:
    """A prefecture of about 400 households, not yet on the log."""
    return written_world(folder, kafka, redis_url, f"{sanse_prefix}-{folder.name}")


def _entries(world: WrittenWorld) -> list[rounds_pb2.RegisterEntry]:
    return [
        entry
        for record in read_topic(world.settings, Topic.ROUNDS)
        for entry in rounds_pb2.RegisterBatch.FromString(record.value).entries
    ]


def _as_truth(world: WrittenWorld) -> dict[tuple[str, str], dict[str, int]]:
    """What the fold finds, in the shape of the truth."""
    fold = world.fold()
    return {
        (round_id, code): {
            name: getattr(counts, name)
            for name in ("target", "assessed", "refused", "away", "moved")
        }
        for round_id in round_ids()
        for code, counts in totals(fold.counts(round_id)).items()
    }


async def test_every_count_is_the_truth(world: WrittenWorld) -> None:
    """Each round at each grid, village, township, county and the prefecture; nobody is missing or unregistered."""
    await publish(world)
    for number in range(1, 5):
        await world.register(number)
    assert _as_truth(world) == world.truth()
    top = [totals(world.fold().counts(one))["532300"] for one in round_ids()]
    assert all(counts.missing == 0 == counts.assessed_unregistered for counts in top)
    # Sent again, reports and registers alike, changes nothing.
    await publish(world)
    for number in range(1, 5):
        assert (await world.register(number)).known
    assert _as_truth(world) == world.truth()


async def test_the_same_file_twice_writes_nothing(world: WrittenWorld) -> None:
    """The second time it is known; with `again` it counts over a file registered since."""
    own = world.register_file(1)
    rows = own.read_text().splitlines()
    other = own.with_name("correction.csv")
    household, grid = rows[1].split(",")
    other.write_text(f"household_no,grid,state\n{household},{grid},retracted\n")
    first = await world.register(1)
    written = len(_entries(world))
    assert (first.entries, first.written, written) == (len(rows) - 1, len(rows) - 1, len(rows) - 1)
    assert (await world.register(1)).known
    assert len(_entries(world)) == written
    clock = world.settings.clock()
    _forward(world)
    assert (await world.register(1, other)).retracted == 1
    assert _target(world) == first.entries - 1
    assert (await world.register(1)).known
    assert _target(world) == first.entries - 1
    # As of before the correction the household was still expected.
    assert _target(world, clock.now_ms() - 1) == first.entries
    _forward(world)
    assert not (await world.register(1, again=True)).known
    assert _target(world) == first.entries


async def test_a_broken_registration_goes_on_where_it_stopped(
    world: WrittenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka went away in the third window: the next run writes only what is missing, at the first run's time."""
    monkeypatch.setattr(register_module, "WINDOW", 50)
    monkeypatch.setattr(register_module, "LaneProducer", _breaking_after(5))
    with pytest.raises(OSError, match="away"):
        await world.register(1)
    monkeypatch.undo()
    monkeypatch.setattr(register_module, "WINDOW", 50)
    _forward(world)
    summary = await world.register(1)
    assert summary.resumed_after == 100
    assert summary.registered_at_ms == AFTER_MS
    assert summary.written == summary.entries - 100
    households = Counter(entry.household_id for entry in _entries(world))
    assert len(households) == summary.entries == _target(world)
    assert set(households.values()) == {1}


async def test_a_household_that_moved_counts_where_the_register_has_it(world: WrittenWorld) -> None:
    """Its report came from the old grid; it counts once, as assessed, in the new one."""
    await publish(world)
    with world.register_file(1).open() as file:
        rows = list(csv.DictReader(file))
    old = next(row["grid"] for row in rows)
    new = next(row["grid"] for row in rows if row["grid"][:6] != old[:6])
    moved = sum(row["grid"] == old for row in rows)
    file_two = world.folder / "moved.csv"
    lines = [f"{r['household_no']},{new if r['grid'] == old else r['grid']}" for r in rows]
    file_two.write_text("\n".join(["household_no,grid", *lines]))
    await world.register(1, file_two)
    found = totals(world.fold().counts("2026-1"))
    truth = {code: counts for (one, code), counts in world.truth().items() if one == "2026-1"}
    assert found.get(old, NOTHING).target == 0
    assert found[new].target == truth[new]["target"] + moved
    assert found[new].assessed == truth[new]["assessed"] + truth[old]["assessed"]
    assert found["532300"].assessed == truth["532300"]["assessed"]


async def test_missing_and_unregistered_households_are_told(world: WrittenWorld) -> None:
    """Without any report all are missing, listed by pseudonym; assessed but unregistered ones are counted apart."""
    await world.register(1)
    fold = world.fold()
    with world.register_file(1).open() as file:
        rows = list(csv.DictReader(file))
    grid = rows[0]["grid"]
    keys = Keys(MASTER_KEY)
    expected = sorted(keys.pseudonym(r["household_no"]) for r in rows if r["grid"] == grid)
    assert fold.missing("2026-1", grid) == expected
    assert fold.missing("2026-1", "532301001001999") == []
    await publish(world)
    second = totals(world.fold().counts("2026-2"))["532300"]
    truth = world.truth()["2026-2", "532300"]
    assert (second.target, second.assessed_unregistered) == (0, truth["assessed"])


async def test_cases_belong_to_the_round_they_were_opened_in(world: WrittenWorld) -> None:
    """Resolved ÷ opened of the register's households; later rounds, other subjects and times beyond are apart."""
    for number in (1, 2):
        await world.register(number)
    fold = world.fold()
    first, second = (fold.rounds[one] for one in ("2026-1", "2026-2"))
    homes = [entry for entry in _entries(world) if entry.household_id][:4]
    at = first.starts_ms + DAY_MS
    cases = [
        case_of(homes[0].household_id, "532301001001", at, at + DAY_MS),
        case_of(homes[1].household_id, "532301001001", at, 0),
        # Opened in the gap before the next round: still the first one's.
        case_of(homes[2].household_id, "532301001001", second.starts_ms - 1, at + DAY_MS),
        case_of(homes[0].household_id, "532301001001", second.starts_ms, 0),
        # An assessment of the first round that was sent in after the second had begun.
        case_of(homes[3].household_id, "532301001001", second.starts_ms + 1, 0, "2026-1"),
        case_of("G532301001001001", "532301001001001", at, at + 1),
        case_of(homes[3].household_id, "532301001001", first.starts_ms - 1, 0),
    ]
    await write_cases(world.settings, [*cases, *cases])
    sums = [totals(world.fold().counts(one))["532300"] for one in ("2026-1", "2026-2")]
    assert [counts.resolution for counts in sums] == [(2, 4), (0, 1)]
    assert (sums[0].other_cases_opened, sums[0].other_cases_resolved) == (1, 1)
    at_home = world.fold().counts("2026-1")
    assert at_home[homes[0].grid_code].cases_opened >= 1
    assert "532301001001" not in at_home


async def test_the_log_holds_no_household_number(world: WrittenWorld) -> None:
    """Neither registers nor their progress carry what a register file has in the clear."""
    await world.register(1)
    with world.register_file(1).open() as file:
        numbers = [row["household_no"].encode() for row in csv.DictReader(file)]
    values = b"".join(record.value for record in read_topic(world.settings, Topic.ROUNDS))
    assert values
    assert not any(number in values for number in numbers)


def _target(world: WrittenWorld, as_of_ms: int | None = None) -> int:
    fold = world.fold() if as_of_ms is None else world.fold(as_of_ms)
    return totals(fold.counts("2026-1")).get("532300", NOTHING).target


def _forward(world: WrittenWorld) -> None:
    clock = SharedClock(world.folder / "clock.json")
    clock.set(clock.now_ms() + 1000, 0.0)


def _breaking_after(sends: int) -> type:
    """The real producer, which loses Kafka after some sends."""

    class Breaking(LaneProducer):
        done = 0

        async def send(self, records: object) -> None:
            type(self).done += 1
            if type(self).done > sends:
                raise OSError("away")
            await super().send(records)  # type: ignore[arg-type]

    return Breaking
