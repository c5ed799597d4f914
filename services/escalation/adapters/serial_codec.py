"""Registers of official numbers as protobuf, and their chain."""

from __future__ import annotations

from collections.abc import Iterable

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.ids import derived_id
from services.escalation.domain.ledger import ChainVerdict, Link, chain_hash, verify_chain
from services.escalation.domain.messages import CLOCK
from services.escalation.domain.serials import Allotted, NumberRequest, Register

REGISTER = "register"


def register_key(register_id: str) -> str:
    """State key of how far a register has come."""
    return f"r:{register_id}"


def number_key(notice_id: str) -> str:
    """State key of the number a notice was allotted."""
    return f"n:{notice_id}"


def request_to(request: NumberRequest) -> pb.Command:
    """What the clock writes into the lane of the register for a notice that waits for its number."""
    return pb.Command(
        command_id=request.request_id,
        case_id=request.case_id,
        subject_id=request.register_id,
        actor_id=CLOCK,
        at_ms=request.at_ms,
        via=CLOCK,
        allot_number=pb.AllotNumber(
            register_id=request.register_id,
            notice_id=request.notice_id,
            subject_id=request.subject_id,
        ),
    )


def request_from(command: pb.Command) -> NumberRequest:
    """The request in a command."""
    asked = command.allot_number
    return NumberRequest(
        request_id=command.command_id,
        register_id=asked.register_id,
        notice_id=asked.notice_id,
        case_id=command.case_id,
        subject_id=asked.subject_id,
        at_ms=command.at_ms,
    )


def answer_to(request: NumberRequest, official_no: str) -> pb.Command:
    """What the register writes into the lane of the case; asked again, it answers with the same id."""
    return pb.Command(
        command_id=derived_id(request.notice_id, "numbered"),
        case_id=request.case_id,
        subject_id=request.subject_id,
        actor_id=REGISTER,
        at_ms=request.at_ms,
        via=REGISTER,
        number_allotted=pb.NumberAllotted(notice_id=request.notice_id, official_no=official_no),
    )


def entry_to(entry: Allotted) -> pb.SerialEntry:
    """An entry of a register, sealed."""
    sealed = pb.SerialEntry(
        register_id=entry.register_id,
        number=entry.number,
        official_no=entry.official_no,
        notice_id=entry.notice_id,
        case_id=entry.case_id,
        at_ms=entry.at_ms,
        cause_id=entry.cause_id,
        prev_hash=entry.prev_hash,
    )
    sealed.hash = chain_hash(entry.prev_hash, body_of(sealed))
    return sealed


def body_of(entry: pb.SerialEntry) -> bytes:
    """The bytes over which an entry's hash is made: the entry without it."""
    body = pb.SerialEntry()
    body.CopyFrom(entry)
    body.ClearField("hash")
    return body.SerializeToString(deterministic=True)


def register_from(value: bytes) -> Register:
    """A register from its stored bytes."""
    stored = pb.SerialRegister.FromString(value)
    return Register(stored.register_id, stored.count, stored.head)


def register_to(register: Register) -> bytes:
    """A register as bytes to store."""
    return pb.SerialRegister(
        register_id=register.register_id, count=register.count, head=register.head
    ).SerializeToString()


def verify_entries(entries: Iterable[pb.SerialEntry]) -> ChainVerdict:
    """Recompute the chain of one register, oldest entry first: whole means 1, 2, 3 … and nothing changed."""
    return verify_chain(
        Link(entry.register_id, entry.number, entry.prev_hash, entry.hash, body_of(entry))
        for entry in entries
    )
