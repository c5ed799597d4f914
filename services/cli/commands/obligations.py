"""sanse obligations: check the kinds, list what is due or overdue, show a kind with its totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sanse.escalation.v1 import case_service_pb2, case_service_pb2_grpc, cases_pb2
from services.cli import words
from services.cli.commands.reports import settings_from
from services.cli.context import load_context, metadata
from services.cli.texts import english, say
from services.common.clock import to_local
from services.common.divisions import code_at
from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS
from services.common.terms import Level, Tier
from services.escalation.adapters.obligation_checks import Surroundings, check_obligations
from services.escalation.adapters.obligation_file import load_obligations
from services.escalation.domain.obligation import Obligation
from services.escalation.domain.policy import Policy, Term
from services.intake.domain.codes import GRIEVANCE_CHANNELS

app = typer.Typer(
    help="限期义务：诉求、任务、隐患、重大问题、调解、复盘 · dated obligations",
    no_args_is_help=True,
)
_console = Console()
Official = Annotated[str, typer.Option("--as", help="责任人编号 · your official id")]
Unit = Annotated[str, typer.Option(help="区划代码 · division code")]
Days = Annotated[int, typer.Option(min=0, max=366, help="今后几天 · days ahead")]
PAGE = 500


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="default: SANSE_OBLIGATIONS_DIR")] = None,
) -> None:
    """检查全部义务种类，有问题则以 1 退出 · check all kinds; exits with 1 when something is wrong."""
    settings = CommonSettings()
    folder = folder or settings.obligations_dir
    packs = tuple(load_outlines(settings.packs_dir))
    around = Surroundings(tuple(GRIEVANCE_CHANNELS), packs, settings.policies_dir)
    findings = check_obligations(folder, around)
    for one in findings:
        message, fix = (one.message.en, one.fix.en) if english() else (one.message.zh, one.fix.zh)
        where = f"{one.file}:{one.line}" if one.line else str(one.file)
        _console.print(f"[red]{where}[/] {one.path}: {message}", highlight=False)
        _console.print(f"    {say('rules.fix')}: {fix}", highlight=False)
    if findings:
        raise typer.Exit(1)
    _console.print(say("obligations.clean", kinds=len(load_obligations(folder))))


@app.command("list")
def list_obligations(
    official: Official,
    kind: Annotated[str, typer.Option(help="种类 · kind")] = "*",
    unit: Unit = "",
    days: Days = 7,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列逾期 · overdue only")] = False,
) -> None:
    """到期和逾期的义务，按期限排列 · obligations due or overdue, the most urgent first."""
    now_ms = _now_ms()
    until_ms = now_ms if overdue else now_ms + days * DAY_MS
    found = [case for case in _open(official, kind, unit) if case.next_due_ms <= until_ms]
    titles = _titles()
    table = _table("case", "case_no", "kind", "unit", "owner", "status", "next", "due", "overdue")
    for case in sorted(found, key=lambda one: (one.next_due_ms, one.case_id)):
        late = "✗" if case.next_due_ms <= now_ms else ""
        table.add_row(
            case.case_id,
            case.case_no,
            titles.get(case.obligation, case.obligation),
            case.jurisdiction_code,
            case.owner_id,
            words.status(case.status),
            words.act(case.next_act),
            f"{to_local(case.next_due_ms):%m-%d %H:%M}",
            late,
        )
    _console.print(table)
    _console.print(say("obligations.listed", count=len(found)))


@app.command()
def show(
    kind: Annotated[str, typer.Argument(help="种类 · kind")] = "",
    official: Annotated[str, typer.Option("--as", help="责任人编号 · your official id")] = "",
    unit: Unit = "",
    days: Days = 7,
) -> None:
    """种类的规定；加 --as 则附各地在办、到期、逾期数 · a kind's demands; with --as its totals by place."""
    folder = settings_from(CommonSettings, load_context().env).obligations_dir
    kinds = {one.policy_id: one for one in load_obligations(folder)}
    if kind and kind not in kinds:
        raise typer.BadParameter(say("obligations.no_kind", kind=kind, known=", ".join(kinds)))
    for one in [kinds[kind]] if kind else kinds.values():
        _describe(one)
    if official:
        _totals(official, kind or "*", unit, days)


def _describe(policy: Policy) -> None:
    obligation = policy.obligation
    assert obligation is not None
    language = "en" if english() else "zh"
    _console.print(f"[bold]{policy.title[language]}[/] {policy.key}", highlight=False)
    _console.print(f"  {obligation.text[language]}", highlight=False)
    _console.print(f"  {say('obligations.source')}: {obligation.source[language]}", highlight=False)
    evidence = ", ".join(words.evidence(one) for one in obligation.evidence) or "—"
    outcomes = ", ".join(f"{code} {text[language]}" for code, text in obligation.outcomes.items())
    facts = {
        "owner": f"{words.tier(obligation.owner.tier)} {obligation.owner.department}".strip(),
        "acknowledge": _term(policy.duties[Level.NONE].acknowledge_within),
        "finish": _finish(obligation),
        "evidence": evidence,
        "outcomes": outcomes,
        "approval": words.tier(obligation.approval) if obligation.approval else "—",
    }
    for name, value in facts.items():
        _console.print(f"  {say(f'obligations.{name}')}: {value}", highlight=False)


def _finish(obligation: Obligation) -> str:
    if obligation.finish.within:
        return _term(obligation.finish.within)
    return say("obligations.before_day", day=obligation.finish.before_day)


def _term(term: Term) -> str:
    return say("obligations.working_hours" if term.working else "obligations.hours", n=term.hours)


def _totals(official: str, kind: str, unit: str, days: int) -> None:
    """Open, due within the days, and overdue: by kind and by county, or by the place itself above counties."""
    now_ms, titles = _now_ms(), _titles()
    sums: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case in _open(official, kind, unit):
        place = code_at(case.jurisdiction_code, Tier.COUNTY) or case.jurisdiction_code
        sums[case.obligation, place].update(_counted(case, now_ms, days))
    table = _table("kind", "unit", "open", "due_soon", "overdue")
    for (name, place), counts in sorted(sums.items()):
        figures = [str(counts[column]) for column in ("open", "due_soon", "overdue")]
        table.add_row(titles.get(name, name), place, *figures)
    _console.print(table)


def _counted(case: cases_pb2.Case, now_ms: int, days: int) -> Iterator[str]:
    yield "open"
    if case.next_due_ms <= now_ms:
        yield "overdue"
    elif case.next_due_ms <= now_ms + days * DAY_MS:
        yield "due_soon"


def _open(official: str, kind: str, unit: str) -> Iterator[cases_pb2.Case]:
    """The open obligations that the official may see, page by page."""
    stub = case_service_pb2_grpc.CaseServiceStub(load_context().channel("escalation"))
    request = case_service_pb2.ListCasesRequest(
        jurisdiction_code=unit, obligation=kind, page_size=PAGE
    )
    while True:
        answer = stub.ListCases(request, metadata=metadata(official))
        yield from (one for one in answer.cases if one.status != cases_pb2.CASE_STATUS_RESOLVED)
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def _titles() -> dict[str, str]:
    folder = settings_from(CommonSettings, load_context().env).obligations_dir
    language = "en" if english() else "zh"
    return {one.policy_id: one.title[language] for one in load_obligations(folder)}


def _now_ms() -> int:
    return settings_from(CommonSettings, load_context().env).clock().now_ms()


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for name in columns:
        table.add_column(say(f"column.{name}"), overflow="fold", no_wrap=name.startswith("case"))
    return table
