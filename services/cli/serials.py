"""Proves over the whole ledger that official numbers run 1 … n in each register, and that cases carry the same ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sanse.escalation.v1 import cases_pb2 as pb
from services.escalation.adapters.ledger_fold import CaseChain
from services.escalation.adapters.serial_codec import verify_entries
from services.escalation.adapters.serial_fold import RegisterFold
from services.escalation.domain.ledger import ChainVerdict


class Fault(StrEnum):
    """What is wrong with a number."""

    BROKEN_REGISTER = "broken_register"
    STRANGE_ENTRY = "strange_entry"
    NUMBER_TWICE = "number_twice"
    NOTICE_TWICE = "notice_twice"
    NOT_IN_REGISTER = "not_in_register"
    OTHER_NUMBER = "other_number"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault, and the register, number or notice it is about."""

    fault: Fault
    what: str


@dataclass(frozen=True, slots=True)
class RegisterState:
    """A register: how many numbers it allotted, how many are on their way to their case, how many lead to no notice."""

    register_id: str
    allotted: int
    on_their_way: int
    void: int


@dataclass(frozen=True, slots=True)
class SerialReport:
    """All registers, the notices that wait for a number, and what is wrong."""

    registers: tuple[RegisterState, ...]
    waiting: int
    findings: tuple[Finding, ...]


def check_serials(batches: Iterable[pb.CaseEventBatch]) -> SerialReport:
    """Read the whole ledger, in the order of its partitions, and compare registers and cases."""
    fold, chains = RegisterFold(), dict[str, CaseChain]()
    for count, batch in enumerate(batches, 1):
        fold.take(batch)
        for event in batch.events:
            chains.setdefault(event.case_id, CaseChain()).take(event, count)
    in_cases = dict(_notices(chains.values()))
    waiting = sum(one.awaits_number for one in in_cases.values())
    return SerialReport(
        tuple(_state(name, fold.entries[name], in_cases) for name in sorted(fold.entries)),
        waiting,
        tuple([*_of_registers(fold), *_of_cases(fold, in_cases)]),
    )


def _notices(chains: Iterable[CaseChain]) -> Iterator[tuple[str, pb.NoticeIssued]]:
    """Every notice as its case last stood."""
    for chain in chains:
        case = chain.counts().case()
        for notice in case.notices if case else ():
            yield notice.notice_id, notice


def _state(
    register_id: str, entries: list[pb.SerialEntry], in_cases: Mapping[str, pb.NoticeIssued]
) -> RegisterState:
    known = [in_cases.get(entry.notice_id) for entry in entries]
    return RegisterState(
        register_id,
        len(entries),
        sum(one is not None and one.awaits_number for one in known),
        sum(one is None for one in known),
    )


def _of_registers(fold: RegisterFold) -> Iterator[Finding]:
    for entry in fold.strange:
        yield Finding(Fault.STRANGE_ENTRY, f"{entry.register_id} {entry.number}")
    for register_id, entries in fold.entries.items():
        if verify_entries(entries) is not ChainVerdict.WHOLE:
            yield Finding(Fault.BROKEN_REGISTER, register_id)
    every = [entry for entries in fold.entries.values() for entry in entries]
    for number, times in Counter(entry.official_no for entry in every).items():
        if times > 1:
            yield Finding(Fault.NUMBER_TWICE, number)
    for notice_id, times in Counter(entry.notice_id for entry in every).items():
        if times > 1:
            yield Finding(Fault.NOTICE_TWICE, notice_id)


def _of_cases(fold: RegisterFold, in_cases: Mapping[str, pb.NoticeIssued]) -> Iterator[Finding]:
    numbers = {
        entry.notice_id: entry.official_no for entries in fold.entries.values() for entry in entries
    }
    for notice_id, notice in in_cases.items():
        if not notice.official_no:
            continue
        if notice_id not in numbers:
            yield Finding(Fault.NOT_IN_REGISTER, notice.official_no)
        elif numbers[notice_id] != notice.official_no:
            yield Finding(Fault.OTHER_NUMBER, notice.official_no)
