"""sanse rules lock: remembers the content of each new version, so that it can never change unnoticed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.cli.rules.backtest import refuse
from services.cli.rules.texts import say
from services.cli.texts import english
from services.common.settings import CommonSettings
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.service.rules_check import Finding
from services.risk_scoring.service.rules_lock import lock as lock_versions


def lock(
    folder: Annotated[Path | None, typer.Argument(help="default: SANSE_PACKS_DIR")] = None,
) -> None:
    """锁定新版本的内容；已锁定的内容若有改动则以 1 退出 · lock new versions; exits with 1 when a locked one changed."""
    console = Console()
    try:
        done = lock_versions(folder or CommonSettings().packs_dir)
    except PackError as wrong:
        refuse(wrong)
    for finding in done.changed:
        show(console, finding)
    if done.changed:
        raise typer.Exit(1)
    key = "lock.added" if done.added else "lock.nothing"
    console.print(say(key, names=", ".join(done.added)), highlight=False)


def show(console: Console, finding: Finding) -> None:
    """One finding: where, what, and the cure."""
    message = finding.message_en if english() else finding.message_zh
    where = f"{finding.file}:{finding.line}" if finding.line else finding.file
    console.print(
        f"[red]{where}[/] {finding.path}: {message}\n    {say('fix')}: {finding.fix}",
        highlight=False,
        soft_wrap=True,
    )
