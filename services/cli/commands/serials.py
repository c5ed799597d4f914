"""sanse serials: prove that official numbers of notices have no gap and no repeat."""

from __future__ import annotations

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sanse.escalation.v1 import cases_pb2 as pb
from services.cli.commands.reports import settings_from
from services.cli.context import load_context
from services.cli.duty_texts import say
from services.cli.serials import check_serials
from services.cli.topic_reader import read_topic
from services.common.settings import CommonSettings
from services.common.topics import Topic

app = typer.Typer(help="督办单文号 · official numbers of notices", no_args_is_help=True)
_console = Console()


@app.callback()
def group() -> None:
    """督办单文号 · official numbers of notices."""


@app.command()
def check() -> None:
    """全量核对文号，不跳号、不重号 · prove over the whole ledger: no gap, no repeat; exits with 1 otherwise."""
    settings = settings_from(CommonSettings, load_context().env)
    records = read_topic(settings, Topic.CASES)
    report = check_serials(pb.CaseEventBatch.FromString(record.value) for record in records)
    table = Table(box=SIMPLE)
    for column in ("register", "allotted", "on_their_way", "void"):
        table.add_column(say(f"serials.{column}"))
    for one in report.registers:
        table.add_row(one.register_id, str(one.allotted), str(one.on_their_way), str(one.void))
    _console.print(table)
    for finding in report.findings:
        what = say(f"serials.{finding.fault.value}", what=finding.what)
        _console.print(f"[red]{what}[/]", highlight=False)
    allotted = sum(one.allotted for one in report.registers)
    verdict = "serials.wrong" if report.findings else "serials.whole"
    counts = {"numbers": allotted, "waiting": report.waiting, "faults": len(report.findings)}
    _console.print(say(verdict, **counts))
    if report.findings:
        raise typer.Exit(1)
