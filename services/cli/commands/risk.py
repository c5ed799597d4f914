"""sanse risk: what-if scores, explanations, profiles."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import risk_service_pb2, risk_service_pb2_grpc
from services.cli import words
from services.cli.commands import risk_monitor, risk_overdue
from services.cli.context import Official, chosen, load_context, metadata
from services.cli.texts import english, say
from services.common.terms import Answer, Level

app = typer.Typer(
    help="试算、解释、档案 · what-if scores, explanations, profiles", no_args_is_help=True
)
app.command()(risk_monitor.agreement)
app.command()(risk_monitor.reviews)
app.command("misses")(risk_monitor.miss_rates)
app.command()(risk_overdue.overdue)
_console = Console()


def _stub() -> risk_service_pb2_grpc.RiskServiceStub:
    return risk_service_pb2_grpc.RiskServiceStub(load_context().channel("risk_scoring"))


@app.command()
def score(
    pack: str,
    answers: Annotated[list[str], typer.Argument(help="indicator=yes|no|unknown …")],
    subject: str = "",
    own_level: Annotated[
        str, typer.Option(help="先给出自己的判断 · your own level first: green, yellow, red")
    ] = "",
    official: Official = "",
) -> None:
    """试算，不产生任何影响 · rate answers, with no effect."""
    request = risk_service_pb2.ScoreRequest(pack_id=pack, subject_id=subject)
    if own_level:
        request.assessor_level = chosen(Level, "own-level", own_level).value  # type: ignore[assignment]
    elif subject:
        raise typer.BadParameter(say("risk.own_level_first"))
    for answer in answers:
        indicator, _, value = answer.partition("=")
        number = chosen(Answer, indicator, value).value
        request.answers.append(
            common_pb2.AnsweredIndicator(indicator_id=indicator, answer=number)  # type: ignore[arg-type]
        )
    decision = _stub().Score(request, metadata=metadata(official)).decision
    lowest, highest = words.level(decision.lowest_possible), words.level(decision.highest_possible)
    level = words.level(decision.computed_level)
    _console.print(f"[bold]{level}[/] {decision.points} ({lowest}…{highest})")
    for item in decision.contributions:
        _console.print(f"  {item.indicator_id}: {words.answer(item.answer)} {item.points:+d}")
    if decision.next_question:
        _console.print(f"  ? {decision.next_question}")


@app.command()
def explain(subject: str, official: Official, pack: str = "") -> None:
    """用文字解释最近的评定 · explain the latest decision in words."""
    language = common_pb2.LANGUAGE_EN if english() else common_pb2.LANGUAGE_ZH
    request = risk_service_pb2.ExplainRequest(subject_id=subject, pack_id=pack, language=language)
    answer = _stub().Explain(request, metadata=metadata(official))
    _console.print(f"[bold]{answer.headline}[/] ({answer.pack_version})")
    columns = (say(f"column.{name}") for name in ("indicator", "answer", "points", "source"))
    table = Table(*columns)
    for item in answer.indicators:
        table.add_row(item.text, words.answer(item.answer), f"{item.points:+d}", item.source)
    _console.print(table)
    for duty in answer.duties:
        _console.print(
            say("risk.duty", text=duty.text, hours=duty.within_hours, source=duty.source)
        )
    for line in (answer.counterfactual, answer.next_question):
        if line:
            _console.print(line)


@app.command()
def profile(subject: str, official: Official) -> None:
    """户档案 · the profile of a subject."""
    request = risk_service_pb2.GetProfileRequest(subject_id=subject)
    answer = _stub().GetProfile(request, metadata=metadata(official))
    _console.print(str(answer.profile))
