"""sanse rules sign and promote: a candidate becomes live when two persons have signed what they read."""

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
from services.risk_scoring.adapters.pack_versions import identity
from services.risk_scoring.service.promotion import Evidence
from services.risk_scoring.service.promotion import promote as put_live
from services.risk_scoring.service.promotion import sign as add_signature


def sign(
    candidate: Annotated[Path, typer.Argument(help="候选规则包 · the candidate's YAML file")],
    key: Annotated[Path, typer.Option(help="Ed25519 PEM")],
    backtest: Annotated[Path, typer.Option(help="回测 JSON · the backtest's JSON")],
    shadow: Annotated[
        Path | None, typer.Option(help="影子对比 JSON · the comparison's JSON")
    ] = None,
) -> None:
    """签署候选规则包 · sign a candidate upon its backtest and its shadow comparison."""

    def password() -> str:
        entered: str = typer.prompt("key", hide_input=True)
        return entered

    try:
        signer = add_signature(
            CommonSettings().packs_dir, candidate, Evidence(backtest, shadow), key, password
        )
    except PackError as wrong:
        refuse(wrong)
    post = signer.post.en if english() else signer.post.zh
    told = say("signed", signer=f"{post} {signer.signer_id}", candidate=identity(candidate).name)
    Console().print(told, highlight=False, soft_wrap=True)


def promote(
    name: Annotated[str, typer.Argument(help="id@version")],
) -> None:
    """两人签署后上线；不满足条件则以 1 退出 · make a signed candidate live; exits with 1 when it is refused."""
    console = Console()
    try:
        done = put_live(CommonSettings().packs_dir, name)
    except PackError as wrong:
        refuse(wrong)
    for refusal in done.refused:
        console.print(f"[red]{name}[/]: {refusal.value.zh} / {refusal.value.en}", highlight=False)
    if done.refused:
        raise typer.Exit(1)
    archive = done.archive or say("none")
    told = say("promoted", candidate=done.candidate.name, archive=archive)
    console.print(told, highlight=False, soft_wrap=True)
    console.print(say("promoted.restart"))
