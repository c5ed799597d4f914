"""What the rounds commands show: tables, summaries and problems, in both languages."""

from __future__ import annotations

from fractions import Fraction

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.cli.rounds.register import Summary
from services.cli.rounds.report import Line, Report
from services.cli.texts import english, say
from services.common.clock import to_local
from services.common.terms import Language
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.rounds_codec import RoundsReader
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.round_counts import percent
from services.risk_scoring.domain.rounds import Round

FACTS = ("round", "title", "dates", "carries", "set_by", "basis")
_console = Console()


def tell_summary(summary: Summary, round_id: str) -> None:
    """What became of a register file, row by row where something was wrong."""
    language = Language.EN if english() else Language.ZH
    for one in summary.refused:
        for problem in one.problems:
            _console.print(
                f"[yellow]{one.number}[/] {escape(problem.message(language))}", highlight=False
            )
    values = {"entries": summary.entries, "refused": summary.refused_rows}
    if summary.known:
        at = f"{to_local(summary.registered_at_ms):%Y-%m-%d %H:%M}"
        _console.print(say("rounds.known", at=at, **values))
        return
    if summary.resumed_after:
        _console.print(say("rounds.resumed", rows=summary.resumed_after))
    _console.print(
        say(
            "rounds.registered",
            round=round_id,
            rows=summary.rows,
            retracted=summary.retracted,
            written=summary.written,
            **values,
        )
    )


def show_report(found: Report, as_of: str) -> None:
    """The report as a table, the total last, and how the rates are defined."""
    one = found.round
    title = one.title.en if english() else one.title.zh
    name = found.total.name
    when = as_of or say("rounds.now")
    _console.print(say("rounds.report", title=title, round=one.id, name=name, as_of=when))
    names = [
        "code",
        "unit",
        "target",
        "assessed",
        "refused",
        "away",
        "moved",
        "missing",
        "coverage",
    ]
    names += ["carried_coverage"] if one.carries else []
    names += [
        "cases_opened",
        "cases_resolved",
        "resolution",
        "assessed_unregistered",
        "other_cases",
    ]
    grid = table(*names)
    for line in found.all:
        style = "bold" if line is found.total else None
        grid.add_row(*_cells(line, bool(one.carries)), style=style)
    _console.print(grid)
    _console.print(say("rounds.definition"), style="dim")


def tell_caveats(reader: RoundsReader) -> None:
    """What the counts leave out."""
    if reader.fold.strangers:
        named = ", ".join(sorted(reader.fold.strangers)[:10])
        _console.print(say("rounds.strangers", rounds=named), style="yellow", markup=False)
    if reader.unreadable:
        _console.print(say("rounds.unreadable", count=reader.unreadable), style="yellow")


def explain(wrong: PackError) -> None:
    """A problem of a round file: where, what, and what is allowed."""
    problem = wrong.problem.en if english() else wrong.problem.zh
    allowed = wrong.allowed.en if english() else wrong.allowed.zh
    where = f"{wrong.file}:{wrong.line}" if wrong.line else f"{wrong.file}"
    _console.print(
        f"[red]{escape(where)}[/] {escape(wrong.path)}: {escape(problem)}", highlight=False
    )
    _console.print(f"    {say('rounds.allowed')}: {escape(allowed)}", highlight=False)


def table(*columns: str) -> Table:
    """A table whose cells wrap on a narrow terminal; codes stay whole for copying."""
    found = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    words = {*FACTS, "unit", "code"}
    for name in columns:
        side = "left" if name in words else "right"
        whole = name in ("code", "round")
        found.add_column(say(f"column.{name}"), overflow="fold", no_wrap=whole, justify=side)  # type: ignore[arg-type]
    return found


def shown(share: Fraction | None) -> str:
    """A rate in percent; a dash when there is nothing to take a share of."""
    return f"{percent(share)} %" if share is not None else "–"


def facts(one: Round) -> list[str]:
    """What is written of a round, in the order of FACTS."""

    def pick(text: Text) -> str:
        return text.en if english() else text.zh

    dates = f"{one.starts_on} – {one.ends_on}"
    return [one.id, pick(one.title), dates, one.carries, pick(one.set_by), pick(one.basis)]


def _cells(line: Line, carried: bool) -> list[str]:
    counts = line.counts
    people = (counts.target, counts.assessed, counts.refused, counts.away, counts.moved)
    return [
        line.code,
        line.name,
        *(f"{number:,}" for number in (*people, counts.missing)),
        shown(counts.coverage.share),
        *([shown(line.before.coverage.share)] if carried else []),
        f"{counts.cases_opened:,}",
        f"{counts.cases_resolved:,}",
        shown(counts.resolution.share),
        f"{counts.assessed_unregistered:,}",
        f"{counts.other_cases_resolved:,}/{counts.other_cases_opened:,}",
    ]
