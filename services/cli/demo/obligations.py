"""What the demo's bureau enters on its lists: tasks, hazards, a major issue, disputes for mediation."""

from __future__ import annotations

from collections.abc import Iterator

from services.cli.demo.publisher import TimedReport
from services.cli.simulate.keys import IMPORT_SOURCE
from services.cli.simulate.world import World
from services.common.clock import to_local
from services.common.spans import DAY_MS, HOUR_MS

TASK_UNITS = ("justice_office", "civil_affairs", "education", "emergency", "")
TASKS, HAZARDS, DISPUTES = 10, 6, 4


def list_reports(world: World, first_ms: int) -> Iterator[TimedReport]:
    """Entries of the first days, in the order of time: each to a department, or to the unit of the place."""
    counties = [unit.code for unit in world.places.counties]
    townships = [unit.code for unit in world.places.townships]
    entries: list[tuple[str, str, str, int]] = []
    for number in range(TASKS):
        county = counties[number % len(counties)]
        unit = TASK_UNITS[number % len(TASK_UNITS)] or county
        entries.append(("task", county, unit, 10 + number))
    entries += [("hidden_hazard", townships[7 * n], "", 8) for n in range(HAZARDS)]
    entries += [("mediation", townships[5 * n + 1], "justice_office", 15) for n in range(DISPUTES)]
    entries.append(("major_issue", counties[0], counties[0], 60))
    for number, (kind, place, unit, days) in enumerate(entries):
        yield _entry(number, kind, place, unit, first_ms + (9 + number) * HOUR_MS, days)


def _entry(number: int, kind: str, place: str, unit: str, at_ms: int, days: int) -> TimedReport:
    body = {
        "kind": kind,
        "task_no": f"{kind.upper()}-{number:03d}",
        "due_at": to_local(at_ms + days * DAY_MS).isoformat(timespec="seconds"),
    }
    report: dict[str, object] = {
        "source_id": f"LIST-{number:04d}",
        "type": "task_assigned",
        "occurred_at": to_local(at_ms).isoformat(timespec="seconds"),
        "jurisdiction_code": place,
        "task_assigned": {**body, **({"unit": unit} if unit else {})},
    }
    return TimedReport(at_ms, IMPORT_SOURCE, report)
