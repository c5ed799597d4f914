"""sanse rules: check rule packs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.cli.commands.support import rule_folders, show_findings
from services.cli.rules.backtest import backtest
from services.cli.rules.lock import lock
from services.cli.rules.monitors import check_monitors
from services.cli.rules.promotion import promote, sign
from services.cli.rules.replay import replay
from services.cli.rules.shadow import shadow
from services.cli.texts import english, say
from services.common.clock import SystemClock, to_local
from services.common.settings import CommonSettings
from services.common.support_checks import check_rules
from services.risk_scoring.service.rules_check import check
from services.risk_scoring.service.rules_lock import check_lock

app = typer.Typer(
    help="规则包：检查、回测、重放、上线 · rule packs: check, backtest, replay, promote",
    no_args_is_help=True,
)
app.command()(backtest)
app.command()(lock)
app.command()(replay)
app.command()(shadow)
app.command()(sign)
app.command()(promote)
_console = Console()


@app.command("check")
def check_packs(
    folder: Annotated[Path | None, typer.Argument(help="default: SANSE_PACKS_DIR")] = None,
) -> None:
    """检查规则包和监测页，有问题则以 1 退出 · check packs and monitors; exits with 1 when something is wrong."""
    settings = CommonSettings()
    folder = folder or settings.packs_dir
    today = to_local(SystemClock().now_ms()).date()
    findings = check(folder, today) + check_lock(folder) + check_monitors(settings.monitors_dir)
    named = check_rules(settings.support_file, rule_folders(folder))
    for finding in findings:
        message = finding.message_en if english() else finding.message_zh
        where = f"{finding.file}:{finding.line}" if finding.line else finding.file
        _console.print(f"[red]{where}[/] {finding.path}: {message}", highlight=False)
        _console.print(f"    {say('rules.fix')}: {finding.fix}", highlight=False)
    show_findings(named)
    if findings or named:
        raise typer.Exit(1)
    _console.print(say("rules.clean", packs=len(list(folder.glob("*.yaml")))))
