"""sanse rules backtest: who goes up and who goes down with a candidate pack, before it decides anything."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from services.cli.context import load_context
from services.cli.rules.page import page
from services.cli.rules.tables import tables
from services.cli.rules.texts import say
from services.common.clock import to_ms
from services.common.divisions import Divisions
from services.common.settings import CommonSettings
from services.common.terms import Level
from services.common.topics import Topic
from services.escalation.adapters.policy_file import load_policies
from services.risk_scoring.adapters.log_reader import LogAway, partitions_of
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.pack_versions import identity, live_file
from services.risk_scoring.adapters.table_file import read_capacity, read_groups
from services.risk_scoring.domain.backtest import Question
from services.risk_scoring.domain.disclosure import MIN_CELL
from services.risk_scoring.domain.pack_identity import PackIdentity
from services.risk_scoring.service.backtest import Asked, Found, run
from services.risk_scoring.service.backtest_report import Terms, report, report_bytes
from services.risk_scoring.service.rules_check import usable_pack

_MIB = 1 << 20


def backtest(
    candidate: Annotated[Path, typer.Argument(help="候选规则包 · the candidate's YAML file")],
    as_of: Annotated[str, typer.Option(help="ISO 8601, default: now")] = "",
    capacity: Annotated[
        str, typer.Option(help="CSV 或每乡镇户数 · CSV, or a number per township")
    ] = "",
    subgroups: Annotated[Path | None, typer.Option(help="CSV: household_id, sex, …")] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="JSON")] = None,
    html_path: Annotated[Path | None, typer.Option("--html", help="HTML")] = None,
    min_cell: Annotated[int, typer.Option(min=2, help="最小单元 · minimum cell")] = MIN_CELL,
    townships: Annotated[bool, typer.Option(help="列出乡镇 · list townships")] = False,
    workers: Annotated[int, typer.Option(min=0, help="进程数 · processes")] = 0,
) -> None:
    """用候选规则包重评全部记录 · re-score the whole log with a candidate pack; changes nothing."""
    console = Console()
    settings = settings_here()
    try:
        moment = moment_of(as_of, settings.clock().now_ms())
        usable_pack(candidate)
        terms = _terms(settings, candidate, moment, capacity, min_cell)
        partitions = len(partitions_of(settings, Topic.EVENTS))
        groups = read_groups(subgroups, partitions) if subgroups else []
        hours = _visit_hours(settings, terms.candidate.pack_id, moment)
    except (PackError, LogAway) as wrong:
        refuse(wrong)
    console.print(say("running", candidate=terms.candidate.name))
    began = time.monotonic()
    question = Question(terms.candidate.pack_id, moment, hours)
    found = run(Asked(settings, candidate, question), groups, workers)
    content = report(found, terms)
    _show(console, content, townships=townships)
    _write(console, content, json_path, html_path)
    _say_cost(console, found, time.monotonic() - began)


def _terms(
    settings: CommonSettings, candidate: Path, as_of_ms: int, capacity: str, min_cell: int
) -> Terms:
    new = identity(candidate)
    by_unit, each = _capacity(capacity)
    return Terms(
        candidate=new,
        live=_live(settings.packs_dir, new.pack_id),
        as_of_ms=as_of_ms,
        divisions=Divisions.load(settings.divisions_file),
        capacity=by_unit,
        capacity_each=each,
        min_cell=min_cell,
    )


def _live(folder: Path, pack_id: str) -> PackIdentity | None:
    file = live_file(folder, pack_id)
    return identity(file) if file else None


def _capacity(given: str) -> tuple[Mapping[str, int], int | None]:
    if given.isdigit():
        return {}, int(given)
    if given and not Path(given).exists():
        field, allowed = "--capacity", say("a_capacity")
        raise typer.BadParameter(say("bad_number", field=field, value=given, allowed=allowed))
    return (read_capacity(Path(given)), None) if given else ({}, None)


def _visit_hours(settings: CommonSettings, pack_id: str, at_ms: int) -> Mapping[Level, float]:
    """Hours to the first visit by level, from the policy of new cases; a term in working time is read strictly,
    as hours of the calendar. Green opens no case by itself."""
    policy = load_policies(settings.policies_dir).for_new_case(pack_id, at_ms)
    return {
        level: duty.first_visit_within.hours
        for level, duty in policy.duties.items()
        if level > Level.GREEN
    }


def _show(console: Console, content: Mapping[str, Any], *, townships: bool) -> None:
    live = content["live"]
    names = {
        "candidate": _name(content["candidate"]),
        "live": _name(live) if live else say("no_live"),
    }
    console.print(say("against", as_of=content["as_of"], **names))
    console.print(say("read", subjects=content["subjects"], **content["read"]))
    for table in tables(content, townships=townships):
        console.print(table)


def _name(pack: Mapping[str, str]) -> str:
    return f"{pack['pack_id']}@{pack['version']}"


def _write(
    console: Console, content: Mapping[str, Any], json_path: Path | None, html_path: Path | None
) -> None:
    if json_path:
        json_path.write_bytes(report_bytes(content))
        console.print(say("written", path=json_path))
    if html_path:
        html_path.write_text(page(content), encoding="utf-8")
        console.print(say("written", path=html_path))


def _say_cost(console: Console, found: Found, seconds: float) -> None:
    peak = sum(found.peak_bytes.values()) // _MIB
    console.print(say("took", seconds=seconds, mib=peak))


def settings_here() -> CommonSettings:
    """The settings of the stack that "sanse up" started, else of the environment."""
    env = load_context().env
    given = {
        "kafka": env.get("SANSE_KAFKA"),
        "redis": env.get("SANSE_REDIS"),
        "prefix": env.get("SANSE_PREFIX"),
        "packs_dir": env.get("SANSE_PACKS_DIR"),
        "clock_file": env.get("SANSE_CLOCK_FILE"),
    }
    return CommonSettings(**{name: value for name, value in given.items() if value})  # type: ignore[arg-type]


def moment_of(given: str, now_ms: int) -> int:
    """A moment in ms from a text with its zone; the present for an empty one."""
    if not given:
        return now_ms
    try:
        return to_ms(datetime.fromisoformat(given))
    except ValueError as wrong:
        raise typer.BadParameter(
            say("bad_number", field="--as-of", value=given, allowed=say("a_time"))
        ) from wrong


def refuse(wrong: Exception) -> NoReturn:
    """Say in both languages what is wrong with a file, and leave with 1."""
    Console(stderr=True).print(str(wrong), markup=False, highlight=False)
    raise typer.Exit(1)
