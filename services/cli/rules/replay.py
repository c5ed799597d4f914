"""sanse rules replay: derives the past decisions on a subject again, and says whether they are the same bytes."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from services.cli import words
from services.cli.rules.backtest import moment_of, refuse, settings_here
from services.cli.rules.texts import say
from services.common.clock import to_local
from services.risk_scoring.adapters.log_reader import LogAway
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.service.replay import Compared, Fate, replay_subject


def replay(
    subject: Annotated[str, typer.Argument(help="对象编号（假名） · subject id (a pseudonym)")],
    as_of: Annotated[str, typer.Option(help="ISO 8601, default: now")] = "",
    decision: Annotated[str, typer.Option(help="决定编号 · decision id")] = "",
) -> None:
    """重放对象过去的决定并逐字节比较，不一致则以 1 退出 · exits with 1 when a past decision is not the same."""
    console = Console()
    settings = settings_here()
    moment = moment_of(as_of, settings.clock().now_ms())
    try:
        found = replay_subject(settings, subject, moment, decision)
    except (PackError, LogAway) as wrong:
        refuse(wrong)
    if not found:
        console.print(say("replay.none", subject=subject), highlight=False)
        raise typer.Exit(1)
    for one in found:
        _show(console, one)
    equal = sum(one.fate is Fate.EQUAL for one in found)
    wrong_ones = len(found) - equal
    console.print(say("replay.summary", subject=subject, equal=equal, different=wrong_ones))
    if wrong_ones:
        raise typer.Exit(1)


def _show(console: Console, one: Compared) -> None:
    stands = one.stands
    when = to_local(stands.decided_at_ms).strftime("%Y-%m-%d %H:%M")
    pack = f"{stands.pack_id}@{stands.pack_version}"
    colour = "green" if one.fate is Fate.EQUAL else "red"
    level = words.level(stands.level)
    console.print(
        f"{when} {stands.decision_id} {pack} {level} [{colour}]{say(one.fate.value)}[/]",
        highlight=False,
        soft_wrap=True,
    )
    for difference in one.differences:
        text = say(
            "replay.field",
            field=difference.field,
            stands=difference.stands,
            replayed=difference.replayed,
        )
        console.print(f"    {text}", markup=False, highlight=False, soft_wrap=True)
