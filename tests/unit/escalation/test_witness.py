"""The witness reads every record: what it cannot read or what does not fit its entry is named, nothing ends it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FunctionType, ModuleType

import pytest
from google.protobuf.message import Message

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.common.terms import Level
from services.escalation.adapters.case_codec import case_to
from services.escalation.adapters.ledger import seal
from services.escalation.auditor.witness import Witness, first_due
from services.escalation.domain.audit import Fault, Finding
from services.escalation.domain.events import LedgerEntry
from tests.unit.escalation.desk import Desk

SUPERVISION = notify_pb2.Notice(
    notice_id="n", created_at_ms=1, kind=notify_pb2.NOTICE_KIND_SUPERVISION
)
NO_MESSAGE = b"\xff\xff\xff"
WHERE = "t.notices.v1/0@7"
READERS: dict[str, Callable[[Witness, bytes], None]] = {
    "ledger": lambda witness, value: witness.ledger(WHERE, value),
    "notices": lambda witness, value: witness.notices(WHERE, value, 0),
    "deliveries": lambda witness, value: witness.deliveries(WHERE, value),
}


def opened() -> pb.CaseEventBatch:
    """The ledger of a case just opened, as the engine writes it."""
    desk = Desk()
    desk.finds(Level.RED)
    return sealed(case_to(desk.case), b"", desk.entries)


def sealed(case: pb.Case, head: bytes, entries: Sequence[LedgerEntry]) -> pb.CaseEventBatch:
    """A record with entries that extend a case's chain, and the case after them."""
    events, head = seal(head, entries)
    events[-1].case_after.CopyFrom(case)
    events[-1].case_after.ledger_head = head
    return pb.CaseEventBatch(lane=case.lane, events=events)


@pytest.mark.parametrize(
    ("topic", "fault"),
    [
        ("ledger", Fault.LEDGER_BROKEN),
        ("notices", Fault.RECORD_UNREADABLE),
        ("deliveries", Fault.RECORD_UNREADABLE),
    ],
)
def test_a_record_that_is_no_message_is_named_by_where_it_lies(topic: str, fault: Fault) -> None:
    """What comes after an unreadable record is read."""
    witness = Witness()
    READERS[topic](witness, NO_MESSAGE)
    witness.ledger(WHERE, opened().SerializeToString())
    notices = notify_pb2.NoticeBatch(notices=[SUPERVISION])
    witness.notices(WHERE, notices.SerializeToString(), 0)
    assert [(one.fault, one.about) for one in witness.broken] == [(fault, WHERE)]
    assert len(witness) == 1 and "n" in witness.told


@pytest.mark.parametrize("field", ["case_id", "lane", "ledger_head"])
def test_a_snapshot_of_another_case_lane_or_entry_is_found(field: str) -> None:
    """No hash is made over the snapshot, so it is held against the entry it came with."""
    whole, changed = Witness(), Witness()
    batch = opened()
    whole.ledger(WHERE, batch.SerializeToString())
    after = batch.events[-1].case_after
    other = {"case_id": "001-other", "lane": after.lane ^ 1, "ledger_head": b"other"}
    setattr(after, field, other[field])
    changed.ledger(WHERE, batch.SerializeToString())
    entry = batch.events[-1]
    detail = f"wrong_case at entry {entry.sequence}"
    assert whole.broken == set()
    assert changed.broken == {Finding(Fault.LEDGER_BROKEN, entry.case_id, detail)}


@pytest.mark.parametrize(
    ("times", "first"),
    [
        ({}, 0),
        ({"ladder_due_ms": 9}, 9),
        ({"ladder_due_ms": 9, "remind_ms": 8}, 8),
        ({"ladder_due_ms": 9, "offer": pb.ReassignmentOffer(accept_due_ms=7)}, 7),
        ({"ladder_due_ms": 9, "notices": [pb.NoticeIssued(chase_due_ms=6), pb.NoticeIssued()]}, 6),
        ({"notices": [pb.NoticeIssued(chase_due_ms=6)]}, 6),
        ({"notices": [pb.NoticeIssued(issued_at_ms=5, awaits_number=True)]}, 5),
        ({"notices": [pb.NoticeIssued(issued_at_ms=5)]}, 0),
    ],
)
def test_whatever_the_clock_owes_first_is_watched(times: dict[str, object], first: int) -> None:
    """An act, a reminder, an offer, an answer or a number alone: an engine silent over any of them is silent."""
    assert first_due(pb.Case(**times)) == first  # type: ignore[arg-type]


def test_the_cases_that_are_due_follow_the_newest_entry() -> None:
    """Due from its time on; after a later entry its new time counts, and that of a branch that lost never did."""
    witness = Witness()
    record = opened()
    witness.ledger(WHERE, record.SerializeToString())
    case = record.events[-1].case_after
    due_ms = case.ladder_due_ms
    at = [[one.case_id for one in witness.due(now)] for now in (due_ms - 1, due_ms)]
    head = case.ledger_head
    # The second extends the same entry as the first: a crash left a branch, and the third goes on from it.
    for sequence, later_ms in ((2, 10), (2, 20), (3, 30)):
        after = sealed(case, head, [later(case, sequence, later_ms)])
        after.events[-1].case_after.ladder_due_ms = due_ms + later_ms
        witness.ledger(WHERE, after.SerializeToString())
        head = head if later_ms == 10 else after.events[-1].hash
    assert at == [[], [case.case_id]]
    assert [len([*witness.due(due_ms + ms)]) for ms in (10, 20, 29, 30)] == [0, 0, 0, 1]
    assert witness.broken == set() and case.case_id in witness and "nobody" not in witness


def later(case: pb.Case, sequence: int, at_ms: int) -> LedgerEntry:
    """A further entry of a case."""
    desk = Desk()
    desk.finds(Level.RED)
    return replace(desk.entries[-1], case_id=case.case_id, sequence=sequence, at_ms=at_ms)


def test_a_case_takes_few_bytes_of_memory() -> None:
    """A million open cases must lie in memory at once: what is kept of one is bytes, and its record is let go."""
    desk = Desk()
    desk.finds(Level.RED)
    template, count = case_to(desk.case), 200
    records = []
    for number in range(count):
        case_id = f"{template.lane:03d}-{number:012x}"
        template.case_id = case_id
        entries = [replace(entry, case_id=case_id) for entry in desk.entries]
        records.append(sealed(template, b"", entries).SerializeToString())
    witness = Witness()
    for record in records:
        witness.ledger(WHERE, record)
    kept = everything_in(witness)
    assert len(witness) == count and witness.broken == set()
    assert not [one for one in kept if isinstance(one, Message)]
    assert sum(map(sys.getsizeof, kept)) / count < 700


def everything_in(thing: object) -> list[object]:
    """All objects of which it is made, each once; classes and code are everybody's."""
    found: dict[int, object] = {}
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if id(one) not in found and not isinstance(one, type | ModuleType | FunctionType):
            found[id(one)] = one
            waiting += gc.get_referents(one)
    return list(found.values())
