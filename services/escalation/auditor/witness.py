"""What the log says: every chain followed entry by entry, and which notices were told and taken up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.escalation.adapters.command_codec import next_alarm
from services.escalation.adapters.lane_view import ladder_member
from services.escalation.adapters.ledger import body_of
from services.escalation.adapters.ledger_fold import CaseChain
from services.escalation.domain.audit import Fault, Finding, Stored
from services.escalation.domain.cases import lane_of_case
from services.escalation.domain.ledger import ChainVerdict, chain_hash


@dataclass(slots=True)
class Watched(CaseChain):
    """A chain that knows when the clock must act next, so that a look at a million of them reads none."""

    due_ms: int = 0
    # Nothing was wrong with the case itself when it was looked at as it stands, and it has no notice.
    is_plain: bool = False

    def keep(self, case: pb.Case) -> None:
        """The case as it stands after the newest entry."""
        CaseChain.keep(self, case)
        self.due_ms = first_due(case)
        self.is_plain = False

    def is_as_stored(self, case_id: str, stored: Stored) -> bool:
        """Whether a plain case is in the store as it should be; of others this says nothing."""
        wanted = {ladder_member(case_id): self.due_ms} if self.due_ms else {}
        is_alone = self.is_plain and not self.others
        return is_alone and stored.is_same and stored.deadlines == wanted

    def is_due(self, now_ms: int) -> bool:
        """Whether the clock should have acted; where branches compete, the one that counts is asked."""
        if self.others:
            case = self.counts().case()
            return case is not None and 0 < first_due(case) <= now_ms
        return 0 < self.due_ms <= now_ms


class Witness:
    """Grows with the log, never starts anew; a broken chain stays a finding until somebody looks into it."""

    def __init__(self) -> None:
        # By lane, since the store is looked at lane by lane; None: ids that are none.
        self._chains: dict[int | None, dict[str, Watched]] = {}
        self.broken: set[Finding] = set()
        # Supervision notices only: of all others the ledger says nothing.
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
            if notice.kind == notify_pb2.NOTICE_KIND_SUPERVISION:
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

    def __contains__(self, case_id: object) -> bool:
        return isinstance(case_id, str) and case_id in self._lane(case_id)

    def __len__(self) -> int:
        return sum(map(len, self._chains.values()))

    def case(self, case_id: str) -> pb.Case | None:
        """A case as it stands after the newest entry of the branch that counts."""
        chain = self._lane(case_id).get(case_id)
        return chain.counts().case() if chain else None

    def watched(self, lane: int) -> list[tuple[Watched, pb.Case]]:
        """The chains of a lane, each with its case as it stands."""
        chains = self._chains.get(lane, {}).values()
        return [(chain, case) for chain in chains if (case := chain.counts().case())]

    def due(self, now_ms: int) -> Iterator[pb.Case]:
        """The cases for which the clock should have acted by now."""
        for chains in self._chains.values():
            for chain in chains.values():
                if chain.is_due(now_ms) and (case := chain.counts().case()):
                    yield case

    def _lane(self, case_id: str) -> dict[str, Watched]:
        return self._chains.setdefault(lane_of_case(case_id), {})

    def _follow(self, event: pb.CaseEvent) -> None:
        chain = self._lane(event.case_id).setdefault(event.case_id, Watched())
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


def first_due(case: pb.Case) -> int:
    """When the clock must act first; 0: never.

    Over the act owed, a reminder, an offer, a missing answer, or an official number that is not allotted.
    """
    times = [one.chase_due_ms for one in case.notices]
    times += [one.issued_at_ms for one in case.notices if one.awaits_number]
    return min((one for one in (next_alarm(case)[0], *times) if one), default=0)


def _is_after(case: pb.Case, event: pb.CaseEvent) -> bool:
    """Whether a snapshot, over which no hash is made, is one of this entry's case and of this entry."""
    told = (case.case_id, case.lane, case.ledger_head)
    return told == (event.case_id, lane_of_case(event.case_id), event.hash)
