"""The sanse command."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import grpc
import httpx
import typer
from kafka.errors import KafkaError
from rich.console import Console

from services.cli.bench.run import run_bench
from services.cli.commands import (
    audit,
    case,
    duties,
    evidence,
    league,
    obligations,
    policy,
    reports,
    risk,
    roster,
    rounds,
    rules,
    running,
    sending,
    serials,
    simulate,
    support,
    templates,
    triage,
)
from services.cli.commands.doctor import doctor
from services.cli.demo.run import DemoOptions, run_demo
from services.cli.doors import ClientSettings
from services.cli.local.process import NotReady
from services.cli.texts import say
from services.common.tls import TlsWrong
from services.intake.adapters.kafka_sender import KafkaAway

app = typer.Typer(
    help="三色：预警、包保、督办 · Sanse: three-colour warnings and tiered duties",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.add_typer(case.app, name="case")
app.add_typer(risk.app, name="risk")
app.add_typer(rules.app, name="rules")
app.add_typer(triage.app, name="triage")
app.add_typer(obligations.app, name="obligations")
app.add_typer(rounds.app, name="rounds")
app.add_typer(roster.app, name="roster")
app.add_typer(support.app, name="support")
app.add_typer(templates.app, name="templates")
app.add_typer(serials.app, name="serials")
app.add_typer(policy.app, name="policy")
app.command()(running.up)
app.command()(running.down)
app.command()(reports.publish)
app.command("import")(reports.import_reports)
app.command()(reports.replay)
app.command()(simulate.simulate)
app.command()(doctor)
app.command()(audit.audit)
app.command()(league.league)
app.command()(duties.load)
app.command("digest")(duties.daily_digest)
app.command()(duties.handover)
case.app.command()(evidence.export)
case.app.command()(evidence.notice)
case.app.command()(sending.why)
app.command()(sending.cost)
app.command()(sending.release)
app.command("test-send")(sending.test_send)
app.command()(evidence.verify)
app.command("evidence-key")(evidence.evidence_key)


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="种子 · seed")] = 2026,
    scale: Annotated[float, typer.Option(help="比例 · share of the full prefecture")] = 0.002,
) -> None:
    """在小型模拟州上跑通全流程 · run the main job on a small simulated prefecture."""
    summary = run_demo(Console(), DemoOptions(seed, scale))
    if summary.lost or summary.duplicates:
        raise typer.Exit(1)


@app.command()
def bench(only: Annotated[str, typer.Option(help="名称前缀 · name prefix")] = "") -> None:
    """测量并写入 var/bench/results.json · measure, write var/bench/results.json."""
    run_bench(Console(), only)


def main() -> None:
    """Entry point; what a service refuses, and a broker that is away, is told in words."""
    # The client logs each attempt to connect; the command says once what came of it.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        app()
    except (TlsWrong, NotReady) as wrong:
        sys.exit(str(wrong))
    except (grpc.RpcError, httpx.TransportError, KafkaAway, KafkaError) as refused:
        why = refused.details() if isinstance(refused, grpc.Call) else str(refused)
        console = Console(stderr=True)
        console.print(say("call.failed", why=why), markup=False, highlight=False)
        if _may_want_tls(refused):
            console.print(say("call.tls_hint"), markup=False, highlight=False)
        sys.exit(1)


def _may_want_tls(refused: Exception) -> bool:
    """Whether a call in plaintext ended as calls to a TLS door do."""
    if ClientSettings().tls_ca:
        return False
    if isinstance(refused, grpc.Call):
        return bool(refused.code() is grpc.StatusCode.UNAVAILABLE)
    return isinstance(refused, httpx.RemoteProtocolError | httpx.ReadError)


if __name__ == "__main__":
    main()
