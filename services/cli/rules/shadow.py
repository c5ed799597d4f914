"""sanse rules shadow: what the candidates in shadow say beside the live packs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from services.cli.rules.backtest import refuse, settings_here
from services.cli.rules.texts import say
from services.risk_scoring.adapters.log_reader import LogAway
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.domain.comparison import TRIAL_EVENTS
from services.risk_scoring.domain.pack_identity import canonical
from services.risk_scoring.service.shadow import load_trial
from services.risk_scoring.service.shadow_report import compared, report


def shadow(
    events: Annotated[
        int, typer.Option(min=1, help="所需决定数 · decisions needed")
    ] = TRIAL_EVENTS,
    json_folder: Annotated[
        Path | None, typer.Option("--json", help="文件夹 · folder for <id>@<version>.shadow.json")
    ] = None,
) -> None:
    """对比影子规则包与现行规则包 · compare the candidates in shadow with the live packs."""
    console, settings = Console(), settings_here()
    try:
        trial = load_trial(settings.packs_dir)
        found = [report(compared(settings, trial, one), one, events) for one in trial.candidates]
    except (PackError, LogAway) as wrong:
        refuse(wrong)
    for content in found:
        _show(console, content)
        if json_folder:
            candidate = content["candidate"]
            name = f"{candidate['pack_id']}@{candidate['version']}"
            path = json_folder / f"{name}.shadow.json"
            path.write_bytes(canonical(content) + b"\n")
            console.print(say("written", path=path), highlight=False, soft_wrap=True)


def _show(console: Console, content: dict[str, Any]) -> None:
    candidate = content["candidate"]
    console.print(
        say(
            "shadow.summary",
            candidate=f"{candidate['pack_id']}@{candidate['version']}",
            compared=content["compared"],
            agree=content["agree"],
            rises=content["higher"],
            falls=content["lower"],
            alone=content["alone"],
        ),
        highlight=False,
        soft_wrap=True,
    )
    for rise in content["rises"]:
        levels = {side: say(f"level.{rise[side]}") for side in ("live", "shadow")}
        console.print(say("shadow.rise", subject=rise["subject"], **levels), highlight=False)
    key = "shadow.complete" if content["complete"] else "shadow.waiting"
    console.print(say(key, compared=content["compared"], wanted=content["wanted"]))
