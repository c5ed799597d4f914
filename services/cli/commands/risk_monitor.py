"""sanse risk agreement, reviews and misses: whether people judge for themselves, and what was missed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sanse.risk.v1 import reviews_pb2
from services.cli import risk_log, words
from services.cli.commands.reports import settings_from
from services.cli.context import load_context
from services.cli.texts import say
from services.common.clock import SHANGHAI, to_local, to_ms
from services.common.divisions import Divisions, contains, tier_of
from services.common.settings import CommonSettings
from services.common.terms import Level, Tier
from services.risk_scoring.adapters.monitor_pages import load_limits
from services.risk_scoring.domain.agreement import Flag, Group, Limits, Tally, shown, tallied
from services.risk_scoring.domain.misses import Misses, PackVersion, misses
from services.risk_scoring.domain.serious import ReviewReason

_console = Console()
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]


def agreement(
    unit: Annotated[str, typer.Option(help="区划代码 · division code")] = "",
    since: Annotated[str, typer.Option(help="起始日期 · from this day, 2026-03-01")] = "",
    as_json: AsJson = False,
) -> None:
    """评估人意见与系统评级的一致率 · how often assessors agree with the computed level, per unit."""
    settings = live_settings()
    limits = load_limits(settings.monitors_dir)
    counted = tallied(risk_log.judged(settings, _day_ms(since)))
    rows = [
        (group, tally)
        for group, tally in shown(counted, limits)
        if not unit or contains(unit, group.unit)
    ]
    if as_json:
        print_json([_agreement_facts(group, tally, limits) for group, tally in rows])
        return
    near = [row for row in rows if row[1].flags(limits) or is_near(row[0].unit, unit)]
    _print_agreement(near, limits, Divisions.load(settings.divisions_file))


def reviews(as_json: AsJson = False) -> None:
    """漏判复盘：未评红户发生的严重事件 · serious events in homes not at red, each to be looked into."""
    found = risk_log.reviews(live_settings())
    if as_json:
        print_json([_review_facts(review) for review in found])
        return
    grid = table("review", "unit", "kind", "time", "level", "reason", "version", "decisions")
    for review in found:
        event = review.event
        reason = ReviewReason(event.reason).name.lower()
        grid.add_row(
            review.review_id,
            event.jurisdiction_code,
            event.kind,
            f"{to_local(event.occurred_at_ms):%Y-%m-%d %H:%M}",
            words.level(event.level),
            say(f"review.{reason}"),
            _version(PackVersion(event.pack_id, event.pack_version)),
            str(len(review.decision_ids)),
        )
    _console.print(grid)


def miss_rates(as_json: AsJson = False) -> None:
    """各规则包版本的漏判率 · serious events in homes rated green, yellow or not at all, per pack version."""
    settings = live_settings()
    found = misses(risk_log.serious(settings), risk_log.rated(settings))
    if as_json:
        print_json([_miss_facts(pack, found[pack]) for pack in sorted(found)])
        return
    grid = table("version", "missed", "of_green", "of_yellow", "never_rated")
    for pack in sorted(found):
        one = found[pack]
        by_reason, homes = one.by_reason, one.homes
        grid.add_row(
            _version(pack),
            f"{one.missed} / {one.serious}",
            f"{by_reason[ReviewReason.RATED_GREEN]} / {homes[Level.GREEN]}",
            f"{by_reason[ReviewReason.RATED_YELLOW]} / {homes[Level.YELLOW]}",
            str(by_reason[ReviewReason.NEVER_RATED]),
        )
    _console.print(grid)
    _console.print(say("misses.reading"))


def live_settings() -> CommonSettings:
    """The settings of the running stack, else of the environment."""
    return settings_from(CommonSettings, load_context().env)


def _day_ms(day: str) -> int:
    if not day:
        return 0
    try:
        return to_ms(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=SHANGHAI))
    except ValueError as wrong:
        fault = say("argument.wrong", field="since", value=day, allowed="2026-03-01")
        raise typer.BadParameter(fault) from wrong


def is_near(code: str, asked: str) -> bool:
    """Whether a unit is the one asked for or right below it; without one, a county."""
    if not asked:
        return tier_of(code) is Tier.COUNTY
    return code == asked or tier_of(code) == tier_of(asked) - 1


def _print_agreement(
    rows: Sequence[tuple[Group, Tally]], limits: Limits, divisions: Divisions
) -> None:
    grid = table("unit", "version", "assessments", "agreed", "upward", "downward", "flags")
    for group, tally in rows:
        flags = tally.flags(limits)
        grid.add_row(
            f"{divisions.name(group.unit)} {group.unit}",
            _version(PackVersion(group.pack_id, group.pack_version)),
            str(tally.assessments),
            *(_share(part, tally) for part in (tally.agreed, tally.upward, tally.downward)),
            "; ".join(say(f"agreement.{flag.value}") for flag in flags),
            style="yellow" if flags else "",
        )
    _console.print(grid)
    _console.print(
        say(
            "agreement.reading",
            share=f"{limits.near_total_share:.0%}",
            number=limits.near_total_from,
            shown=limits.shown_from,
        )
    )


def _share(part: int, tally: Tally) -> str:
    return f"{part} ({part / tally.assessments:.1%})"


def _agreement_facts(group: Group, tally: Tally, limits: Limits) -> dict[str, Any]:
    flags = tally.flags(limits)
    return {
        **group._asdict(),
        "assessments": tally.assessments,
        "agreed": tally.agreed,
        "upward": tally.upward,
        "downward": tally.downward,
        **{flag.value: flag in flags for flag in Flag},
    }


def _review_facts(review: reviews_pb2.ReviewOpened) -> dict[str, Any]:
    event = review.event
    return {
        "review_id": review.review_id,
        "event_id": event.event_id,
        "jurisdiction_code": event.jurisdiction_code,
        "kind": event.kind,
        "occurred_at_ms": event.occurred_at_ms,
        "level": Level(event.level).name.lower(),
        "lowest_level": Level(event.lowest_level).name.lower(),
        "reason": ReviewReason(event.reason).name.lower(),
        "pack_id": event.pack_id,
        "pack_version": event.pack_version,
        "decision_ids": list(review.decision_ids),
    }


def _miss_facts(pack: PackVersion, one: Misses) -> dict[str, Any]:
    return {
        "pack_id": pack.pack_id,
        "pack_version": pack.version,
        "missed": one.missed,
        "serious": one.serious,
        **{reason.name.lower(): count for reason, count in one.by_reason.items()},
        "homes": {level.name.lower(): count for level, count in one.homes.items() if level},
    }


def _version(pack: PackVersion) -> str:
    return f"{pack.pack_id} {pack.version}" if pack.pack_id else say("level.none")


def table(*columns: str) -> Table:
    """A table with named columns whose cells wrap."""
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for name in columns:
        grid.add_column(say(f"column.{name}"), overflow="fold")
    return grid


def print_json(facts: Sequence[dict[str, Any]]) -> None:
    """Facts for machines."""
    typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
