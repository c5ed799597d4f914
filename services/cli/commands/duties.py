"""sanse load, digest, handover: who carries how much, an official's day, and what a successor takes over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sanse.escalation.v1 import cases_pb2 as pb
from services.cli import words
from services.cli.case_pages import all_cases
from services.cli.commands.reports import settings_from
from services.cli.context import load_context
from services.cli.duties import Digest, digest
from services.cli.duty_texts import say
from services.common.clock import to_local
from services.common.settings import CommonSettings
from services.escalation.adapters.loads import loads

_console = Console(soft_wrap=True)
Official = Annotated[str, typer.Option("--as", help="责任人编号 · your official id")]
Place = Annotated[str, typer.Option("--jurisdiction", help="区划代码 · division code")]
_LOAD = ("official", "cases", "red", "yellow", "overdue", "due_within_a_day", "unanswered")


def load(
    official: Official,
    jurisdiction: Place = "",
    top: Annotated[int, typer.Option(help="人数 · how many officials")] = 20,
) -> None:
    """每人在办量 · open duties per official, the most burdened first."""
    found = loads(all_cases(official, jurisdiction), _now_ms())
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for column in _LOAD:
        table.add_column(say(f"load.{column}"), overflow="fold")
    for one in found[:top]:
        counts = (one.cases, one.red, one.yellow, one.overdue, one.due_within_a_day, one.unanswered)
        table.add_row(one.official_id, *map(str, counts))
    _console.print(table)
    open_cases, late = sum(one.cases for one in found), sum(one.overdue for one in found)
    _console.print(say("load.total", officials=len(found), cases=open_cases, overdue=late))


def daily_digest(official: Official) -> None:
    """本人今日清单 · what is new, overdue, due today and to be answered."""
    found = digest(all_cases(official), official, _now_ms())
    _console.print(say("digest.title", who=official), style="bold")
    _lists(found, later=False)


def handover(
    official: Official, of: Annotated[str, typer.Option(help="移交人 · from")] = ""
) -> None:
    """交接清单 · everything open of an official, for whoever takes over."""
    found = digest(all_cases(official), of or official, _now_ms())
    _console.print(say("handover.title", who=found.official_id), style="bold")
    _lists(found, later=True)


def _lists(found: Digest, later: bool) -> None:
    _cases("digest.new", found.new)
    _cases("digest.overdue", found.overdue)
    _cases("digest.due_today", found.due_today)
    if later:
        _cases("digest.later", found.later)
    _console.print(say("digest.to_answer", count=len(found.to_answer)))
    for case, notice in found.to_answer:
        number = notice.official_no or notice.serial_no
        _console.print(f"  {case.case_no}  {number}  {_time(notice.reply_due_ms)}", highlight=False)
    _console.print(say("digest.legal_duties", count=len(found.legal_duties)))
    for case, owed in found.legal_duties:
        _console.print(f"  {case.case_no}  {owed.duty_id}  {_time(owed.due_ms)}", highlight=False)
    _cases("digest.lowering_waits", found.lowering_waits)


def _cases(title: str, cases: Sequence[pb.Case]) -> None:
    _console.print(say(title, count=len(cases)))
    for case in cases:
        level, act = words.level(case.level), words.act(case.next_act)
        line = f"  {case.case_no}  {level}  {act}  {_time(case.next_due_ms)}"
        _console.print(line, highlight=False)


def _time(ms: int) -> str:
    return f"{to_local(ms):%Y-%m-%d %H:%M}" if ms else "—"


def _now_ms() -> int:
    return settings_from(CommonSettings, load_context().env).clock().now_ms()
