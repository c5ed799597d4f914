"""One record's work: applies its messages one after another and gathers what they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.common.lane_types import LaneOutcome, LaneRecord, Outgoing
from services.common.topics import Topic
from services.escalation.adapters.case_codec import case_to, subject_from, subject_to
from services.escalation.adapters.lane_view import (
    case_key,
    deadlines,
    memberships,
    subject_key,
)
from services.escalation.adapters.ledger import seal
from services.escalation.adapters.outcome_codec import notice_to
from services.escalation.domain.bulletins import Bulletin
from services.escalation.domain.cases import Case, SubjectCases
from services.escalation.domain.decide import decide
from services.escalation.domain.draft import Rules
from services.escalation.domain.events import Decision, LedgerEntry, NoticeOwed
from services.escalation.domain.messages import Message
from services.escalation.domain.reasons import Reason
from services.escalation.domain.serials import NumberRequest
from services.escalation.domain.storm import grouped
from services.escalation.service.announcer import Announcer
from services.escalation.service.numbers import Allotter


class Batch:
    """State is read once and written once per subject, however many messages it has in the record."""

    def __init__(self, record: LaneRecord, state: Mapping[str, bytes], rules: Rules) -> None:
        self._record = record
        self._state = state
        self._rules = rules
        self._subjects: dict[str, SubjectCases] = {}
        self._before: dict[str, Case | None] = {}
        self._subject_of: dict[str, str] = {}
        self._entries: dict[str, list[LedgerEntry]] = {}
        self._notices: list[NoticeOwed] = []
        self._allotter = Allotter(state, rules.numbering)
        self._announcer = Announcer(state)
        self._source = common_pb2.SourcePosition(
            topic=record.topic, partition=record.partition, offset=record.offset
        )

    def apply(self, message: Message) -> Decision:
        """Decide on one message; later ones see its effect."""
        subject = self._subject(message.subject_id)
        decision = decide(subject, message, self._rules)
        if decision.case is not None:
            case_id = decision.case.case_id
            self._before.setdefault(case_id, subject.case(case_id))
            self._subject_of[case_id] = message.subject_id
            self._entries.setdefault(case_id, []).extend(decision.entries)
            self._notices.extend(decision.notices)
            self._subjects[message.subject_id] = decision.subject
        if decision.then is not None:
            self.apply(decision.then)
        return decision

    def allot(self, request: NumberRequest) -> None:
        """Give a notice of any lane its official number, from a register that lives in this one."""
        self._allotter.take(request)

    def announce(self, bulletin: Bulletin) -> Reason:
        """Tell an official of no single case, if that was not told yet."""
        return self._announcer.take(bulletin)

    def outcome(self) -> LaneOutcome:
        """Outputs and state after all messages; the last entry of each case carries its snapshot."""
        answers = tuple(self._allotter.outputs())
        if not self._entries and not self._allotter.entries and not self._announcer.entries:
            return LaneOutcome(outputs=answers)
        ledger = pb.CaseEventBatch(
            lane=self._record.lane,
            source=self._source,
            serials=self._allotter.entries,
            bulletins=self._announcer.entries,
        )
        changed = [self._seal(case_id, ledger) for case_id in self._entries]
        return LaneOutcome(
            outputs=[*self._outputs(ledger), *answers],
            puts=self._puts(changed) | self._allotter.puts() | self._announcer.puts(),
            deadlines={k: due for case in changed for k, due in deadlines(case).items()},
            members=self._members(changed),
        )

    def _subject(self, subject_id: str) -> SubjectCases:
        known = self._subjects.get(subject_id)
        if known is None:
            value = self._state.get(subject_key(subject_id))
            lane = self._record.lane
            known = subject_from(value, lane) if value else SubjectCases(subject_id, lane)
            self._subjects[subject_id] = known
        return known

    def _seal(self, case_id: str, ledger: pb.CaseEventBatch) -> Case:
        """Add a case's entries to the chain and the chain's new head to the case."""
        entries, before = self._entries[case_id], self._before[case_id]
        events, head = seal(before.ledger_head if before else b"", entries)
        subject = self._subjects[self._subject_of[case_id]]
        case = subject.case(case_id)
        assert case is not None
        case = replace(case, ledger_head=head)
        self._subjects[self._subject_of[case_id]] = subject.with_case(case)
        events[-1].case_after.CopyFrom(case_to(case))
        ledger.events.extend(events)
        return case

    def _outputs(self, ledger: pb.CaseEventBatch) -> list[Outgoing]:
        outputs = [Outgoing(Topic.CASES, ledger.SerializeToString())]
        owed = grouped(self._notices) if self._rules.storm.group else self._notices
        told = [*(notice_to(notice) for notice in owed), *self._announcer.notices]
        if told:
            notices = notify_pb2.NoticeBatch(
                lane=self._record.lane, source=self._source, notices=told
            )
            outputs.append(Outgoing(Topic.NOTICES, notices.SerializeToString()))
        return outputs

    def _puts(self, changed: list[Case]) -> dict[str, bytes | None]:
        puts: dict[str, bytes | None] = {
            case_key(case.case_id): case.subject_id.encode()
            for case in changed
            if self._before[case.case_id] is None
        }
        for subject_id in {case.subject_id: None for case in changed}:
            puts[subject_key(subject_id)] = subject_to(self._subjects[subject_id])
        return puts

    def _members(self, changed: list[Case]) -> dict[tuple[str, str], bool]:
        members: dict[tuple[str, str], bool] = {}
        for case in changed:
            before = self._before[case.case_id]
            if before is None or _moved(before, case):
                members.update(memberships(case, before.owner_id if before else ""))
        return members


def _moved(before: Case, after: Case) -> bool:
    return before.owner_id != after.owner_id or before.is_open != after.is_open
