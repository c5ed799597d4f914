"""sanse risk overdue: which homes must be assessed again, counted per unit and listed for a village or a grid."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console

from services.cli import risk_log, words
from services.cli.commands.risk_monitor import is_near, live_settings, print_json, table
from services.common.clock import to_local
from services.common.divisions import Divisions, contains, tier_of
from services.common.spans import DAY_MS
from services.common.terms import Level, Tier
from services.risk_scoring.domain.reassessment import Due, Waiting, waiting

_LEVELS = (Level.RED, Level.YELLOW, Level.GREEN)
_console = Console()


def overdue(
    unit: Annotated[
        str,
        typer.Option(help="区划代码，村或网格则逐户列出 · division; a village or grid is listed"),
    ] = "",
    days: Annotated[int, typer.Option(min=0, help="即将到期的天数 · what counts as soon")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """到期应复评的户 · homes to be assessed again, overdue and soon, per unit."""
    settings = live_settings()
    now_ms = settings.clock().now_ms()
    dues = [
        due for due in risk_log.dues(settings) if not unit or contains(unit, due.jurisdiction_code)
    ]
    if unit and tier_of(unit) is Tier.VILLAGE:
        late = [due for due in dues if due.due_ms <= now_ms + days * DAY_MS]
        _show_homes(sorted(late, key=lambda due: (due.due_ms, due.subject_id)), now_ms, as_json)
        return
    counted = waiting(dues, now_ms, days * DAY_MS)
    rows = {code: counted[code] for code in sorted(counted) if is_near(code, unit)}
    _show_units(rows, Divisions.load(settings.divisions_file), as_json)


def _show_units(rows: dict[str, Waiting], divisions: Divisions, as_json: bool) -> None:
    if as_json:
        print_json([{"unit": code, **_facts(row)} for code, row in rows.items()])
        return
    grid = table(
        "unit",
        "rated",
        "soon",
        "overdue",
        *(f"level_{one.name.lower()}" for one in _LEVELS),
        "oldest",
    )
    for code, row in rows.items():
        late = row.overdue.total()
        grid.add_row(
            f"{divisions.name(code)} {code}",
            *(str(count) for count in (row.rated, row.soon, late)),
            *(str(row.overdue[level]) for level in _LEVELS),
            f"{to_local(row.oldest_due_ms):%Y-%m-%d}" if late else "",
            style="yellow" if late else "",
        )
    _console.print(grid)


def _facts(row: Waiting) -> dict[str, Any]:
    return {
        "rated": row.rated,
        "soon": row.soon,
        "overdue": {level.name.lower(): row.overdue[level] for level in _LEVELS},
        "oldest_due_ms": row.oldest_due_ms,
    }


def _show_homes(dues: list[Due], now_ms: int, as_json: bool) -> None:
    if as_json:
        print_json([{**due._asdict(), "level": due.level.name.lower()} for due in dues])
        return
    grid = table("subject", "grid", "level", "due")
    for due in dues:
        grid.add_row(
            due.subject_id,
            due.jurisdiction_code,
            words.level(due.level),
            f"{to_local(due.due_ms):%Y-%m-%d %H:%M}",
            style="yellow" if due.due_ms < now_ms else "",
        )
    _console.print(grid)
