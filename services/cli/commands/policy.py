"""sanse policy: preview what a new version would change in open cases, and apply it as the second person."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from services.cli import words
from services.cli.case_pages import all_cases, send_all
from services.cli.commands.reports import settings_from
from services.cli.context import load_context
from services.cli.duty_texts import say
from services.cli.policy.preview import (
    Change,
    Effect,
    ProposalWrong,
    command_for,
    preview,
    proposal,
    read,
    write,
)
from services.common.clock import to_local
from services.common.settings import CommonSettings
from services.escalation.adapters.obligation_file import load_all_policies
from services.escalation.adapters.posts import load_posts
from services.escalation.adapters.workdays import Workdays
from services.escalation.domain.draft import Rules

app = typer.Typer(help="对已立案件改用新版政策 · a new policy for open cases", no_args_is_help=True)
_console = Console(soft_wrap=True)
Official = Annotated[str, typer.Option("--as", help="责任人编号 · your official id")]
SHOWN = 50


@app.command("preview")
def preview_change(
    to: Annotated[str, typer.Option(help="household_conflict/2026-2")],
    official: Official,
    jurisdiction: Annotated[str, typer.Option(help="区划代码 · division code")] = "",
    save: Annotated[Path | None, typer.Option(help="提案文件 · the proposal to write")] = None,
) -> None:
    """预览哪些案件会变、期限如何移动 · which open cases would change, and how deadlines would move."""
    settings = settings_from(CommonSettings, load_context().env)
    rules = _rules(settings)
    policy = rules.policies.find(to)
    if policy is None:
        known = ", ".join(sorted(one.key for one in rules.policies))
        raise _stop("policy.unknown", to=to, allowed=known)
    now_ms = settings.clock().now_ms()
    changes = preview(all_cases(official, jurisdiction), policy, rules, now_ms)
    _show(changes, to)
    if save is not None:
        write(save, proposal(changes, policy, official, now_ms))
        _console.print(say("policy.saved", file=save, count=len(changes)))


@app.command()
def apply(file: Path, official: Official) -> None:
    """以第二人身份批准并执行提案 · approve a proposal as the second person, and carry it out."""
    try:
        made = read(file)
    except (ProposalWrong, OSError) as wrong:
        raise _stop("policy.no_proposal", why=wrong) from wrong
    if made.proposed_by == official:
        raise _stop("policy.second_person", who=official)
    commands = [command_for(made, case_id, version, official) for case_id, version in made.cases]
    written, refused = send_all(commands, official)
    _console.print(say("policy.sent", count=written, to=made.to_version))
    for one in refused[:SHOWN]:
        _console.print(f"  {one.case_id}: {one.text}", highlight=False)
    if refused:
        raise _stop("policy.refused", count=len(refused))


def _rules(settings: CommonSettings) -> Rules:
    workdays = Workdays.load(settings.policies_dir)
    posts = load_posts(settings.roster_file)
    policies = load_all_policies(settings.policies_dir, settings.obligations_dir)
    return Rules(policies, posts, workdays.is_workday, workdays.knows)


def _show(changes: list[Change], to: str) -> None:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for column in ("case_no", "from", "next", "due", "next_after", "due_after", "effect"):
        table.add_column(say(f"policy.{column}"), overflow="fold")
    moving = [change for change in changes if change.effect is not Effect.SAME]
    for change in moving[:SHOWN]:
        table.add_row(
            change.case_no,
            change.from_version,
            words.act(change.act.value),  # type: ignore[arg-type]
            _time(change.due_ms),
            words.act(change.act_after.value),  # type: ignore[arg-type]
            _time(change.due_after_ms),
            say(f"policy.effect.{change.effect.value}"),
        )
    _console.print(table)
    if len(moving) > SHOWN:
        _console.print(say("policy.more", count=len(moving) - SHOWN))
    counts = Counter(change.effect for change in changes)
    _console.print(say("policy.summary", count=len(changes), to=to))
    for effect in Effect:
        _console.print(f"  {say(f'policy.effect.{effect.value}')}: {counts[effect]}")


def _time(ms: int) -> str:
    return f"{to_local(ms):%Y-%m-%d %H:%M}" if ms else "—"


def _stop(key: str, **values: object) -> typer.Exit:
    _console.print(f"[red]{say(key, **values)}[/]", highlight=False)
    return typer.Exit(2)
