"""A backtest as tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from services.cli.rules.texts import say

Report = Mapping[str, Any]
_LEVELS = ("none", "green", "yellow", "red")
_FLOWS = ("total", "raised", "lowered", "same", "newly_red")
_WINDOWS = ("missed", "in_7_days", "in_30_days")


def tables(report: Report, *, townships: bool) -> Iterator[Table]:
    """All tables; townships only when asked for: a prefecture has a hundred."""
    for name in ("in_force", "computed", "household"):
        yield _matrix(name, report["flow"][name][0]["matrix"])
    tiers = ("whole", "county", "other", *(("township",) if townships else ()))
    for name in ("in_force", "computed"):
        yield _flow(name, [row for row in report["flow"][name] if row["tier"] in tiers])
    yield _capacity(report["capacity"], townships=townships)
    yield _deadlines([row for row in report["deadlines"] if row["tier"] in tiers])
    for column, measures in report["subgroups"]["columns"].items():
        yield _groups(column, measures, report["subgroups"]["min_cell"])


def _matrix(name: str, matrix: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(title=f"{say(name)} · {say('matrix')}")
    table.add_column("")
    for level in _LEVELS:
        table.add_column(say(f"level.{level}"), justify="right")
    for live in _LEVELS:
        table.add_row(
            say(f"level.{live}"), *(f"{matrix[live][candidate]:,}" for candidate in _LEVELS)
        )
    return table


def _flow(name: str, rows: list[Report]) -> Table:
    table = _numbers(f"{say('flow')} · {say(name)}", "unit", *_FLOWS)
    for row in rows:
        table.add_row(unit_name(row), *(f"{row[column]:,}" for column in _FLOWS))
    return table


def _capacity(rows: list[Report], *, townships: bool) -> Table:
    columns = ("limit", "red_live", "red_candidate", "newly_red", "over")
    table = _numbers(say("capacity"), "unit", *columns)
    for row in rows:
        if townships or row["over"] or len(row["unit"]) == 6:
            limit = say("none") if row["capacity"] is None else f"{row['capacity']:,}"
            table.add_row(unit_name(row), limit, *(f"{row[name]:,}" for name in columns[1:]))
    return table


def _deadlines(rows: list[Report]) -> Table:
    table = Table(title=say("deadlines"))
    table.add_column(say("unit"))
    for column in ("reassessment", "first_visit"):
        for window in _WINDOWS:
            table.add_column(f"{say(column)} {say(window)}", justify="right")
    for row in rows:
        live, candidate = row["reassessment"]["live"], row["reassessment"]["candidate"]
        cells = [f"{live[window]:,} → {candidate[window]:,}" for window in _WINDOWS]
        cells += [f"{row['first_visit'][window]:,}" for window in _WINDOWS]
        table.add_row(unit_name(row), *cells)
    return table


def _groups(column: str, measures: Mapping[str, Report], min_cell: int) -> Table:
    table = _numbers(f"{say('subgroups', min_cell=min_cell)} · {say(column)}", "group", *measures)
    for label in measures["rated"]["groups"]:
        table.add_row(label, *(group_cell(one, label, say("hidden")) for one in measures.values()))
    table.add_row(say("whole"), *(_count(one["total"]) for one in measures.values()))
    return table


def _numbers(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title)
    table.add_column(say(first))
    for column in columns:
        table.add_column(say(column), justify="right")
    return table


def group_cell(measure: Report, label: str, hidden: str) -> str:
    """A group's count and its share of the rated, or the word for hidden."""
    count, share = measure["groups"][label], measure["shares"][label]
    if count is None:
        return hidden
    return f"{count:,}" if share in (None, 1.0) else f"{count:,} ({share:.1%})"


def _count(value: int | None) -> str:
    return say("hidden") if value is None else f"{value:,}"


def unit_name(row: Report) -> str:
    """A unit's name with its code, or the word for all."""
    if not row["unit"]:
        return say("whole")
    return row["unit"] if row["name"] == row["unit"] else f"{row['name']} {row['unit']}"
