"""sanse case why, test-send: what was told, and trying a channel."""

from __future__ import annotations

import csv as csv_module
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sanse.notify.v1 import notify_pb2, notify_service_pb2, notify_service_pb2_grpc
from services.cli.commands.league import day_of, midnight
from services.cli.commands.reports import settings_from
from services.cli.context import Official, load_context, metadata
from services.cli.sending.cost import COLUMNS, CostLine, budgets_used, cost_lines, folded
from services.cli.sending.log_fold import SendingFold
from services.cli.sending.prices import load_prices
from services.cli.sending.texts import REASONS, STATUSES, say, word
from services.cli.sending.why import status_name, why_lines
from services.cli.units import asked_depth, asked_unit
from services.common import log
from services.common.clock import to_local
from services.common.divisions import Divisions
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS

_console = Console()


def _stub() -> notify_service_pb2_grpc.NotifierServiceStub:
    return notify_service_pb2_grpc.NotifierServiceStub(load_context().channel("notifier"))


def why(case_id: str, official: Official) -> None:
    """为何无人被告知：逐条通知与投递 · why nobody was told: each notice, each step, and what is next."""
    request = notify_service_pb2.GetDeliveriesRequest(case_id=case_id)
    told = _stub().GetDeliveries(request, metadata=metadata(official))
    for line in why_lines(case_id, told):
        _print(line)


def test_send(recipient: str, channel: str, official: Official) -> None:
    """向一名责任人试发一条 · one test message to an official of your jurisdiction, on the path of real ones."""
    request = notify_service_pb2.SendTestRequest(recipient_id=recipient, channel=channel)
    step: notify_pb2.Delivery = _stub().SendTest(request, metadata=metadata(official)).delivery
    status, reason = word(STATUSES, status_name(step.status)), word(REASONS, step.reason)
    _print(say("test.sent", channel=channel, status=status, reason=reason))


def release(
    official: Official,
    county: Annotated[str, typer.Argument(help="县级区划代码 · a county's code")] = "",
    tests_of: Annotated[str, typer.Option(help="允许此人继续试发 · more tests of this one")] = "",
    messages: Annotated[int, typer.Option(help="条数 · how many more of each hour")] = 10_000,
) -> None:
    """第二人放行被群发防护拦截的信息 · as the second person, let messages go that the mass-send guard holds."""
    request = notify_service_pb2.ReleaseHeldRequest(
        jurisdiction_code=county, tests_of=tests_of, messages=messages
    )
    done = _stub().ReleaseHeld(request, metadata=metadata(official))
    if tests_of:
        _print(say("release.tests", official=tests_of, messages=messages))
    else:
        _print(say("release.done", hours=done.hours))


def cost(
    since: Annotated[str, typer.Option(help="起始日，默认本月一日 · first day, 2026-03-01")] = "",
    until: Annotated[str, typer.Option(help="截止日（含）· last day, 2026-03-31")] = "",
    unit: Annotated[str, typer.Option(help="区划代码，默认全州 · division code")] = "",
    level: Annotated[str, typer.Option(help="county|township|village，默认下一级 · the next")] = "",
    csv: Annotated[Path | None, typer.Option("--csv", help="另存 CSV · also as CSV")] = None,
) -> None:
    """各单位信息量与费用 · messages and their cost by unit and channel; ends with 1 when a budget gives an alarm."""
    log.configure("cli", "WARNING")
    settings = settings_from(CommonSettings, load_context().env)
    divisions, prices = Divisions.load(settings.divisions_file), load_prices(_prices(settings))
    code = asked_unit(divisions, unit)
    today = to_local(settings.clock().now_ms()).date()
    first = day_of(since, "since") if since else today.replace(day=1)
    last = day_of(until, "until") if until else today
    fold = _fold(settings, first, last)
    found = cost_lines(fold, prices, code, asked_depth(code, level, deepest=3))
    heading = {"unit": divisions.name(code), "since": first, "until": last}
    _print(say("cost.heading", currency=prices.currency, **heading))
    _console.print(_table(found, divisions))
    if csv is not None:
        _save(found, divisions, csv)
    used = list(budgets(settings))
    for line, advice in used:
        _print(f"{line}{': ' + advice if advice else ''}")
    if any(advice for _, advice in used):
        raise typer.Exit(1)


def budgets(settings: CommonSettings) -> Iterator[tuple[str, str]]:
    """How far each unit's budget of the present month is used up, and what to do; "" below the alarm."""
    prices = load_prices(_prices(settings))
    if not prices.monthly_budget:
        return
    divisions = Divisions.load(settings.divisions_file)
    today = to_local(settings.clock().now_ms()).date()
    for used in budgets_used(_fold(settings, today.replace(day=1), today), prices):
        line = say(
            "cost.budget",
            unit=divisions.name(used.code),
            spent=used.spent,
            budget=used.budget,
            percent=f"{used.percent:.0f}",
        )
        yield line, say("cost.alarm") if used.alarm else ""


def _fold(settings: CommonSettings, first: date, last: date) -> SendingFold:
    """Whole local days. A record is hardly older than its step, except on a simulated clock."""
    start_ms, end_ms = midnight(first), midnight(last + timedelta(days=1))
    since_ms = 0 if settings.clock_file else start_ms - DAY_MS
    return folded(settings, start_ms, end_ms, since_ms)


def _prices(settings: CommonSettings) -> Path:
    return settings.templates_dir / "prices.yaml"


def _table(found: Sequence[CostLine], divisions: Divisions) -> Table:
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for name in COLUMNS:
        side = "left" if name in COLUMNS[:3] else "right"
        grid.add_column(say(f"column.{name}"), overflow="fold", justify=side)  # type: ignore[arg-type]
    for line in found:
        grid.add_row(*_cells(line, divisions))
    return grid


def _cells(line: CostLine, divisions: Divisions) -> list[str]:
    code, channel, *figures = astuple(line)
    return [code, divisions.name(code), channel or say("cost.sum"), *map(str, figures)]


def _save(found: Sequence[CostLine], divisions: Divisions, path: Path) -> None:
    """UTF-8 with a mark, as office programs open it; columns by their English names."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv_module.writer(file, lineterminator="\r\n")
        out.writerow(COLUMNS)
        out.writerows(_cells(line, divisions) for line in found)
    _print(say("cost.saved", path=path))


def _print(line: str) -> None:
    _console.print(line, highlight=False, markup=False)
