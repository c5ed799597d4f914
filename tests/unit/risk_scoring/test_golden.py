"""The golden log: what was decided once is decided again, byte for byte."""

from __future__ import annotations

import json

from services.common.terms import Level
from tests.golden import replay
from tests.unit.risk_scoring.candidates import changed
from tests.unit.risk_scoring.makers import HOUSEHOLD, PACKS


def test_the_log_gives_the_same_bytes() -> None:
    """Every decision and profile of the golden log is as on file; "make golden" renews it on purpose."""
    found = list(replay.decided(PACKS, replay.records()))
    said = replay.differences(replay.on_file(), found)
    assert not said, "\n".join([f"{len(said)} differences; see tests/golden/README.md", *said[:40]])
    assert replay.as_text(found) == replay.DECISIONS.read_text(encoding="utf-8")


def test_the_log_holds_what_can_go_wrong() -> None:
    """Both kinds of report, every level, falls, rises and what cannot be rated are in it."""
    decisions = [line["decision"] for line in replay.on_file() if "decision" in line]
    assert 150 <= len(decisions) <= 600
    assert {one["event_kind"] for one in decisions} == {"assessment", "incident"}
    levels = {one.get("level") for one in decisions}
    assert levels >= {f"LEVEL_{level.name}" for level in (Level.GREEN, Level.YELLOW, Level.RED)}
    reasons = {one["reason"].removeprefix("DECISION_REASON_") for one in decisions}
    assert reasons >= {"FIRST_RATING", "RAISED", "UNCHANGED", "FALL_RECORDED", "NOT_ASSESSED"}


def test_a_change_is_told_in_words() -> None:
    """One threshold moved: the differences name decisions and fields, and no decision of another pack."""
    other = {**PACKS, HOUSEHOLD.id: changed(HOUSEHOLD, HOUSEHOLD.version, yellow_at=1, red_at=2)}
    said = replay.differences(replay.on_file(), replay.decided(other, replay.records()))
    assert any(": level was " in line for line in said)
    untouched = [line["decision"] for line in replay.on_file() if "decision" in line]
    partner = {one["decision_id"] for one in untouched if one["pack_id"] != HOUSEHOLD.id}
    assert partner and not any(name in line for line in said for name in partner)


def test_other_bytes_of_the_same_meaning_are_told() -> None:
    """A hash that differs alone is a difference."""
    lines = replay.on_file()
    moved = json.loads(json.dumps(lines))
    hashed = next(line for line in moved if "risk" in line)
    hashed["risk"] = "0" * 64
    (said,) = replay.differences(lines, moved)
    assert "same meaning, other bytes" in said
