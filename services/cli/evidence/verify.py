"""Checks a case file offline: needs the file and the public key, and no service, broker or database."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.message import DecodeError

from sanse.escalation.v1 import cases_pb2 as pb
from services.cli.evidence.build import missing_of
from services.cli.evidence.case_file import CaseFile, Entry
from services.cli.evidence.codes import ms_of
from services.cli.evidence.derive import (
    Happened,
    duties_in,
    entry_of,
    owner_of,
    place,
    status_of,
    supervision_in,
    visits_in,
)
from services.cli.evidence.seal import ShapeWrong, is_signed_by, read
from services.common.ids import readable_code
from services.escalation.domain.cases import case_id_for
from services.escalation.domain.ledger import ChainVerdict, Link, verify_chain
from services.escalation.domain.messages import MACHINE


class Check(StrEnum):
    """What is looked at, in this order."""

    FORM = "form"
    SIGNATURE = "signature"
    CHAIN = "chain"
    ENTRIES = "entries"
    CASE = "case"
    DECISIONS = "decisions"
    DUTIES = "duties"
    SUPERVISION = "supervision"
    NOTICES = "notices"
    DELIVERIES = "deliveries"
    COMMANDS = "commands"
    VISITS = "visits"


class Fault(StrEnum):
    """What does not hold."""

    NOT_THE_ONE_FORM = "not_the_one_form"
    NO_KEY = "no_key"
    WRONG_SIGNATURE = "wrong_signature"
    BROKEN_CHAIN = "broken_chain"
    UNREADABLE_ENTRY = "unreadable_entry"
    ENTRY_DIFFERS = "entry_differs"
    CASE_DIFFERS = "case_differs"
    NOT_REFERENCED = "not_referenced"
    NOT_DECLARED_MISSING = "not_declared_missing"
    NOT_AS_IN_LEDGER = "not_as_in_ledger"
    NO_ENTRY = "no_entry"
    NO_NOTICE = "no_notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold, and where."""

    fault: Fault
    where: str


@dataclass(frozen=True, slots=True)
class Result:
    """One check and what it found; nothing found means that it holds."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether all is well."""
        return not self.findings


Events = Sequence[pb.CaseEvent]


def verify(content: bytes, key: Ed25519PublicKey | None) -> tuple[Result, ...]:
    """Every check, in order. A file in another form, or a ledger that cannot be read, ends the checks there."""
    try:
        signed = read(content)
    except ShapeWrong as wrong:
        return (Result(Check.FORM, (Finding(Fault.NOT_THE_ONE_FORM, str(wrong)[:200]),)),)
    results = [Result(Check.FORM, ())]
    if key is None:
        results.append(Result(Check.SIGNATURE, (Finding(Fault.NO_KEY, signed.key_id),)))
    else:
        wrong_key = () if is_signed_by(signed, key) else (signed.key_id,)
        results.append(_result(Check.SIGNATURE, Fault.WRONG_SIGNATURE, wrong_key))
    return (*results, *_verify_content(signed.case_file))


def _verify_content(file: CaseFile) -> Iterator[Result]:
    yield _result(Check.CHAIN, Fault.BROKEN_CHAIN, _broken(file))
    try:
        events = [pb.CaseEvent.FromString(_raw(entry)) for entry in file.ledger]
        ms_of(file.exported_at)
        # Times out of range show here, before anything is derived from them.
        rebuilt = [_rebuilt(e, one) for e, one in zip(events, file.ledger, strict=True)]
    except (DecodeError, ValueError, OverflowError, OSError) as wrong:
        yield Result(Check.ENTRIES, (Finding(Fault.UNREADABLE_ENTRY, type(wrong).__name__),))
        return
    differing = [
        str(one.sequence) for one, again in zip(file.ledger, rebuilt, strict=True) if one != again
    ]
    yield _result(Check.ENTRIES, Fault.ENTRY_DIFFERS, differing)
    for check, run in _CHECKS.items():
        yield Result(check, tuple(run(file, events)))


def _result(check: Check, fault: Fault, where: Sequence[str]) -> Result:
    return Result(check, tuple(Finding(fault, one) for one in where))


def _raw(entry: Entry) -> bytes:
    return b64decode(entry.raw, validate=True)


def _rebuilt(event: pb.CaseEvent, entry: Entry) -> Entry:
    """The entry as its bytes alone give it; the hashes are the chain's affair."""
    return entry_of(event, event.prev_hash, bytes.fromhex(entry.hash), _raw(entry))


def _broken(file: CaseFile) -> tuple[str, ...]:
    try:
        links = [
            Link(
                pb.CaseEvent.FromString(_raw(entry)).case_id,
                entry.sequence,
                bytes.fromhex(entry.prev_hash),
                bytes.fromhex(entry.hash),
                _raw(entry),
            )
            for entry in file.ledger
        ]
    except (DecodeError, ValueError):
        return (ChainVerdict.CHANGED_ENTRY.value,)
    verdict = verify_chain(links)
    return () if verdict is ChainVerdict.WHOLE else (verdict.value,)


def _case(file: CaseFile, events: Events) -> Iterator[Finding]:
    """Head, length and all that the ledger says of the case: its number, owner, level, status, times."""
    if not events:
        return
    case, first, last = file.case, file.ledger[0], file.ledger[-1]
    happened = [Happened(one.type, one.recipient, one.reason) for one in file.ledger]
    ended = [one.at for one in file.ledger if one.type == "resolved"]
    expected = {
        "ledger_length": (case.ledger_length, len(file.ledger)),
        "ledger_head": (case.ledger_head, last.hash),
        "case_id": (case.case_id, events[0].case_id),
        "subject": (
            case.case_id,
            case_id_for(case.lane, case.subject, case.pack, first.cause),
        ),
        "case_no": (case.case_no.partition("-")[2], readable_code(case.case_id, 6)),
        "level": (case.level, last.level),
        "tier": (case.tier, last.tier),
        "owner": (case.owner, owner_of(happened)),
        "status": (case.status, status_of(happened)),
        "opened_at": (case.opened_at, first.at),
        "resolved_at": (case.resolved_at, ended[-1] if ended else ""),
    }
    for name, (said, follows) in expected.items():
        if said != follows:
            yield Finding(Fault.CASE_DIFFERS, name)


def _decisions(file: CaseFile, events: Events) -> Iterator[Finding]:
    """Each decision caused an entry; each cause is in the file or declared missing."""
    causes = {event.cause_id for event in events if event.actor_id == MACHINE}
    for one in file.decisions:
        if one.decision not in causes:
            yield Finding(Fault.NOT_REFERENCED, one.decision)
    missing = missing_of(events, file.decisions, file.commands, file.notices)
    if file.missing != missing:
        yield Finding(Fault.NOT_DECLARED_MISSING, "missing")


def _duties(file: CaseFile, events: Events) -> Iterator[Finding]:
    texts = {one.duty: one.text for one in file.duties}
    decisions = {one.decision: one for one in file.decisions}
    if file.duties != duties_in(events, decisions, texts):
        yield Finding(Fault.NOT_AS_IN_LEDGER, "duties")


def _supervision(file: CaseFile, events: Events) -> Iterator[Finding]:
    if file.supervision != supervision_in(events, ms_of(file.exported_at)):
        yield Finding(Fault.NOT_AS_IN_LEDGER, "supervision")


def _notices(file: CaseFile, events: Events) -> Iterator[Finding]:
    """A notice's id follows from an entry; a supervision notice says what its entry says."""
    issued = {one.serial_no: one for one in file.ledger if one.type == "notice_issued"}
    for one in file.notices:
        if not one.entry or one != place(one, events, file.case.case_id):
            yield Finding(Fault.NO_ENTRY, one.notice)
        entry = issued.get(one.serial_no)
        # Copies, reminders and withdrawals carry the number too, and go to others.
        said = (one.colour, one.recipient) if one.kind == "supervision" else None
        if said and (entry is None or said != (entry.colour, entry.recipient)):
            yield Finding(Fault.NOT_AS_IN_LEDGER, one.notice)


def _deliveries(file: CaseFile, _: Events) -> Iterator[Finding]:
    """Each attempt is one to tell a notice of this file to its recipient."""
    told = {one.notice: one.recipient for one in file.notices}
    for one in file.deliveries:
        if told.get(one.notice) != one.recipient:
            yield Finding(Fault.NO_NOTICE, one.delivery)


def _commands(file: CaseFile, events: Events) -> Iterator[Finding]:
    """A command led to exactly the entries named, and they are its actor's."""
    for one in file.commands:
        caused = [event for event in events if event.cause_id == one.command]
        same = one.entries == tuple(event.sequence for event in caused)
        if not same or any(event.actor_id != one.actor for event in caused):
            yield Finding(Fault.NOT_AS_IN_LEDGER, one.command)


def _visits(file: CaseFile, events: Events) -> Iterator[Finding]:
    if file.visits != visits_in(events):
        yield Finding(Fault.NOT_AS_IN_LEDGER, "visits")


_CHECKS: dict[Check, Callable[[CaseFile, Events], Iterator[Finding]]] = {
    Check.CASE: _case,
    Check.DECISIONS: _decisions,
    Check.DUTIES: _duties,
    Check.SUPERVISION: _supervision,
    Check.NOTICES: _notices,
    Check.DELIVERIES: _deliveries,
    Check.COMMANDS: _commands,
    Check.VISITS: _visits,
}
