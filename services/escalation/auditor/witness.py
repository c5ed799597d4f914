"""What the log says: every chain followed entry by entry, and which notices were told and taken up."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import DecodeError

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.escalation.adapters.ledger import body_of
from services.escalation.adapters.ledger_fold import CaseChain
from services.escalation.domain.audit import Fault, Finding
from services.escalation.domain.cases import lane_of_case
from services.escalation.domain.ledger import ChainVerdict, chain_hash


class Witness:
    """Grows with the log, never starts anew; a broken chain stays a finding until somebody looks into it."""

    def __init__(self) -> None:
        self.chains: dict[str, CaseChain] = {}
        self.broken: set[Finding] = set()
        self.told: dict[str, int] = {}
        # Notices nobody is known to have taken up: by id, the lane and when it was written.
        self.undelivered: dict[str, tuple[int, int]] = {}
        self._batches = 0

    def ledger(self, where: str, value: bytes) -> None:
        """A record of the ledger; `where` names it in a finding when it cannot be read."""
        try:
            batch = pb.CaseEventBatch.FromString(value)
        except DecodeError:
            self.broken.add(Finding(Fault.LEDGER_BROKEN, where, "unreadable"))
            return
        self._batches += 1
        for event in batch.events:
            self._follow(event)

    def notices(self, where: str, value: bytes, since_ms: int) -> None:
        """A record of the notices' topic; those older than `since_ms` are not watched."""
        try:
            batch = notify_pb2.NoticeBatch.FromString(value)
        except DecodeError:
            self.broken.add(Finding(Fault.RECORD_UNREADABLE, where))
            return
        for notice in batch.notices:
            if notice.created_at_ms < since_ms:
                continue
            self.told[notice.notice_id] = notice.created_at_ms
            if not notice.grouped_into:
                self.undelivered[notice.notice_id] = (batch.lane, notice.created_at_ms)

    def deliveries(self, where: str, value: bytes) -> None:
        """A record of the deliveries' topic."""
        try:
            batch = notify_pb2.DeliveryBatch.FromString(value)
        except DecodeError:
            self.broken.add(Finding(Fault.RECORD_UNREADABLE, where))
            return
        for delivery in batch.deliveries:
            self.undelivered.pop(delivery.notice_id, None)

    def forget(self, before_ms: int) -> None:
        """Notices told before are no longer watched."""
        self.told = {key: at for key, at in self.told.items() if at >= before_ms}

    def cases(self) -> Iterator[pb.Case]:
        """Each case as it stands after the newest entry of the branch that counts."""
        for chain in self.chains.values():
            snapshot = chain.counts().snapshot if chain.branches else None
            if snapshot is not None:
                yield snapshot

    def _follow(self, event: pb.CaseEvent) -> None:
        chain = self.chains.setdefault(event.case_id, CaseChain())
        orphans = chain.orphans
        chain.take(event, self._batches)
        if chain_hash(event.prev_hash, body_of(event)) != event.hash:
            self._breaks(event, ChainVerdict.CHANGED_ENTRY)
        elif chain.orphans > orphans:
            self._breaks(event, ChainVerdict.BROKEN_LINK)
        elif event.HasField("case_after") and not _is_after(event.case_after, event):
            self._breaks(event, ChainVerdict.WRONG_CASE)

    def _breaks(self, event: pb.CaseEvent, verdict: ChainVerdict) -> None:
        detail = f"{verdict.value} at entry {event.sequence}"
        self.broken.add(Finding(Fault.LEDGER_BROKEN, event.case_id, detail))


def _is_after(case: pb.Case, event: pb.CaseEvent) -> bool:
    """Whether a snapshot, over which no hash is made, is one of this entry's case and of this entry."""
    told = (case.case_id, case.lane, case.ledger_head)
    return told == (event.case_id, lane_of_case(event.case_id), event.hash)
