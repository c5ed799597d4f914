"""What is written can be read by the services, is the same for the same seed, and agrees with the truth."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.simulate.keys import test_key as key_of
from services.cli.simulate.packs import PackShape
from services.cli.simulate.tables import write_tables
from services.cli.simulate.world import World
from services.cli.simulate.write import report_files, write_world
from services.common.divisions import Divisions
from services.common.roster import Roster
from tests.unit.simulate.conftest import MIX, SEED

Truth = dict[str, Any]


@pytest.fixture(scope="module")
def truth(written: Path) -> Truth:
    """The truth file of the small world."""
    found: Truth = json.loads((written / "truth.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def lines(written: Path) -> list[Truth]:
    """All written reports, in order."""
    return list(_lines(written))


def test_the_same_seed_gives_the_same_bytes(
    written: Path, tmp_path: Path, world: World, packs: Mapping[str, PackShape]
) -> None:
    """Every file is equal, byte for byte."""
    write_world(tmp_path, world, packs, MIX, lambda done, expected: None)
    names = sorted(str(path.relative_to(written)) for path in _files(written))
    assert names == sorted(str(path.relative_to(tmp_path)) for path in _files(tmp_path))
    for name in names:
        assert (written / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_the_truth_equals_a_recount_of_fates(lines: list[Truth], truth: Truth) -> None:
    """Sent, duplicate and rejected can be counted from the ids alone."""
    ids = Counter(line["source_id"] for line in lines)
    broken = sum(source_id.endswith("-X") for source_id in ids)
    duplicates = sum(ids.values()) - len(ids)
    assert duplicates > 0
    assert broken > 0
    assert truth["reports"] == {
        "sent": len(lines),
        "accepted": len(ids) - broken,
        "duplicate": duplicates,
        "rejected": broken,
    }
    assert sum(truth["broken"].values()) == broken


def test_the_truth_equals_a_recount_of_rounds(lines: list[Truth], truth: Truth) -> None:
    """Assessed, refused, away and moved per round, and the mean coverage."""
    first = _accepted(lines).values()
    statuses = Counter(
        (line["assessment"]["round"], line["assessment"]["status"])
        for line in first
        if line["type"] == "assessment"
    )
    for round_id, figures in truth["rounds"].items():
        for status in ("assessed", "refused", "away", "moved"):
            assert figures[status] == statuses[round_id, status]
        assert sum(figures["levels"].values()) == figures["assessed"]
    assessed = sum(count for (_, status), count in statuses.items() if status == "assessed")
    households = truth["prefecture"]["households"]
    assert truth["coverage_mean"] == pytest.approx(assessed / households / 4, abs=1e-6)
    assert truth["coverage_mean"] == pytest.approx(0.9522, abs=0.0005)


def test_the_truth_equals_a_recount_of_types(lines: list[Truth], truth: Truth) -> None:
    """Accepted reports per type and per incident category."""
    first = _accepted(lines).values()
    types = Counter(line["type"] for line in first)
    assert {name: row["accepted"] for name, row in truth["reports_by_type"].items()} == types
    incidents = Counter(
        line["incident"]["category"] for line in first if line["type"] == "incident"
    )
    assert truth["incidents"] == incidents


def test_the_truth_equals_a_recount_of_jurisdictions(lines: list[Truth], truth: Truth) -> None:
    """Households and accepted reports of each township, county and the prefecture."""
    counted: dict[str, Counter[str]] = {code: Counter() for code in truth["jurisdictions"]}
    homes = set()
    for line in _accepted(lines).values():
        place = line["jurisdiction_code"]
        for code in ("532300", place[:6], place[:9]):
            counted[code][line["type"]] += 1
            if line.get("assessment", {}).get("status") == "assessed":
                counted[code]["assessed"] += 1
            if line["type"] == "assessment" and (code, line["household_no"]) not in homes:
                homes.add((code, line["household_no"]))
                counted[code]["households"] += 1
    for code, figures in truth["jurisdictions"].items():
        own = {name: count for name, count in figures.items() if name != "grids"}
        assert own == counted[code], code


def test_the_households_at_risk_are_listed(written: Path, truth: Truth) -> None:
    """One row for each, and the truth counts them by level."""
    with (written / "at_risk_households.csv").open(encoding="utf-8") as file:
        levels = Counter(row["level"] for row in csv.DictReader(file))
    assert truth["at_risk_households"]["ever"] == levels


def test_the_services_can_read_units_and_roster(written: Path, world: World) -> None:
    """divisions.csv and roster.csv load with the shared readers."""
    divisions = Divisions.load(written / "divisions.csv")
    assert len(divisions.names) == 1 + 10 + 103 + 1106 + len(world.grids)
    assert divisions.name("532331000") == "532331000"
    assert divisions.name("532302") == "禄丰市"
    roster = Roster.load(written / "roster.csv")
    assert tuple(roster.officials().values()) == world.officials


def test_api_keys_hold_hashes_of_the_test_keys(written: Path) -> None:
    """The keys file never holds a key; the key beside it fits its hash."""
    text = (written / "api_keys.yaml").read_text("utf-8")
    entries = yaml.safe_load(text)
    assert {entry["source"] for entry in entries} >= {"grid_app", "police_110", "people_speak"}
    for entry in entries:
        key = key_of(SEED, entry["source"])
        assert key not in text
        assert entry["key_sha256"] == sha256(key.encode()).hexdigest()
        assert entry["jurisdiction"] == "532300"


def test_no_text_names_a_person_or_a_number(lines: list[Truth]) -> None:
    """Remarks and narratives hold no mobile or identity number and no courtesy title."""
    for line in lines:
        body = line[line["type"]]
        text = f"{body.get('remarks', '')}{body.get('narrative', '')}"
        assert not re.search(r"\d|先生|女士|某某", text)


def test_progress_rises_to_its_end(
    tmp_path: Path, world: World, packs: Mapping[str, PackShape]
) -> None:
    """The callback never goes back and ends with done equal to expected."""
    seen: list[tuple[int, int]] = []
    write_world(tmp_path, world, packs, MIX, lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_tables_hold_the_assessments(
    written: Path, packs: Mapping[str, PackShape], lines: list[Truth]
) -> None:
    """One row for each assessment sent, answers under their indicators, in the encoding asked for."""
    indicators = {name for pack in packs.values() for name in pack.indicators}
    rows: list[dict[str, str]] = []
    for path in write_tables(written, packs, "gb18030"):
        with path.open(encoding="gb18030", newline="") as file:
            rows += list(csv.DictReader(file))
        path.unlink()
    sent = [line for line in lines if line["type"] == "assessment"]
    assert len(rows) == len(sent)
    for row, line in zip(rows, sent, strict=True):
        body = line["assessment"]
        assert row["source_id"] == line["source_id"]
        assert row["remarks"] == body.get("remarks", "")
        filled = {name: cell for name, cell in row.items() if name in indicators and cell}
        assert filled == {n: a for n, a in body.get("answers", {}).items() if n in indicators}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _lines(folder: Path) -> Iterator[Truth]:
    for path in report_files(folder):
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def _accepted(lines: list[Truth]) -> dict[str, Truth]:
    """The first of each id, without the broken ones: what a receiver keeps."""
    kept: dict[str, Truth] = {}
    for line in lines:
        if not line["source_id"].endswith("-X"):
            kept.setdefault(line["source_id"], line)
    return kept
