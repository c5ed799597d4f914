"""A backtest as one HTML page in both languages: no script, nothing loaded from elsewhere, charts as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.cli.pages import document, heading, paragraph, table
from services.cli.rules.charts import bars, heat
from services.cli.rules.tables import group_cell
from services.cli.rules.texts import both

Report = Mapping[str, Any]
_LEVELS = ("none", "green", "yellow", "red")
_FLOWS = ("total", "raised", "lowered", "same", "newly_red")
_LOADS = ("red_live", "red_candidate", "newly_red", "over")
_WINDOWS = ("missed", "in_7_days", "in_30_days")


def page(report: Report) -> str:
    """The whole page. Its charts only repeat what the tables say in numbers."""
    candidate = f"{report['candidate']['pack_id']}@{report['candidate']['version']}"
    old = report["live"]
    zh, en = (f"{old['pack_id']}@{old['version']}" if old else word for word in both("no_live"))
    as_of = report["as_of"]
    head = [
        _heading("h1", "title"),
        paragraph(
            both("against", candidate=candidate, live=zh, as_of=as_of)[0],
            both("against", candidate=candidate, live=en, as_of=as_of)[1],
        ),
        _paragraph("read", subjects=report["subjects"], **report["read"]),
    ]
    body = [*head, *_matrices(report), *_flows(report), _capacity(report), _deadlines(report)]
    body += _groups(report["subgroups"])
    return document(f"{both('title')[0]} {candidate}", body)


def _matrices(report: Report) -> Iterable[str]:
    yield '<div class="charts">'
    for name in ("in_force", "computed", "household"):
        matrix = report["flow"][name][0]["matrix"]
        cells = [[matrix[live][after] for after in _LEVELS] for live in _LEVELS]
        labels = [_label(f"level.{level}") for level in _LEVELS]
        yield f"<section>{_heading('h2', name)}{_paragraph('matrix')}"
        yield heat(_label(name), labels, cells)
        rows = [
            (label, [f"{count:,}" for count in row])
            for label, row in zip(labels, cells, strict=True)
        ]
        yield _table(_label("matrix"), "", labels, rows)
        yield "</section>"
    yield "</div>"


def _flows(report: Report) -> Iterable[str]:
    for name in ("in_force", "computed"):
        rows = report["flow"][name]
        counties = [row for row in rows if row["tier"] == "county"]
        yield _heading("h2", "flow", name)
        yield bars(
            _label(name),
            [(row["name"], row["raised"], row["lowered"]) for row in counties],
            (_label("raised"), _label("lowered")),
        )
        lines = [(_unit(row), [f"{row[key]:,}" for key in _FLOWS]) for row in rows]
        yield _table(_label(name), "unit", [_label(key) for key in _FLOWS], lines)


def _capacity(report: Report) -> str:
    rows = [
        (
            _unit(row),
            [
                "–" if row["capacity"] is None else f"{row['capacity']:,}",
                *(f"{row[key]:,}" for key in _LOADS),
            ],
        )
        for row in report["capacity"]
    ]
    columns = [_label(key) for key in ("limit", *_LOADS)]
    return _heading("h2", "capacity") + _table(_label("capacity"), "unit", columns, rows)


def _deadlines(report: Report) -> str:
    columns = [
        f"{_label('reassessment')} · {_label(side)} · {_label(window)}"
        for side in ("live", "candidate")
        for window in _WINDOWS
    ]
    columns += [f"{_label('first_visit')} · {_label(window)}" for window in _WINDOWS]
    rows = []
    for row in report["deadlines"]:
        cells = [
            f"{row['reassessment'][side][window]:,}"
            for side in ("live", "candidate")
            for window in _WINDOWS
        ]
        cells += [f"{row['first_visit'][window]:,}" for window in _WINDOWS]
        rows.append((_unit(row), cells))
    return _heading("h2", "deadlines") + _table(_label("deadlines"), "unit", columns, rows)


def _groups(subgroups: Report) -> Iterable[str]:
    if not subgroups["columns"]:
        return
    yield heading("h2", *both("subgroups", min_cell=subgroups["min_cell"]))
    for column, measures in subgroups["columns"].items():
        hidden = _label("hidden")
        labels = [*measures["rated"]["groups"]]
        rows = [
            (
                label,
                [group_cell(one, label, hidden) for one in measures.values()],
            )
            for label in labels
        ]
        rows.append((_label("whole"), [_count(one["total"], hidden) for one in measures.values()]))
        yield _table(_label(column), "group", [_label(name) for name in measures], rows)


def _count(value: int | None, hidden: str) -> str:
    return hidden if value is None else f"{value:,}"


def _table(
    caption: str, first: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]
) -> str:
    return table(caption, _label(first) if first else "→", columns, rows)


def _heading(tag: str, *keys: str) -> str:
    words = [both(key) for key in keys]
    return heading(tag, " · ".join(one[0] for one in words), " · ".join(one[1] for one in words))


def _paragraph(key: str, **values: object) -> str:
    return paragraph(*both(key, **values))


def _label(key: str) -> str:
    zh, en = both(key)
    return f"{zh} {en}"


def _unit(row: Report) -> str:
    if not row["unit"]:
        return _label("whole")
    return str(row["unit"]) if row["name"] == row["unit"] else f"{row['name']} {row['unit']}"
