"""sanse league: how units fulfilled their duties in a period, compared, as of any day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from services.cli.commands.reports import settings_from
from services.cli.context import load_context
from services.cli.league.files import Caption, write_csv, write_html, write_xlsx
from services.cli.league.ledgers import Branched, facts
from services.cli.league.reading import homicides, round_counts, standings
from services.cli.league.table import COLUMNS, WORDS, Line, Sources, cells, lines
from services.cli.league.texts import both, say
from services.cli.rounds.counting import moment
from services.cli.texts import english
from services.cli.texts import say as say_command
from services.cli.units import asked_depth, asked_unit
from services.common import log
from services.common.clock import SHANGHAI, to_local, to_ms
from services.common.divisions import Divisions
from services.common.settings import CommonSettings
from services.escalation.domain.league import Period

# A screen has room for so many; all columns are in the files.
_ON_SCREEN = (
    "place",
    "name",
    "on_time_percent",
    "due",
    "white",
    "yellow",
    "red",
    "opened",
    "resolved",
    "open",
    "reopened",
    "coverage_percent",
    "resolution_percent",
)
_console = Console()


def league(
    since: Annotated[str, typer.Option(help="起始日，默认今年 · first day, 2026-01-01")] = "",
    until: Annotated[str, typer.Option(help="截止日（含）· last day, 2026-12-31")] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", help="截至 · what was known then: a date or a time")
    ] = "",
    unit: Annotated[str, typer.Option(help="区划代码，默认全州 · division code")] = "",
    level: Annotated[str, typer.Option(help="county|township|village，默认下一级 · the next")] = "",
    json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="另存 CSV · also as CSV")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="另存 Excel · also as Excel")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="另存网页 · also as a page")] = None,
) -> None:
    """各单位责任落实情况通报 · league table of units: on time, notices, cases, coverage, resolution."""
    log.configure("cli", "WARNING")
    settings = settings_from(CommonSettings, load_context().env)
    divisions = Divisions.load(settings.divisions_file)
    code = asked_unit(divisions, unit)
    period = _period(settings.clock().now_ms(), since, until, as_of)
    rounds, sources, branched = _sources(settings, period)
    found = lines(sources, divisions, code, asked_depth(code, level, deepest=3))
    caption = Caption(divisions.name(code), *_days(period), rounds, branched)
    for path in _written(found, caption, csv, xlsx, html):
        _console.print(say("saved", path=path), markup=False, highlight=False)
    if json:
        _print_json(found, caption)
    else:
        _show(found, caption)


def _sources(
    settings: CommonSettings, period: Period
) -> tuple[tuple[str, ...], Sources, tuple[Branched, ...]]:
    rounds, counts = round_counts(settings, period)
    before = Period(_year_before(period.start_ms), _year_before(period.end_ms), period.as_of_ms)
    by_unit, branched = standings(settings, period)
    dead, dead_before = homicides(settings, period), homicides(settings, before)
    return rounds, Sources(by_unit, counts, dead, dead_before), branched


def _written(
    found: list[Line], caption: Caption, csv: Path | None, xlsx: Path | None, html: Path | None
) -> list[Path]:
    if csv is not None:
        write_csv(found, csv)
    if xlsx is not None:
        write_xlsx(found, caption, xlsx)
    if html is not None:
        write_html(found, caption, html)
    return [path for path in (csv, xlsx, html) if path is not None]


def _show(found: list[Line], caption: Caption) -> None:
    at = 1 if english() else 0
    _console.print(caption.heading()[at], style="bold", markup=False)
    _console.print(caption.rounds_line()[at], markup=False)
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for name in _ON_SCREEN:
        side = "left" if name in WORDS else "right"
        grid.add_column(say(name), overflow="fold", justify=side, no_wrap=name in WORDS)  # type: ignore[arg-type]
    for line in found:
        shown = dict(zip(COLUMNS, cells(line), strict=True))
        style = "bold" if line is found[-1] else None
        grid.add_row(*(shown[name] for name in _ON_SCREEN), style=style)
    _console.print(grid)
    _console.print(say("reading"), style="dim")
    for told in caption.ledgers_lines():
        _console.print(told[at], style="yellow", markup=False)


def _print_json(found: list[Line], caption: Caption) -> None:
    zh, en = caption.heading()
    told = {
        "title": both("title")[1 if english() else 0],
        "heading": en if english() else zh,
        "rounds": caption.rounds,
        "branched_ledgers": [facts(one) for one in caption.branched],
        "units": found[:-1],
        "total": found[-1],
    }
    typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


def _period(now_ms: int, since: str, until: str, as_of: str) -> Period:
    """Whole local days; without a word, the current year so far, as known now."""
    today = to_local(now_ms).date()
    first = day_of(since, "since") if since else date(today.year, 1, 1)
    last = day_of(until, "until") if until else today
    if last < first:
        allowed = f"≥ {first}"
        raise typer.BadParameter(
            say_command("argument.wrong", field="until", value=until, allowed=allowed)
        )
    try:
        as_of_ms = moment(as_of) if as_of else now_ms
    except ValueError as wrong:
        raise typer.BadParameter(say_command("rounds.wrong_time", value=as_of)) from wrong
    return Period(midnight(first), midnight(last + timedelta(days=1)), as_of_ms)


def day_of(text: str, field: str) -> date:
    """A day as an option gives it; BadParameter names the option."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        fault = say_command("argument.wrong", field=field, value=text, allowed="2026-03-01")
        raise typer.BadParameter(fault) from wrong


def midnight(day: date) -> int:
    """When a local day begins."""
    return to_ms(datetime.combine(day, time(), SHANGHAI))


def _year_before(at_ms: int) -> int:
    """The same local day a year before; the 28th for a 29 February."""
    day = to_local(at_ms).date()
    leap = (day.month, day.day) == (2, 29)
    return midnight(day.replace(year=day.year - 1, day=28 if leap else day.day))


def _days(period: Period) -> tuple[str, str, str]:
    last = to_local(period.end_ms - 1)
    known = to_local(period.as_of_ms)
    return f"{to_local(period.start_ms):%Y-%m-%d}", f"{last:%Y-%m-%d}", f"{known:%Y-%m-%d %H:%M}"
