"""sanse case: look at cases and act on them."""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sanse.escalation.v1 import case_service_pb2, case_service_pb2_grpc, cases_pb2
from services.cli import words
from services.cli.context import Official, chosen, load_context, metadata
from services.cli.duty_texts import say as say_duty
from services.cli.texts import say
from services.common.clock import clock_from, to_local
from services.common.terms import Level
from services.escalation.domain.cases import EvidenceKind

app = typer.Typer(help="查看和办理案件 · look at cases and act on them", no_args_is_help=True)
_console = Console()


def _stub() -> case_service_pb2_grpc.CaseServiceStub:
    return case_service_pb2_grpc.CaseServiceStub(load_context().channel("escalation"))


@app.command("list")
def list_cases(official: Official, unit: str = "", limit: int = 50) -> None:
    """辖区内案件 · cases of a jurisdiction."""
    request = case_service_pb2.ListCasesRequest(jurisdiction_code=unit, page_size=limit)
    answer = _stub().ListCases(request, metadata=metadata(official))
    table = _table("case", "case_no", "level", "tier", "owner", "status", "next", "due")
    for case in answer.cases:
        table.add_row(*_row(case))
    _console.print(table)


def _table(*columns: str) -> Table:
    """A table whose cells wrap on a narrow terminal, so that nothing is cut off; ids stay whole for copying."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for name in columns:
        whole = name in ("case", "case_no")
        table.add_column(say(f"column.{name}"), overflow="fold", no_wrap=whole)
    return table


def _row(case: cases_pb2.Case) -> list[str]:
    due = f"{to_local(case.next_due_ms):%m-%d %H:%M}" if case.next_due_ms else ""
    level, tier = words.level(case.level), words.tier(case.tier)
    status, act = words.status(case.status), words.act(case.next_act)
    return [case.case_id, case.case_no, level, tier, case.owner_id, status, act, due]


@app.command()
def show(case_id: str, official: Official) -> None:
    """一个案件及其台账 · a case and its ledger."""
    stub = _stub()
    case = stub.GetCase(
        case_service_pb2.GetCaseRequest(case_id=case_id), metadata=metadata(official)
    ).case
    request = case_service_pb2.GetTimelineRequest(case_id=case_id)
    timeline = stub.GetTimeline(request, metadata=metadata(official))
    _console.print(" · ".join(_row(case)))
    for owed in case.legal_duties:
        done = f"{to_local(owed.fulfilled_at_ms):%m-%d %H:%M}" if owed.fulfilled_at_ms else "—"
        due = f"{to_local(owed.due_ms):%m-%d %H:%M}"
        _console.print(say("case.duty", duty=owed.duty_id, due=due, done=done))
    _show_closing(case)
    for line in promise_lines(case):
        _console.print(line)
    if case.lowering_from_ms:
        date = f"{to_local(case.lowering_from_ms):%Y-%m-%d %H:%M}"
        _console.print(say("case.lowering_from", date=date))
    table = _table("time", "event", "actor", "reason", "notice")
    for entry in timeline.events:
        time = f"{to_local(entry.at_ms):%Y-%m-%d %H:%M}"
        reason = words.reason(entry.reason)
        table.add_row(time, words.event(entry.type), entry.actor_id, reason, entry.serial_no)
    _console.print(table)
    _console.print(say("chain.whole") if timeline.chain_whole else f"[red]{say('chain.broken')}")


def _show_closing(case: cases_pb2.Case) -> None:
    for one in case.evidence:
        at, kind = f"{to_local(one.added_at_ms):%m-%d %H:%M}", words.evidence(one.kind)
        line = say(
            "case.evidence", kind=kind, who=one.added_by, at=at, sha256=one.sha256.hex() or "—"
        )
        _console.print(line, highlight=False)
    if case.HasField("closing"):
        who, how = case.closing.requested_by, case.closing.how
        _console.print(say("case.closing_waits", who=who, how=how), highlight=False)


def promise_lines(case: cases_pb2.Case) -> list[str]:
    """Who has read and acknowledged it, whom it is offered to, and the promise that was broken."""
    lines = [
        say_duty("case.read", who=one.official_id, time=_minute(one.at_ms))
        for one in case.reads
        if case.status == cases_pb2.CASE_STATUS_OPENED
    ]
    lines += [
        say_duty(
            "case.acknowledged_by", who=one.official_id, duty=one.duty, time=_minute(one.at_ms)
        )
        for one in case.acknowledgements
    ]
    if case.HasField("offer"):
        due = _minute(case.offer.accept_due_ms)
        lines.append(say_duty("case.offered", who=case.offer.to_official_id, due=due))
    if case.broken_due_ms:
        act, due = words.act(case.broken_act), _minute(case.broken_due_ms)
        lines.append(say_duty("case.broken", act=act, due=due))
    return lines


def _minute(at_ms: int) -> str:
    return f"{to_local(at_ms):%m-%d %H:%M}"


def _send(case_id: str, official: str, command: cases_pb2.Command) -> None:
    clock_file = load_context().env.get("SANSE_CLOCK_FILE", "")
    command.command_id = str(uuid.uuid4())
    command.case_id = case_id
    command.actor_id = official
    command.via = "grpc"
    command.at_ms = clock_from(Path(clock_file) if clock_file else None).now_ms()
    request = case_service_pb2.SendCommandRequest(command=command)
    answer = _stub().SendCommand(request, metadata=metadata(official))
    _console.print(say("command.sent", command_id=answer.command_id))


@app.command()
def acknowledge(case_id: str, official: Official) -> None:
    """签收 · acknowledge."""
    _send(case_id, official, cases_pb2.Command(acknowledge=cases_pb2.Acknowledge()))


@app.command()
def visit(case_id: str, official: Official) -> None:
    """登记走访 · record a visit."""
    _send(case_id, official, cases_pb2.Command(record_visit=cases_pb2.RecordVisit()))


@app.command()
def fulfil(case_id: str, duty: str, official: Official) -> None:
    """登记已履行的法定义务 · record that a duty of the law is fulfilled."""
    act = cases_pb2.FulfilDuty(duty_id=duty)
    _send(case_id, official, cases_pb2.Command(fulfil_duty=act))


@app.command()
def resolve(case_id: str, official: Official, how: str = "mediated") -> None:
    """办结 · resolve: mediated, referred, reconciled, separated, other; of an obligation, an outcome of its kind."""
    _send(case_id, official, cases_pb2.Command(resolve=cases_pb2.Resolve(how=how)))


@app.command("add-evidence")
def add_evidence(
    case_id: str,
    kind: Annotated[str, typer.Argument(help="written_reply, document, review")],
    official: Official,
    file: Annotated[Path | None, typer.Option(help="只取其哈希 · only its hash is kept")] = None,
    sha256: str = "",
) -> None:
    """登记办结证据的哈希 · hand in evidence of an obligation, by its hash."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if file else sha256
    if not re.fullmatch("[0-9a-fA-F]{64}", digest):
        raise typer.BadParameter(say("case.evidence_hash"))
    found = chosen(EvidenceKind, "kind", kind).value
    act = cases_pb2.AddEvidence(kind=found, sha256=bytes.fromhex(digest))  # type: ignore[arg-type]
    _send(case_id, official, cases_pb2.Command(add_evidence=act))


@app.command("approve-closing")
def approve_closing(case_id: str, official: Official) -> None:
    """批准办结 · agree to a closing as the second person."""
    _send(case_id, official, cases_pb2.Command(approve_closing=cases_pb2.ApproveClosing()))


@app.command("return-closing")
def return_closing(case_id: str, official: Official, reason: str = "") -> None:
    """退回办结申请 · do not agree to a closing: it goes back to its owner."""
    act = cases_pb2.ReturnClosing(reason=reason)
    _send(case_id, official, cases_pb2.Command(return_closing=act))


@app.command()
def reassign(case_id: str, to: str, official: Official, reason: str = "") -> None:
    """移交给另一责任人 · hand over to another official."""
    act = cases_pb2.Reassign(to_official_id=to, reason=reason)
    _send(case_id, official, cases_pb2.Command(reassign=act))


@app.command()
def accept(case_id: str, official: Official) -> None:
    """接办移交给本人的案件 · accept a case that is offered to you."""
    act = cases_pb2.AcceptReassignment()
    _send(case_id, official, cases_pb2.Command(accept_reassignment=act))


@app.command()
def decline(case_id: str, official: Official, reason: str = "") -> None:
    """不接办移交给本人的案件 · decline a case that is offered to you."""
    act = cases_pb2.DeclineReassignment(reason=reason)
    _send(case_id, official, cases_pb2.Command(decline_reassignment=act))


@app.command("raise")
def raise_level(case_id: str, level: str, official: Official, reason: str = "") -> None:
    """提高等级 · raise the level: yellow or red."""
    act = cases_pb2.RaiseLevel(level=chosen(Level, "level", level).value, reason=reason)  # type: ignore[arg-type]
    _send(case_id, official, cases_pb2.Command(raise_level=act))


@app.command("request-lowering")
def request_lowering(
    case_id: str, level: str, assessment: str, official: Official, reason: str = ""
) -> None:
    """申请降级 · ask to lower the level after a fresh assessment."""
    act = cases_pb2.RequestLowering(
        to_level=chosen(Level, "level", level).value,  # type: ignore[arg-type]
        assessment_decision_id=assessment,
        reason=reason,
    )
    _send(case_id, official, cases_pb2.Command(request_lowering=act))


@app.command("approve-lowering")
def approve_lowering(case_id: str, official: Official) -> None:
    """批准降级 · approve a lowering as the second person."""
    _send(case_id, official, cases_pb2.Command(approve_lowering=cases_pb2.ApproveLowering()))


@app.command("ask-support")
def ask_support(case_id: str, official: Official) -> None:
    """请求上级支援 · ask the tier above for support."""
    _send(case_id, official, cases_pb2.Command(ask_support=cases_pb2.AskSupport()))


@app.command()
def reply(case_id: str, serial: str, official: Official) -> None:
    """回执督办单 · answer a supervision notice."""
    act = cases_pb2.ReplyNotice(serial_no=serial)
    _send(case_id, official, cases_pb2.Command(reply_notice=act))


@app.command()
def withdraw(case_id: str, serial: str, reason: str, official: Official) -> None:
    """撤销督办单 · take a notice back: issued_in_error, act_was_done, wrong_recipient, force_majeure or other."""
    act = cases_pb2.WithdrawNotice(serial_no=serial, reason=reason)
    _send(case_id, official, cases_pb2.Command(withdraw_notice=act))
