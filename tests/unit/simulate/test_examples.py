"""The hand-written example says what its README says, and uses ids that exist."""

import csv
import json
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import openpyxl
import pytest
import yaml

from services.cli.simulate.packs import PackShape
from services.cli.simulate.places import load_places
from services.common.divisions import Divisions
from services.common.roster import OwnerReason, Roster
from services.common.settings import REPOSITORY
from services.common.terms import Level, Tier

EXAMPLES = REPOSITORY / "deploy" / "examples"
GAP = "532327201205"
YES = {"yes", "是"}
KEYS = {
    "example_county": "example-county-key",
    "example_police": "example-police-key",
    "example_federation": "example-federation-key",
}

Report = dict[str, Any]
Packs = Mapping[str, PackShape]


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    """The 14 reports, in order."""
    lines = (EXAMPLES / "reports.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def divisions() -> Divisions:
    """The example's units."""
    return Divisions.load(EXAMPLES / "divisions.csv")


def test_units_are_real(divisions: Divisions) -> None:
    """Each code and name is that of the statistics bureau."""
    real = {unit.code: unit.name for unit in load_places().all()}
    assert len(divisions.names) == 32
    assert divisions.names.items() <= real.items()


def test_one_village_has_nobody(divisions: Divisions) -> None:
    """The roster has exactly one gap, and the township stands in for it."""
    roster = Roster.load(EXAMPLES / "roster.csv")
    villages = [code for code in divisions.names if len(code) == 12]
    owners = {code: roster.owner(code, Tier.VILLAGE) for code in villages}
    gaps = [code for code, owner in owners.items() if owner.reason is not OwnerReason.ON_ROSTER]
    assert gaps == [GAP]
    assert owners[GAP].tier is Tier.TOWNSHIP
    assert all(official.mobile.startswith("1990001") for official in roster.officials().values())


def test_the_story_has_the_levels_of_the_readme(reports: list[Report], packs: Packs) -> None:
    """Each assessment and incident leads by itself to the level the README tells."""
    found = {r["source_id"][-4:]: _level(r, packs) for r in reports if _answers(r)}
    assert found == {
        "0001": Level.GREEN,
        "0002": Level.YELLOW,
        "0004": Level.GREEN,
        "0005": Level.RED,
        "0006": Level.GREEN,
        "0007": Level.GREEN,
        "0008": Level.GREEN,
        "0010": Level.YELLOW,
        "0011": Level.RED,
    }


def test_the_story_uses_known_indicators(reports: list[Report], packs: Packs) -> None:
    """No answer is to a question the packs do not ask."""
    for report in reports:
        body = report[report["type"]]
        assert set(_answers(report)) <= set(packs[body.get("pack", "household_dispute")].indicators)


def test_the_story_has_its_three_broken_reports(
    reports: list[Report], divisions: Divisions
) -> None:
    """One wrong place, one future date, one forbidden field; everything else is in order."""
    wrong_place = [r["source_id"] for r in reports if not _known(r, divisions)]
    future = [r["source_id"] for r in reports if not r["occurred_at"].startswith("2026-03")]
    forbidden = [r["source_id"] for r in reports if "ethnicity" in r[r["type"]]]
    assert (wrong_place, future, forbidden) == (
        ["YR-2026-0006"],
        ["YR-2026-0007"],
        ["YR-2026-0008"],
    )


def test_the_story_repeats_one_report(reports: list[Report]) -> None:
    """The repeated line is the same to the letter."""
    repeated = [r for r in reports if r["source_id"] == "YR-2026-0002"]
    assert len(repeated) == 2
    assert repeated[0] == repeated[1]
    assert len({r["source_id"] for r in reports}) == len(reports) - 1


def test_both_tables_hold_the_same_assessments(packs: Packs) -> None:
    """The GB18030 file and the workbook are equal, cell by cell."""
    with (EXAMPLES / "assessments.gb18030.csv").open(encoding="gb18030", newline="") as file:
        rows = list(csv.reader(file))
    sheet = openpyxl.load_workbook(EXAMPLES / "assessments.xlsx").worksheets[0]
    cells = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert rows == cells
    assert len(rows) == 1 + 8
    pack = packs["household_dispute"]
    levels = Counter(
        pack.level(tuple(name for name, cell in zip(rows[0], row, strict=True) if cell in YES))
        for row in rows[1:]
        if "assessed" in row
    )
    assert levels == {Level.GREEN: 3, Level.YELLOW: 2, Level.RED: 1}


def test_the_cloudevent_is_complete(packs: Packs) -> None:
    """It has the four required attributes, a known source, and a report as data."""
    event = json.loads((EXAMPLES / "cloudevent.json").read_text("utf-8"))
    assert event["specversion"] == "1.0"
    assert event["source"] in KEYS
    assert event["id"] == event["data"]["source_id"]
    assert set(_answers(event["data"])) <= set(packs["partner_violence"].indicators)


def test_the_example_keys_fit_their_hashes() -> None:
    """The keys printed in the README open the entries of the keys file."""
    entries = yaml.safe_load((EXAMPLES / "api_keys.example.yaml").read_text("utf-8"))
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    assert {entry["source"] for entry in entries} == set(KEYS)
    for entry in entries:
        key = KEYS[entry["source"]]
        assert entry["key_sha256"] == sha256(key.encode()).hexdigest()
        assert key in readme


def _answers(report: Report) -> dict[str, str]:
    body = report[report["type"]]
    found: dict[str, str] = body.get("answers") or body.get("facts") or {}
    return found


def _level(report: Report, packs: Packs) -> Level:
    pack = packs[report[report["type"]]["pack"]]
    return pack.level(tuple(name for name, said in _answers(report).items() if said == "yes"))


def _known(report: Report, divisions: Divisions) -> bool:
    return report["jurisdiction_code"][:12] in divisions
