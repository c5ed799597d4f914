"""sanse support: check the categories of help, list the visits that are due. Never says a category or a household."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.cli.commands.reports import settings_from
from services.cli.context import load_context
from services.cli.texts import english, say
from services.cli.topic_reader import read_topic
from services.common.clock import SystemClock, to_local
from services.common.crypto import Keys
from services.common.divisions import contains, tier_of
from services.common.settings import CommonSettings
from services.common.support_checks import Finding, check_rules, check_support
from services.common.support_file import ends_ms, read_support
from services.common.terms import Tier
from services.common.topics import Topic
from services.escalation.adapters.support_reader import SupportReader
from services.escalation.domain.support import PlanState, Standing, plan_states
from services.escalation.domain.support_totals import (
    COUNTS,
    Totals,
    days_overdue,
    totals,
    visits_due,
)

app = typer.Typer(
    help="帮扶计划：类别检查、到期走访 · support plans: categories, visits due",
    no_args_is_help=True,
)
_console = Console()


def rule_folders(packs: Path) -> list[Path]:
    """Where rules stand that could name a category: the packs, the triage rules, the kinds of obligation."""
    return [packs, CommonSettings().triage_dir, CommonSettings().obligations_dir]


def show_findings(findings: Iterable[Finding]) -> None:
    """Print each problem with its place and its cure."""
    for one in findings:
        message, fix = (one.message.en, one.fix.en) if english() else (one.message.zh, one.fix.zh)
        where = f"{one.file}:{one.line}" if one.line else str(one.file)
        _console.print(f"[red]{where}[/] {one.path}: {message}", highlight=False)
        _console.print(f"    {say('rules.fix')}: {fix}", highlight=False)


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="default: SANSE_SUPPORT_FILE")] = None,
) -> None:
    """检查帮扶类别，并证明没有规则用到类别 · check the categories, and that no rule names one."""
    settings = CommonSettings()
    file = file or settings.support_file
    _demand(file)
    findings = check_support(file, to_local(SystemClock().now_ms()).date())
    if not findings:
        findings = check_rules(file, rule_folders(settings.packs_dir))
    show_findings(findings)
    if findings:
        raise typer.Exit(1)
    _console.print(say("support.clean", categories=len(read_support(file).categories)))


@app.command()
def due(
    jurisdiction: Annotated[str, typer.Option(help="区划代码 · division code")] = "",
    days: Annotated[int, typer.Option(min=0, max=366, help="今后几天 · days ahead")] = 7,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列逾期 · overdue only")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """列出到期和逾期的帮扶走访 · list support visits that are due or overdue."""
    settings = settings_from(CommonSettings, load_context().env)
    if jurisdiction and tier_of(jurisdiction) is Tier.NONE:
        raise typer.BadParameter(say("support.jurisdiction", code=jurisdiction))
    _demand(settings.support_file)
    found = _read(settings, jurisdiction)
    shown = visits_due(found.states, found.now_ms, days, only_overdue=overdue)
    sums = totals(found.states, found.now_ms, days)
    if as_json:
        print(json.dumps(_as_json(found, shown, sums, days), ensure_ascii=False, indent=2))
        return
    _show(found, shown, sums, jurisdiction)


@dataclass(frozen=True, slots=True)
class _Found:
    states: Sequence[PlanState]
    now_ms: int
    unopened: int


def _demand(file: Path) -> None:
    if not file.exists():
        raise typer.BadParameter(say("support.no_file", file=file))


def _read(settings: CommonSettings, jurisdiction: str) -> _Found:
    """All plans of a jurisdiction from the log, at the present of the settings' clock."""
    policy = read_support(settings.support_file)
    keys = Keys(settings.master_key) if settings.master_key else None
    reader = SupportReader({one.id: ends_ms(one) for one in policy.categories}, keys)
    records = read_topic(settings, Topic.EVENTS)
    facts = [fact for record in records for fact in reader.facts(record.value)]
    now_ms = settings.clock().now_ms()
    states = plan_states(facts, now_ms, policy.offer_to_end_after_declines)
    own = [s for s in states if not jurisdiction or contains(jurisdiction, s.jurisdiction_code)]
    return _Found(own, now_ms, reader.unopened)


def _as_json(
    found: _Found, shown: Sequence[PlanState], sums: dict[str, Totals], days: int
) -> dict[str, Any]:
    return {
        "as_of": to_local(found.now_ms).isoformat(timespec="seconds"),
        "days": days,
        "visits": [
            {
                "plan": one.plan_id,
                "jurisdiction_code": one.jurisdiction_code,
                "due": to_local(one.due_ms).date().isoformat(),
                "days_overdue": days_overdue(one, found.now_ms),
                "standing": one.standing.value,
                "needs_help": one.needs_help,
            }
            for one in shown
        ],
        "totals": sums,
        "categories_not_opened": found.unopened,
    }


def _show(
    found: _Found, shown: Sequence[PlanState], sums: dict[str, Totals], jurisdiction: str
) -> None:
    _console.print(_visits(shown, found.now_ms))
    _console.print(_sums(sums, jurisdiction))
    if found.unopened:
        _console.print(say("support.unopened", count=found.unopened), style="yellow")


def _visits(shown: Sequence[PlanState], now_ms: int) -> Table:
    table = Table(
        *(say(f"column.{name}") for name in ("plan", "grid", "due", "days_overdue", "note"))
    )
    for one in shown:
        table.add_row(
            one.plan_id,
            one.jurisdiction_code,
            to_local(one.due_ms).date().isoformat(),
            str(days_overdue(one, now_ms) or ""),
            "; ".join(_notes(one)),
        )
    return table


def _notes(state: PlanState) -> Iterator[str]:
    if state.standing is Standing.OFFER_TO_END:
        yield say("support.offer_to_end")
    if state.needs_help:
        yield say("support.needs_help")


def _sums(sums: dict[str, Totals], jurisdiction: str) -> Table:
    """The chosen unit and those one tier below; of the whole log, the prefectures and their counties."""
    top = max((tier_of(code) for code in sums), default=Tier.PREFECTURE)
    tier = tier_of(jurisdiction) if jurisdiction else top
    table = Table(say("column.jurisdiction"), *(say(f"support.{name}") for name in COUNTS))
    for code, row in sums.items():
        if tier - 1 <= tier_of(code) <= tier and contains(jurisdiction or code, code):
            table.add_row(code, *(str(row[name]) for name in COUNTS))
    return table
