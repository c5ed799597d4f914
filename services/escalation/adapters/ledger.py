"""Seals ledger entries into the chain, and checks chains read back from the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.ids import derived_id
from services.escalation.adapters.outcome_codec import entry_to
from services.escalation.domain.events import LedgerEntry
from services.escalation.domain.ledger import ChainVerdict, Link, chain_hash, verify_chain


def seal(head: bytes, entries: Sequence[LedgerEntry]) -> tuple[list[pb.CaseEvent], bytes]:
    """The entries of one case as sealed events that extend `head`, and the new head."""
    events = []
    for entry in entries:
        event = entry_to(entry, derived_id(entry.case_id, entry.sequence), head)
        head = chain_hash(head, event.SerializeToString(deterministic=True))
        event.hash = head
        events.append(event)
    return events, head


def verify_events(events: Iterable[pb.CaseEvent]) -> ChainVerdict:
    """Recompute the chain of one case's events, oldest first."""
    return verify_chain(_link(event) for event in events)


def body_of(event: pb.CaseEvent) -> bytes:
    """The bytes over which an entry's hash is made: the entry without hash and snapshot."""
    body = pb.CaseEvent()
    body.CopyFrom(event)
    body.ClearField("hash")
    body.ClearField("case_after")
    return body.SerializeToString(deterministic=True)


def _link(event: pb.CaseEvent) -> Link:
    return Link(event.case_id, event.sequence, event.prev_hash, event.hash, body_of(event))
