"""sanse rounds: assessment rounds, their registers, and their exact counts from the log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import orjson
import typer
from aiokafka.errors import KafkaError as ProducerError
from kafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from services.cli.commands.reports import settings_from
from services.cli.context import load_context
from services.cli.rounds.counting import count, moment, rounds_of
from services.cli.rounds.register import register as write_register
from services.cli.rounds.register_rows import register_rows
from services.cli.rounds.report import as_json, make_report, write_csv
from services.cli.rounds.screen import (
    FACTS,
    explain,
    facts,
    show_report,
    shown,
    table,
    tell_caveats,
    tell_summary,
)
from services.cli.texts import say
from services.cli.units import asked_depth, asked_unit
from services.common import log
from services.common.crypto import Keys, MasterKeyWrong
from services.common.divisions import GRID_DIGITS, Divisions
from services.common.kafka_admin import ensure_topics
from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.intake.adapters.files.rows import FileUnreadable
from services.intake.domain.columns import HeaderWrong
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.round_file import check_rounds
from services.risk_scoring.adapters.rounds_codec import FOREVER_MS, RoundsReader
from services.risk_scoring.domain.round_counts import NOTHING, Counts, mean, totals
from services.risk_scoring.domain.rounds import Round

app = typer.Typer(
    help="评估轮次：名册、评估率、化解率 · assessment rounds: registers, coverage, resolution",
    no_args_is_help=True,
)
_console = Console()
RoundId = Annotated[str, typer.Argument(help="轮次编号 · id of a round")]
AsOf = Annotated[
    str, typer.Option("--as-of", help="截至日期或时间 · what was known then: a date or a time")
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]


@app.command("check")
def check(
    folder: Annotated[Path | None, typer.Argument(help="default: SANSE_ROUNDS_DIR")] = None,
) -> None:
    """检查全部轮次，有问题则以 1 退出 · check all rounds; exits with 1 when something is wrong."""
    settings = _settings()
    folder = folder or settings.rounds_dir
    wrong = check_rounds(folder, load_outlines(settings.packs_dir))
    for one in wrong:
        explain(one)
    if wrong:
        raise typer.Exit(1)
    _console.print(say("rounds.clean", rounds=len(list(folder.glob("*.yaml")))))


@app.command("list")
def list_rounds(as_of: AsOf = "") -> None:
    """各轮次及其评估率、化解率 · all rounds with their rates."""
    settings = _settings()
    rounds, reader = _counted(settings, as_of)
    grid = table(*FACTS, "target", "coverage", "resolution")
    sums = {one: totals(reader.fold.counts(one)) for one in rounds}
    top = asked_unit(Divisions.load(settings.divisions_file), "")
    rates = [one[top] for one in sums.values() if top in one and one[top].target]
    for one in rounds.values():
        counts = sums[one.id].get(top)
        figures = (
            ("", "", "")
            if counts is None
            else (
                f"{counts.target:,}",
                shown(counts.coverage.share),
                shown(counts.resolution.share),
            )
        )
        grid.add_row(*facts(one), *figures)
    _console.print(grid)
    _console.print(
        say(
            "rounds.mean",
            rounds=len(rates),
            coverage=shown(mean(one.coverage for one in rates)),
            resolution=shown(_together(rates).resolution.share),
        )
        if rates
        else say("rounds.none_counted")
    )
    tell_caveats(reader)


@app.command("register")
def register(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8, GB18030)", exists=True, dir_okay=False)],
    round_id: Annotated[str, typer.Option("--round", help="轮次编号 · id of a round")],
    again: Annotated[
        bool, typer.Option(help="覆盖之后登记的文件 · let it count over files registered since")
    ] = False,
) -> None:
    """登记一轮的应评估住户，可中断后续传 · register the households of a round; resumes where it stopped."""
    settings = _settings()
    _round(_rounds(settings), round_id)
    divisions = Divisions.load(settings.divisions_file)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    try:
        ensure_topics(settings)
        with Progress(*columns, console=_console) as bar:
            task = bar.add_task(file.name, total=1.0)
            summary = asyncio.run(
                write_register(
                    settings,
                    file,
                    round_id,
                    divisions,
                    lambda _, done: bar.update(task, completed=done),
                    again=again,
                )
            )
    except (HeaderWrong, FileUnreadable, MasterKeyWrong) as wrong:
        _refuse(str(wrong))
    except (KafkaError, ProducerError) as away:
        _refuse(say("call.failed", why=away))
    tell_summary(summary, round_id)
    if summary.refused_rows:
        raise typer.Exit(1)


@app.command("report")
def report(
    round_id: RoundId,
    jurisdiction: Annotated[str, typer.Option(help="区划代码 · division code")] = "",
    level: Annotated[
        str, typer.Option(help="county|township|village|grid；默认下一级 · default: the next")
    ] = "",
    as_of: AsOf = "",
    json: AsJson = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="另存 CSV · also write a CSV")] = None,
) -> None:
    """一轮在各级的户数与两率 · counts and rates of a round, unit by unit."""
    settings = _settings()
    divisions = Divisions.load(settings.divisions_file)
    code = asked_unit(divisions, jurisdiction)
    depth = asked_depth(code, level)
    rounds = _rounds(settings)
    _round(rounds, round_id)
    _, reader = _counted(settings, as_of, rounds)
    found = make_report(reader.fold, divisions, round_id, code, depth)
    if csv is not None:
        write_csv(found, csv)
    if json:
        typer.echo(orjson.dumps(as_json(found, as_of), option=orjson.OPT_INDENT_2).decode())
        return
    show_report(found, as_of)
    tell_caveats(reader)
    if csv is not None:
        _console.print(say("rounds.saved", path=csv), markup=False)


@app.command("missing")
def missing(
    round_id: RoundId,
    grid: Annotated[str, typer.Argument(help="15 位网格代码 · code of a grid")],
    as_of: AsOf = "",
    register_file: Annotated[
        Path | None,
        typer.Option(
            "--register",
            help="名册文件：显示户编号 · register file: shows household numbers",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """一个网格中没有任何报告的住户 · households of a grid that nobody has reported on."""
    settings = _settings()
    divisions = Divisions.load(settings.divisions_file)
    code = asked_unit(divisions, grid)
    if len(code) != GRID_DIGITS:
        raise typer.BadParameter(
            say("argument.wrong", field="GRID", value=grid, allowed="15 位 · 15 digits")
        )
    rounds = _rounds(settings)
    _round(rounds, round_id)
    _, reader = _counted(settings, as_of, rounds)
    found = reader.fold.missing(round_id, code)
    numbers = _numbers(settings, divisions, register_file) if register_file else {}
    if json:
        told = {"round": round_id, "grid": code, "households": [numbers.get(h, h) for h in found]}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    _console.print(say("rounds.missing", name=divisions.name(code), count=len(found)))
    for household_id in found:
        typer.echo(numbers.get(household_id, household_id))
    unknown = sum(one not in numbers for one in found)
    if register_file and unknown:
        _console.print(say("rounds.missing_more", count=unknown))
    tell_caveats(reader)


def _together(rounds: Iterable[Counts]) -> Counts:
    """All rounds as one: each case belongs to one round."""
    whole = NOTHING
    for one in rounds:
        whole = whole.plus(one)
    return whole


def _settings() -> CommonSettings:
    """The settings of the running stack, else of the environment."""
    log.configure("cli", "WARNING")
    return settings_from(CommonSettings, load_context().env)


def _rounds(settings: CommonSettings) -> Mapping[str, Round]:
    try:
        return rounds_of(settings)
    except PackError as wrong:
        explain(wrong)
        raise typer.Exit(1) from wrong


def _round(rounds: Mapping[str, Round], round_id: str) -> Round:
    if round_id not in rounds:
        allowed = ", ".join(rounds)
        raise typer.BadParameter(say("rounds.unknown_round", value=round_id, allowed=allowed))
    return rounds[round_id]


def _counted(
    settings: CommonSettings, as_of: str, rounds: Mapping[str, Round] | None = None
) -> tuple[Mapping[str, Round], RoundsReader]:
    try:
        as_of_ms = moment(as_of) if as_of else FOREVER_MS
    except ValueError as wrong:
        raise typer.BadParameter(say("rounds.wrong_time", value=as_of)) from wrong
    rounds = rounds if rounds is not None else _rounds(settings)
    try:
        return rounds, count(settings, rounds, as_of_ms)
    except KafkaError as away:
        _refuse(say("call.failed", why=away))


def _numbers(settings: CommonSettings, divisions: Divisions, file: Path) -> Mapping[str, str]:
    """Household numbers of a register file by pseudonym; they are shown here and go nowhere else."""
    try:
        keys = Keys(settings.master_key)
        rows = (one.row for one in register_rows(file, divisions))
        return {keys.pseudonym(row.household_no): row.household_no for row in rows if row}
    except (HeaderWrong, FileUnreadable, MasterKeyWrong) as wrong:
        _refuse(str(wrong))


def _refuse(why: str) -> NoReturn:
    _console.print(why, style="red", markup=False)
    raise typer.Exit(1)
