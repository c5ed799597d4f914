"""The witness reads every record: what it cannot read or what does not fit its entry is named, nothing ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.common.terms import Level
from services.escalation.adapters.case_codec import case_to
from services.escalation.adapters.ledger import seal
from services.escalation.auditor.witness import Witness
from services.escalation.domain.audit import Fault, Finding
from tests.unit.escalation.desk import Desk

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
    events, head = seal(b"", desk.entries)
    events[-1].case_after.CopyFrom(case_to(desk.case))
    events[-1].case_after.ledger_head = head
    return pb.CaseEventBatch(lane=desk.case.lane, events=events)


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
    notices = notify_pb2.NoticeBatch(notices=[notify_pb2.Notice(notice_id="n", created_at_ms=1)])
    witness.notices(WHERE, notices.SerializeToString(), 0)
    assert [(one.fault, one.about) for one in witness.broken] == [(fault, WHERE)]
    assert len(list(witness.cases())) == 1 and "n" in witness.told


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
