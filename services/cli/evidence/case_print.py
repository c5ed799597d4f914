"""The case file on paper: the same content as the signed JSON, whose hash it bears."""

from __future__ import annotations

from collections.abc import Sequence

from services.cli.evidence.case_file import CaseFile, Decision
from services.cli.evidence.codes import ms_of
from services.cli.evidence.derive import official_no_of
from services.cli.evidence.fonts import Fonts
from services.cli.evidence.paper import SMALL, TITLE, Paper
from services.cli.evidence.print_words import event, moment, say, text, word
from services.common.clock import to_local

_HEADING = 13.0


def print_case(file: CaseFile, digest: str, fonts: Fonts) -> bytes:
    """The case file as a PDF; `digest` is the SHA-256 of the signed JSON, in hex. The same input, the same bytes."""
    title = f"{say('file')} {file.case.case_no}"
    paper = Paper(fonts, title, to_local(ms_of(file.exported_at)), dense=True)
    paper.line_of(title, TITLE, family="title", align="C")
    exported = say("file.exported", at=moment(file.exported_at), by=file.exported_by)
    paper.line_of(exported, SMALL, align="C")
    paper.line_of(say("file.digest", digest=digest), 8.5, align="C")
    _case(paper, file)
    _ledger(paper, file)
    _decisions(paper, file)
    _owed(paper, file)
    _telling(paper, file)
    _acts(paper, file)
    return paper.done()


def _section(
    paper: Paper,
    key: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
) -> None:
    """A heading and its table; "none" says that nothing was left out by mistake."""
    if paper.will_page_break(25):
        paper.add_page()
    paper.line_of(say(key, n=len(rows)), _HEADING, family="title")
    if rows:
        paper.grid([say(f"c.{name}") for name in columns], rows, widths)
    else:
        paper.line_of(say("none"), SMALL)


def _case(paper: Paper, file: CaseFile) -> None:
    case = file.case
    paper.line_of(say("file.case"), _HEADING, family="title")
    pairs = [
        ("case_id", case.case_id),
        ("case_no", case.case_no),
        ("subject", case.subject),
        ("jurisdiction", case.jurisdiction),
        ("level", word(case.level)),
        ("status", word(case.status)),
        ("owner", case.owner),
        ("policy", f"{text(case.policy_title)} {case.policy}"),
        ("opened", moment(case.opened_at)),
        ("resolved", moment(case.resolved_at)),
    ]
    rows = [
        [say(f"c.{left}"), a, say(f"c.{right}"), b]
        for (left, a), (right, b) in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    paper.grid([], rows, [15, 35, 18, 32])
    paper.grid([], [[say("c.head"), case.ledger_head]], [15, 85])


def _ledger(paper: Paper, file: CaseFile) -> None:
    rows = [
        [
            str(one.sequence),
            moment(one.at),
            event(one.type),
            word(one.actor),
            " ".join(filter(None, (word(one.reason), one.serial_no, one.duty))),
            word(one.level),
            one.recipient,
            one.hash[:16],
        ]
        for one in file.ledger
    ]
    columns = ("no", "time", "event", "actor", "reason", "level", "recipient", "hash")
    _section(paper, "file.ledger", columns, rows, [5, 15, 12, 11, 22, 6, 12, 17])


def _decisions(paper: Paper, file: CaseFile) -> None:
    paper.line_of(say("file.decisions"), _HEADING, family="title")
    if not file.decisions:
        paper.line_of(say("none"), SMALL)
    for one in file.decisions:
        _decision(paper, one)


def _decision(paper: Paper, one: Decision) -> None:
    head = {"yellow": one.yellow_at, "red": one.red_at, "points": one.points, "pack": one.pack}
    level, reason = word(one.level or "unknown"), word(one.reason)
    paper.line_of(
        say("decision", at=moment(one.decided_at), level=level, reason=reason, **head), SMALL
    )
    names = {hit.indicator: text(hit.text) or hit.indicator for hit in one.contributions}
    notes = say("decision.unknown", n=one.unknown_count) if one.unknown_count else ""
    for other in one.would_change:
        what = names.get(other.indicator, other.indicator)
        answer, would_be = word(other.answer), word(other.level)
        notes += say("decision.change", what=what, answer=answer, level=would_be)
    if notes:
        paper.line_of(notes, SMALL)
    rows = [
        [names[hit.indicator], word(hit.answer), f"{hit.points:+d}", hit.source]
        for hit in one.contributions
    ]
    if rows:
        columns = [say(f"c.{name}") for name in ("indicator", "answer", "points", "source")]
        paper.grid(columns, rows, [50, 10, 10, 30])


def _owed(paper: Paper, file: CaseFile) -> None:
    duties = [
        [
            text(one.text) or one.duty,
            moment(one.due),
            f"{moment(one.fulfilled_at)} {one.fulfilled_by}",
        ]
        for one in file.duties
    ]
    _section(paper, "file.duties", ("duty", "due", "fulfilled"), duties, [52, 20, 28])
    supervision = [
        [
            "\n".join(filter(None, (official_no_of(file, one.serial_no), one.serial_no))),
            one.recipient,
            moment(one.issued_at),
            moment(one.reply_due),
            " ".join(filter(None, (word(one.state), one.ended_by, one.ended_at[:10]))),
        ]
        for one in file.supervision
    ]
    columns = ("serial", "recipient", "time", "reply_due", "state")
    _section(paper, "file.supervision", columns, supervision, [28, 15, 17, 17, 23])


def _telling(paper: Paper, file: CaseFile) -> None:
    notices = [
        [
            moment(one.created_at),
            " ".join(filter(None, (word(one.kind), one.serial_no))),
            one.recipient,
            f"{word(one.act)} {moment(one.act_due)}",
            f"{word(one.rule)} ({one.entry})",
        ]
        for one in file.notices
    ]
    columns = ("time", "kind", "recipient", "due", "rule")
    _section(paper, "file.notices", columns, notices, [17, 28, 15, 20, 20])
    deliveries = [
        [
            moment(one.at),
            one.recipient,
            one.channel,
            str(one.attempt),
            " ".join(filter(None, (word(one.status), word(one.reason)))),
            one.gateway_code,
        ]
        for one in file.deliveries
    ]
    columns_told = ("time", "recipient", "channel", "attempt", "result", "code")
    _section(paper, "file.deliveries", columns_told, deliveries, [18, 18, 16, 6, 24, 18])


def _acts(paper: Paper, file: CaseFile) -> None:
    commands = [
        [
            moment(one.at),
            word(one.act),
            word(one.actor),
            word(one.via),
            ", ".join(map(str, one.entries)) or "—",
        ]
        for one in file.commands
    ]
    columns = ("time", "act", "actor", "via", "entries")
    _section(paper, "file.commands", columns, commands, [20, 25, 20, 18, 17])
    visits = [[str(one.entry), moment(one.at), one.actor] for one in file.visits]
    _section(paper, "file.visits", ("no", "time", "actor"), visits, [15, 45, 40])
    documents = [[one.sha256, one.name, one.media_type] for one in file.documents]
    _section(paper, "file.documents", ("hash", "name", "type"), documents, [50, 30, 20])
    missing = file.missing
    rows = [[one] for one in (*missing.decisions, *missing.commands, *missing.notices)]
    _section(paper, "file.missing", ("serial",), rows, [100])
