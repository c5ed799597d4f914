"""sanse triage: check the rules of triage, try them, list what was decided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToDict
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sanse.risk.v1 import triage_pb2
from services.cli import words
from services.cli.commands.reports import settings_from
from services.cli.context import chosen, load_context
from services.cli.texts import english, say
from services.cli.topic_reader import read_topic
from services.common.clock import SystemClock, to_local
from services.common.divisions import contains
from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.common.terms import Answer, Language
from services.common.topics import Topic
from services.intake.domain.codes import INCIDENT_CATEGORIES, REPORTER_ROLES
from services.risk_scoring.adapters.triage_loader import load_triage
from services.risk_scoring.domain.triage import Happened, Triage, triage
from services.risk_scoring.domain.triage_flaws import Vocabulary
from services.risk_scoring.service.triage_check import check
from services.risk_scoring.service.triage_words import TriageWords, explained

app = typer.Typer(
    help="事件分流：检查、试算、清单 · triage: check, try, list", no_args_is_help=True
)
_console = Console()
Folder = Annotated[Path | None, typer.Option(help="default: SANSE_TRIAGE_DIR")]


def vocabulary(settings: CommonSettings) -> Vocabulary:
    """The words a report may use: intake's code lists, and the indicators of the rule packs."""
    packs = load_outlines(settings.packs_dir).values()
    facts = frozenset(name for pack in packs for name in pack.indicators)
    return Vocabulary(tuple(INCIDENT_CATEGORIES), tuple(REPORTER_ROLES), facts)


@app.command("check")
def check_rules(
    folder: Annotated[Path | None, typer.Argument(help="default: SANSE_TRIAGE_DIR")] = None,
) -> None:
    """检查全部分流规则，有问题则以 1 退出 · check all triage rules; exits with 1 when something is wrong."""
    settings = CommonSettings()
    folder = folder or settings.triage_dir
    findings = check(folder, vocabulary(settings), to_local(SystemClock().now_ms()).date())
    for finding in findings:
        message = finding.message_en if english() else finding.message_zh
        where = f"{finding.file}:{finding.line}" if finding.line else finding.file
        _console.print(f"[red]{where}[/] {finding.path}: {message}", highlight=False)
        _console.print(f"    {say('rules.fix')}: {finding.fix}", highlight=False)
    if findings:
        raise typer.Exit(1)
    _console.print(say("triage.clean", sets=len(list(folder.glob("*.yaml")))))


@app.command("try")
def try_rules(
    category: Annotated[str, typer.Option(help="domestic_violence, hidden_hazard …")],
    role: Annotated[str, typer.Option(help="grid_worker, police …")] = "",
    fact: Annotated[list[str] | None, typer.Option(help="indicator=yes|no|unknown")] = None,
    incidents_90d: Annotated[int, typer.Option(min=0, max=200)] = 0,
    folder: Folder = None,
) -> None:
    """试算去向，不产生任何影响 · where an incident would go now, and why; nothing happens."""
    settings = CommonSettings()
    words_known = vocabulary(settings)
    _known("category", category, words_known.categories)
    if role:
        _known("role", role, words_known.roles)
    yes = frozenset(_yes(fact or [], words_known))
    now_ms = SystemClock().now_ms()
    rules = load_triage(folder or settings.triage_dir).at(now_ms)
    decided = triage(Happened(category, role, yes, 0, incidents_90d), rules, now_ms)
    _explain(decided, explained(decided, rules, Language.EN if english() else Language.ZH))


@app.command("list")
def list_decisions(
    jurisdiction: Annotated[str, typer.Option(help="区划代码 · division code")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines")] = False,
) -> None:
    """已作出的分流决定 · the triage decisions on the topic."""
    context = load_context()
    decisions = decisions_of(settings_from(CommonSettings, context.env), jurisdiction)
    if as_json:
        for decision in decisions:
            print(json.dumps(MessageToDict(decision, preserving_proto_field_name=True)))
        return
    columns = (
        "time",
        "unit",
        "category",
        "route",
        "departments",
        "accept_due",
        "finish_due",
        "rule",
    )
    table = Table(box=SIMPLE)
    for name in columns:
        table.add_column(say(f"column.{name}"), overflow="fold")
    names = _department_names(CommonSettings().triage_dir)
    for decision in decisions:
        table.add_row(*_row(decision, names))
    _console.print(table)


def decisions_of(
    settings: CommonSettings, jurisdiction: str = ""
) -> list[triage_pb2.TriageDecision]:
    """Each decision once, by the time it was made; only those of a division when one is named."""
    found: dict[str, triage_pb2.TriageDecision] = {}
    for record in read_topic(settings, Topic.TRIAGE):
        for decision in triage_pb2.TriageBatch.FromString(record.value).decisions:
            if not jurisdiction or contains(jurisdiction, decision.jurisdiction_code):
                found[decision.triage_id] = decision
    return sorted(found.values(), key=lambda one: (one.decided_at_ms, one.triage_id))


def _department_names(folder: Path) -> Mapping[str, str]:
    """Departments by id, as the newest rules name them."""
    rules = load_triage(folder).at(SystemClock().now_ms())
    return {one.id: one.name.en if english() else one.name.zh for one in rules.departments}


def _row(decision: triage_pb2.TriageDecision, names: Mapping[str, str]) -> list[str]:
    ids = [task.department_id for task in decision.departments]
    tasks = ", ".join(names.get(one, one) for one in ids)
    route = triage_pb2.TriageRoute.Name(decision.route).removeprefix("TRIAGE_ROUTE_").lower()
    kind = decision.category if english() else INCIDENT_CATEGORIES.get(decision.category, "")
    return [
        f"{to_local(decision.decided_at_ms):%m-%d %H:%M}",
        decision.jurisdiction_code,
        kind or decision.category,
        say(f"route.{route}"),
        tasks or words.tier(decision.tier),
        f"{to_local(decision.accept_due_ms):%m-%d %H:%M}",
        f"{to_local(decision.finish_due_ms):%m-%d %H:%M}",
        decision.rule_id,
    ]


def _explain(decided: Triage, told: TriageWords) -> None:
    """Headline, why, source, the departments each on a line, and the deadlines."""
    _console.print(f"[bold]{told.headline}[/]", highlight=False)
    _console.print(told.why, highlight=False)
    for one in told.departments:
        part = say("triage.lead" if one.lead else "triage.joint")
        _console.print(f"  {part} {one.name} ({words.tier(one.tier)})", highlight=False)
    _console.print(f"{say('column.source')}: {told.source}", highlight=False, markup=False)
    for name, due_ms in (
        ("accept_due", decided.accept_due_ms),
        ("finish_due", decided.finish_due_ms),
    ):
        when = f"{to_local(due_ms):%Y-%m-%d %H:%M}"
        _console.print(f"{say(f'column.{name}')}: {when}", highlight=False)
    reason = say(f"triage.{decided.reason.name.lower()}")
    place = f"{decided.rule_set} / {decided.rule_id} ({reason})"
    _console.print(f"{say('column.rule')}: {place}", highlight=False)


def _yes(facts: list[str], known: Vocabulary) -> Iterator[str]:
    for one in facts:
        name, _, answer = one.partition("=")
        _known("fact", name, sorted(known.facts))
        if chosen(Answer, name, answer or "yes") is Answer.YES:
            yield name


def _known(field: str, value: str, allowed: tuple[str, ...] | list[str]) -> None:
    if value not in allowed:
        text = say("argument.wrong", field=field, value=value or "''", allowed=", ".join(allowed))
        raise typer.BadParameter(text)
