"""The printable supervision notice (督办通知单): red head, number, addressee, body, issuer, date, reply slip."""

from __future__ import annotations

from dataclasses import dataclass

from services.cli.evidence.case_file import CaseFile, Notice, Supervision
from services.cli.evidence.codes import ms_of
from services.cli.evidence.derive import official_no_of
from services.cli.evidence.fonts import Fonts
from services.cli.evidence.paper import BODY, RED, SMALL, TITLE, Paper
from services.cli.evidence.print_words import day, day_time, moment, say, text, word
from services.common.clock import to_local

# The overdue entry says in which way somebody was late; without one the notice's own rule must do.
_LATE = "overdue"
_SLIP_MM = 72


class NoticeUnknown(LookupError):
    """The case has no notice of this number."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Names of units and posts, never of persons: who issues, and to whom."""

    issuer: str
    unit: str
    post: str


def centre(unit: str) -> str:
    """The name of a unit's social-governance centre."""
    return say("centre", unit=unit)


def supervision_of(file: CaseFile, serial_no: str) -> Supervision:
    """The notice of this number; NoticeUnknown names the numbers there are."""
    for one in file.supervision:
        if serial_no and serial_no in (one.serial_no, official_no_of(file, one.serial_no)):
            return one
    raise NoticeUnknown(", ".join(one.serial_no for one in file.supervision) or say("none"))


def print_notice(file: CaseFile, issued: Supervision, parties: Parties, fonts: Fonts) -> bytes:
    """The notice as a PDF. The same file and fonts give the same bytes: it is dated by its own issue."""
    title = say(f"notice.{issued.colour}")
    number = official_no_of(file, issued.serial_no) or issued.serial_no
    paper = Paper(fonts, f"{title} {number}", to_local(ms_of(issued.issued_at)))
    _head(paper, title, number, parties)
    _body(paper, file, issued)
    _close(paper, issued, parties)
    _slip(paper, issued, number)
    _told(paper, file, issued)
    return paper.done()


def _head(paper: Paper, title: str, number: str, parties: Parties) -> None:
    paper.set_text_color(*RED)
    paper.line_of(parties.issuer, 26, family="title", align="C")
    paper.rule(RED, 0.9)
    paper.set_text_color(0)
    paper.line_of(say("notice.number", serial=number), 12, align="R")
    paper.ln(3)
    paper.line_of(title, TITLE, family="title", align="C")
    paper.ln(4)
    paper.line_of(say("notice.to", unit=parties.unit, post=parties.post))


def _body(paper: Paper, file: CaseFile, issued: Supervision) -> None:
    case, entry = file.case, file.ledger[issued.entry - 1]
    late = [one.reason for one in file.ledger[: issued.entry] if one.type == _LATE]
    paper.indented(
        say(
            "notice.what",
            case_no=case.case_no,
            level=word(entry.level),
            overdue=word(late[-1] if late else entry.reason),
            colour=word(issued.colour),
        )
    )
    told = next(
        (
            one
            for one in file.notices
            if one.kind == "supervision" and one.serial_no == issued.serial_no
        ),
        None,
    )
    paper.indented(_act(told))
    basis = {"title": text(case.policy_title) or case.policy, "version": case.policy}
    paper.indented(say("notice.basis", duty=text(case.policy_duty), **basis))
    due = issued.reply_due
    paper.indented(say("notice.reply", due=day_time(due)) if due else say("notice.no_reply"))
    _end(paper, issued)


def _end(paper: Paper, issued: Supervision) -> None:
    """What has become of the notice: a print made afterwards cannot be used as if it still stood."""
    if issued.state == "withdrawn":
        why = word(issued.ended_reason)
        paper.indented(say("notice.withdrawn", at=day_time(issued.ended_at), why=why))
    elif issued.ended_at:
        how = word(issued.state)
        paper.indented(
            say("notice.answered", at=day_time(issued.ended_at), by=issued.ended_by, how=how)
        )
    elif issued.state == "unanswered":
        paper.indented(say("notice.unanswered"))


def _act(told: Notice | None) -> str:
    act = word(told.act) if told else word("resolve")
    if told is None or not told.act_due:
        return say("notice.act_now", act=act)
    return say("notice.act", act=act, due=day_time(told.act_due))


def _close(paper: Paper, issued: Supervision, parties: Parties) -> None:
    paper.ln(6)
    paper.line_of(parties.issuer, BODY, align="R")
    paper.line_of(f"{day(issued.issued_at)}　　{say('notice.seal')}", BODY, align="R")


def _slip(paper: Paper, issued: Supervision, number: str) -> None:
    """The slip to cut off; on a page of its own when the rest of the page is too short for it."""
    if paper.will_page_break(_SLIP_MM):
        paper.add_page()
    paper.ln(8)
    paper.rule(dashed=True)
    paper.line_of(say("slip"), BODY, family="title", align="C")
    due = moment(issued.reply_due)
    rows = [
        [say("slip.number"), number, say("slip.due"), due],
        [say("slip.received"), "", say("slip.date"), ""],
    ]
    paper.grid([], rows, [18, 36, 16, 30], 10.5)
    paper.grid([], [[say("slip.done"), "\n\n"], [say("slip.signed"), "\n"]], [18, 82], 10.5)


def _told(paper: Paper, file: CaseFile, issued: Supervision) -> None:
    """Every attempt to tell somebody of this notice, under the number it has in the ledger."""
    notices = {one.notice for one in file.notices if one.serial_no == issued.serial_no}
    rows = [
        [
            moment(one.at),
            one.recipient,
            one.channel,
            word(one.status),
            word(one.reason),
            one.gateway_code,
        ]
        for one in file.deliveries
        if one.notice in notices
    ]
    if not rows:
        return
    paper.add_page()
    paper.line_of(say("told"), BODY, family="title")
    paper.line_of(say("notice.number", serial=issued.serial_no), SMALL)
    columns = ("time", "recipient", "channel", "result", "reason", "code")
    paper.grid([say(f"c.{name}") for name in columns], rows, [22, 20, 16, 14, 14, 14])
